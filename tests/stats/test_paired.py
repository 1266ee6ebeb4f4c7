"""Two runs on the same scenarios: by hand, by brute force, by scipy, and by properties."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalharness.stats.clusters import Floats, Sums, pair
from evalharness.stats.paired import (
    BOOTSTRAP_FROM,
    DRAWN_FLIPS,
    Effect,
    Options,
    compare_ratios,
    resampled_deltas,
    resampling_weights,
    sign_flip_p,
    smallest_effect,
    standard_error,
)
from tests.stats.effort import QUICK

FEW = Options(resamples=300, seed=3)
Run = dict[str, Sums]
Quad = tuple[float, float, float, float]


def both(quads: Sequence[Quad]) -> tuple[Run, Run]:
    """Runs A and B of (a, n, b, m) for each cluster."""
    a = {f"s{at:03}": Sums(one[0], one[1]) for at, one in enumerate(quads)}
    b = {f"s{at:03}": Sums(one[2], one[3]) for at, one in enumerate(quads)}
    return a, b


def effect(quads: Sequence[Quad], options: Options = FEW, *, proportion: bool = False) -> Effect:
    found = compare_ratios(*both(quads), options, proportion=proportion)
    assert found is not None
    return found


# Errors of A and of B in the same 10, 20, 10, 15, 5 and 12 words.
QUADS = [
    (1.0, 10.0, 2.0, 10.0),
    (4.0, 20.0, 3.0, 20.0),
    (0.0, 10.0, 2.0, 10.0),
    (3.0, 15.0, 6.0, 15.0),
    (1.0, 5.0, 1.0, 5.0),
    (0.0, 12.0, 3.0, 12.0),
]
quads = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9), st.integers(1, 9)),
    min_size=5,
    max_size=12,
)


def test_cluster_t_by_hand() -> None:
    """delta = (17 - 9) / 72; z = (b - a) - delta n; SE = sqrt(6/5 sum z^2) / 72; t_5 = 2.5706."""
    delta = 8 / 72
    pulls = [(b - a) - delta * n for a, n, b, _ in QUADS]
    error = math.sqrt(6 / 5 * sum(one**2 for one in pulls)) / 72
    found = effect(QUADS)
    assert found.a == pytest.approx(9 / 72)
    assert found.b == pytest.approx(17 / 72)
    assert found.delta == pytest.approx(delta)
    assert found.clusters == 6
    assert found.interval is not None
    assert found.interval.method == "cluster-t"
    assert found.interval.low == pytest.approx(delta - 2.570582 * error, abs=1e-6)
    assert found.interval.high == pytest.approx(delta + 2.570582 * error, abs=1e-6)
    # t_5 at 80 % is 0.9195.
    assert found.smallest == pytest.approx((2.570582 + 0.919544) * error, abs=1e-6)


def test_of_one_turn_a_scenario_it_is_the_paired_t_test() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.random(20), rng.random(20) + 0.2
    found = effect([(x, 1.0, y, 1.0) for x, y in zip(a, b, strict=True)])
    want = stats.ttest_rel(b, a).confidence_interval(0.95)
    assert found.interval is not None
    assert found.interval.low == pytest.approx(want.low, rel=1e-9)
    assert found.interval.high == pytest.approx(want.high, rel=1e-9)


def test_standard_error_of_different_denominators() -> None:
    """Each cluster's pull: (b - R_B m) / sum m - (a - R_A n) / sum n."""
    uneven = [(1.0, 4.0, 2.0, 3.0), (0.0, 2.0, 1.0, 6.0), (3.0, 5.0, 0.0, 1.0)]
    pairs = pair(*both(uneven))
    pulls = [(b - 0.3 * m) / 10 - (a - 4 / 11 * n) / 11 for a, n, b, m in uneven]
    want = math.sqrt(3 / 2 * sum(one**2 for one in pulls))
    assert standard_error(pairs, 4 / 11, 0.3) == pytest.approx(want)


def test_sign_flip_by_brute_force() -> None:
    pairs = pair(*both(QUADS))
    differences = [b - a for a, _, b, _ in QUADS]
    observed = abs(sum(differences))
    patterns = list(itertools.product((1, -1), repeat=6))
    hits = sum(
        abs(sum(sign * one for sign, one in zip(signs, differences, strict=True))) >= observed
        for signs in patterns
    )
    assert sign_flip_p(pairs, 0) == hits / 64


def test_sign_flip_swaps_whole_clusters() -> None:
    """Where denominators differ, numerator and denominator change sides together."""
    uneven = [
        (1.0, 4.0, 2.0, 3.0),
        (0.0, 2.0, 1.0, 6.0),
        (3.0, 5.0, 0.0, 1.0),
        (1.0, 2.0, 2.0, 2.0),
    ]

    def difference(swapped: Sequence[bool]) -> float:
        sides = [
            (b, m, a, n) if swap else (a, n, b, m)
            for swap, (a, n, b, m) in zip(swapped, uneven, strict=True)
        ]
        a, n, b, m = (sum(column) for column in zip(*sides, strict=True))
        return float(abs(b / m - a / n))

    every = list(itertools.product((False, True), repeat=4))
    observed = difference([False] * 4)
    hits = sum(difference(one) >= observed - 1e-12 for one in every)
    assert sign_flip_p(pair(*both(uneven)), 0) == hits / 16


@pytest.mark.parametrize("clusters", [5, 8, 14])
def test_the_smallest_p_that_so_few_clusters_allow(clusters: int) -> None:
    all_worse = [(1.0, 1.0, 0.0, 1.0)] * clusters
    assert sign_flip_p(pair(*both(all_worse)), 0) == 2 / 2**clusters


def test_drawn_sign_flips() -> None:
    """Beyond 14 clusters they are drawn, the observed pattern counts as one, and the result is
    near scipy's exact enumeration."""
    all_worse = [(1.0, 1.0, 0.0, 1.0)] * 40
    assert sign_flip_p(pair(*both(all_worse)), 0) == 1 / (DRAWN_FLIPS + 1)
    rng = np.random.default_rng(5)
    a, b = rng.random(15), rng.random(15) + 0.2
    drawn = sign_flip_p(pair(*both([(x, 1.0, y, 1.0) for x, y in zip(a, b, strict=True)])), 1)
    exact = stats.permutation_test(
        (b - a,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    assert drawn == pytest.approx(exact.pvalue, abs=0.02)


@QUICK
@given(quads, st.floats(1e-3, 1e9))
def test_p_does_not_depend_on_the_unit(some: list[Quad], unit: float) -> None:
    """Not even where rounding breaks ties, as it does with large figures."""
    scaled = [(a * unit, n, b * unit, m) for a, n, b, m in some]
    p = sign_flip_p(pair(*both(scaled)), 0)
    assert p == sign_flip_p(pair(*both(some)), 0)
    assert p > 0


def test_smallest_effect_by_the_book() -> None:
    """With many clusters 1.960 + 0.842 standard errors: the 7.85 of the sample size formula."""
    assert smallest_effect(1.0, 100_000, 0.95) ** 2 == pytest.approx(7.85, abs=0.01)
    assert smallest_effect(0.5, 10, 0.95) == pytest.approx(0.5 * (2.262157 + 0.883404), abs=1e-6)


def test_an_effect_of_the_smallest_size_is_found_in_four_cases_of_five() -> None:
    rng = np.random.default_rng(2)
    clusters, noise = 20, 1.0
    shift = smallest_effect(noise / math.sqrt(clusters), clusters, 0.95)
    samples = rng.normal(shift, noise, (2_000, clusters))
    found = np.mean(stats.ttest_1samp(samples, 0.0, axis=1).pvalue < 0.05)
    assert found == pytest.approx(0.80, abs=0.03)


# The bootstrap


def brute_force(weights: Floats, some: Sequence[Quad]) -> list[float]:
    a, n, b, m = (np.array(column) for column in zip(*some, strict=True))
    return [
        (row * b).sum() / (row * m).sum() - (row * a).sum() / (row * n).sum() for row in weights
    ]


@pytest.mark.parametrize("clusters", [6, 3_001])
def test_resampling_draws_k_of_k(clusters: int) -> None:
    options = Options(resamples=600 if clusters == 6 else 3, seed=1)
    weights = np.concatenate(list(resampling_weights(clusters, options)))
    assert weights.shape == (options.resamples, clusters)
    assert np.all(weights.sum(axis=1) == clusters)
    assert weights.std() == pytest.approx(math.sqrt(1 - 1 / clusters), rel=0.05)
    # Rows differ: each is a draw of its own.
    assert len({row.tobytes() for row in weights}) == options.resamples or clusters == 6


def test_resampled_deltas() -> None:
    weights = np.concatenate(list(resampling_weights(6, FEW)))
    want = brute_force(weights, QUADS)
    assert resampled_deltas(pair(*both(QUADS)), FEW) == pytest.approx(want)


def test_from_fifty_clusters_the_interval_is_the_bootstraps() -> None:
    rng = np.random.default_rng(4)
    some = [(float(rng.integers(0, 4)), 10.0, float(rng.integers(0, 6)), 10.0) for _ in range(50)]
    options = Options(resamples=2_000, seed=9)
    found = effect(some, options)
    assert found.clusters == BOOTSTRAP_FROM
    assert found.interval is not None
    assert found.interval.method == "cluster-bootstrap"
    deltas = resampled_deltas(pair(*both(some)), options)
    assert found.interval.low == pytest.approx(np.quantile(deltas, 0.025))
    assert found.interval.high == pytest.approx(np.quantile(deltas, 0.975))
    differences = np.array([b / 10 - a / 10 for a, _, b, _ in some])
    scipys = stats.bootstrap(
        (differences,),
        np.mean,
        n_resamples=2_000,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert found.interval.low == pytest.approx(scipys.low, abs=0.01)
    assert found.interval.high == pytest.approx(scipys.high, abs=0.01)
    fewer = effect(some[:49], options)
    assert fewer.interval is not None
    assert fewer.interval.method == "cluster-t"


def test_share_of_resamples_in_which_b_is_lower() -> None:
    assert effect([(1.0, 2.0, 0.0, 2.0)] * 6).p_lower == 1.0
    assert effect([(0.0, 2.0, 1.0, 2.0)] * 6).p_lower == 0.0
    # Ties count half.
    assert effect([(1.0, 2.0, 1.0, 2.0)] * 6).p_lower == 0.5


# Too few clusters, and clusters that are all alike


def test_below_five_clusters_only_the_difference_is_told() -> None:
    found = effect(QUADS[:4])
    assert found.delta == pytest.approx((13 - 8) / 55)
    assert (found.interval, found.p_value, found.smallest, found.p_lower) == (None,) * 4
    assert compare_ratios({}, {}, FEW) is None
    assert compare_ratios({"a": Sums(1, 1)}, {"b": Sums(1, 1)}, FEW) is None


@pytest.mark.parametrize("clusters", [5, 6, 36, 60])
def test_no_spread_is_no_certainty(clusters: int) -> None:
    """All pairs equal: of scenarios not seen, as many may differ as Clopper-Pearson allows."""
    found = effect([(1.0, 1.0, 1.0, 1.0)] * clusters, proportion=True)
    unseen = stats.binomtest(0, clusters).proportion_ci(0.95, method="exact").high
    assert found.delta == 0.0
    assert found.interval is not None
    assert found.interval.method == "clopper-pearson"
    assert found.interval.low == pytest.approx(-unseen)
    assert found.interval.high == pytest.approx(unseen)
    assert found.smallest is None
    assert found.p_value == 1.0


@pytest.mark.parametrize(("clusters", "shown"), [(5, False), (6, True), (60, True)])
def test_all_failed_that_had_passed(clusters: int, shown: bool) -> None:
    """The interval excludes zero just when the sign flips can reach 0.05."""
    found = effect([(1.0, 1.0, 0.0, 1.0)] * clusters, proportion=True)
    assert found.interval is not None
    assert found.interval.low == pytest.approx(-1.0)
    assert (found.interval.high < 0) is shown
    assert found.p_value is not None
    assert (found.p_value < 0.05) is shown


def test_no_spread_of_money() -> None:
    """Nothing bounds it, so the interval keeps no width; but no smallest effect is claimed."""
    found = effect([(0.01, 1.0, 0.02, 1.0)] * 8)
    assert found.interval is not None
    assert found.interval.low == pytest.approx(0.01)
    assert found.interval.high == pytest.approx(0.01)
    assert found.smallest is None


def test_a_difference_of_proportions_stays_between_minus_one_and_one() -> None:
    some = [(1.0, 1.0, 1.0, 1.0)] * 3 + [(1.0, 1.0, 0.0, 1.0)] * 2
    found = effect(some, proportion=True)
    assert found.interval is not None
    assert found.interval.low == -1.0
    unbounded = effect(some)
    assert unbounded.interval is not None
    assert unbounded.interval.low < -1.0
    # More errors than words are possible, and seen here.
    wer = effect([(9.0, 1.0, 0.0, 1.0), *some[1:]], proportion=True)
    assert wer.interval is not None
    assert wer.interval.low < -1.0


# Properties


@QUICK
@given(quads)
def test_swapping_the_runs_negates_everything(some: list[Quad]) -> None:
    there = effect(some)
    back = effect([(b, m, a, n) for a, n, b, m in some])
    assert back.delta == pytest.approx(-there.delta)
    assert there.interval is not None
    assert back.interval is not None
    assert back.interval.low == pytest.approx(-there.interval.high, abs=1e-9)
    assert back.interval.high == pytest.approx(-there.interval.low, abs=1e-9)
    assert back.p_value == there.p_value
    assert there.p_lower is not None
    assert back.p_lower == pytest.approx(1 - there.p_lower)
    assert back.smallest == pytest.approx(there.smallest)


def test_swapping_the_runs_negates_the_bootstrap() -> None:
    rng = np.random.default_rng(8)
    some = [(float(rng.integers(0, 4)), 10.0, float(rng.integers(0, 6)), 10.0) for _ in range(60)]
    there, back = effect(some), effect([(b, m, a, n) for a, n, b, m in some])
    assert there.interval is not None
    assert back.interval is not None
    assert back.interval.low == pytest.approx(-there.interval.high)
    assert back.interval.high == pytest.approx(-there.interval.low)


@QUICK
@given(quads, st.integers(1, 50))
def test_a_constant_added_to_both_changes_nothing(some: list[Quad], more: int) -> None:
    """As many more errors a word in both runs."""
    there = effect(some)
    shifted = effect([(a + more * n, n, b + more * m, m) for a, n, b, m in some])
    assert shifted.delta == pytest.approx(there.delta, abs=1e-9)
    assert shifted.interval is not None
    assert there.interval is not None
    assert shifted.interval.low == pytest.approx(there.interval.low, abs=1e-6)
    assert shifted.interval.high == pytest.approx(there.interval.high, abs=1e-6)


@QUICK
@given(quads, st.booleans())
def test_the_interval_contains_the_difference(some: list[Quad], proportion: bool) -> None:
    found = effect(some, proportion=proportion)
    assert found.interval is not None
    assert found.interval.low - 1e-9 <= found.delta <= found.interval.high + 1e-9


@QUICK
@given(quads)
def test_more_confidence_is_wider(some: list[Quad]) -> None:
    narrow, wide = effect(some), effect(some, Options(0.99, 300, 3))
    assert narrow.interval is not None
    assert wide.interval is not None
    assert wide.interval.low <= narrow.interval.low + 1e-12
    assert wide.interval.high >= narrow.interval.high - 1e-12
    assert narrow.p_value == wide.p_value


@QUICK
@given(quads)
def test_the_order_of_scenarios_does_not_matter(some: list[Quad]) -> None:
    a, b = both(some)
    backwards = compare_ratios(dict(reversed(a.items())), b, FEW)
    assert backwards == compare_ratios(a, b, FEW)
