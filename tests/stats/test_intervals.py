"""One run's interval: hand-computed, and Clopper-Pearson against scipy."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalharness.stats.clusters import Sums, pair, total
from evalharness.stats.intervals import clopper_pearson, ratio_interval
from tests.stats.effort import QUICK


def clusters(*sums: tuple[float, float]) -> dict[str, Sums]:
    return {f"s{at}": Sums(*one) for at, one in enumerate(sums)}


# Errors 1, 0, 2, 1, 3 in 10, 10, 20, 10, 10 words: 7 / 60.
ERRORS = clusters((1, 10), (0, 10), (2, 20), (1, 10), (3, 10))


def test_cluster_t_by_hand() -> None:
    """z = e - R n with R = 7/60; SE = sqrt(5/4 sum z^2) / 60; t with 4 df is 2.7764."""
    ratio = 7 / 60
    pulls = [1 - 10 * ratio, 0 - 10 * ratio, 2 - 20 * ratio, 1 - 10 * ratio, 3 - 10 * ratio]
    error = math.sqrt(5 / 4 * sum(one**2 for one in pulls)) / 60
    interval = ratio_interval(ERRORS)
    assert interval is not None
    assert interval.method == "cluster-t"
    assert interval.low == pytest.approx(ratio - 2.776445 * error, abs=1e-6)
    assert interval.high == pytest.approx(ratio + 2.776445 * error, abs=1e-6)


def test_of_one_turn_a_scenario_it_is_the_t_interval_of_the_mean() -> None:
    values = [0.3, 0.1, 0.7, 0.2, 0.2, 0.9, 0.4]
    interval = ratio_interval(clusters(*((value, 1.0) for value in values)), confidence=0.9)
    want = stats.ttest_1samp(values, 0.0).confidence_interval(0.9)
    assert interval is not None
    assert interval.low == pytest.approx(want.low, rel=1e-9)
    assert interval.high == pytest.approx(want.high, rel=1e-9)


def test_below_five_clusters_there_is_none() -> None:
    four = clusters((1, 10), (0, 10), (2, 20), (1, 10))
    assert ratio_interval(four) is None
    # One without a denominator is no cluster.
    assert ratio_interval({**four, "silent": Sums(0, 0)}) is None
    assert ratio_interval({**four, "s9": Sums(0, 1)}) is not None
    assert ratio_interval({}) is None


@QUICK
@given(st.integers(1, 60), st.data(), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_clopper_pearson(n: int, data: st.DataObject, confidence: float) -> None:
    passes = data.draw(st.integers(0, n))
    got = clopper_pearson(passes, n, confidence)
    want = stats.binomtest(passes, n).proportion_ci(confidence, method="exact")
    assert got.low == pytest.approx(want.low, abs=1e-9)
    assert got.high == pytest.approx(want.high, abs=1e-9)


@pytest.mark.parametrize("passes", [0, 3, 8])
def test_scenarios_that_pass_or_fail_whole_are_coin_tosses(passes: int) -> None:
    """With n = clusters, however many turns each has."""
    run = clusters(*((2.0, 2.0) if at < passes else (0.0, 2.0) for at in range(8)))
    assert ratio_interval(run, proportion=True) == clopper_pearson(passes, 8, 0.95)
    t_interval = ratio_interval(run)
    assert t_interval is not None
    assert t_interval.method == "cluster-t"


def test_whole_scenarios_of_unequal_weight() -> None:
    """Exact where all agree; else the share of scenarios is not the ratio, so it is not used."""
    agree = clusters((1, 1), (2, 2), (3, 3), (1, 1), (2, 2))
    assert ratio_interval(agree, proportion=True) == clopper_pearson(5, 5, 0.95)
    mixed = clusters((0, 1), (2, 2), (3, 3), (1, 1), (2, 2))
    interval = ratio_interval(mixed, proportion=True)
    assert interval is not None
    assert interval.method == "cluster-t"


def test_a_proportion_stays_between_0_and_1() -> None:
    high = ratio_interval(clusters((2, 2), (2, 2), (2, 2), (2, 2), (1, 2)), proportion=True)
    assert high is not None
    assert 0.5 < high.low < 0.9
    assert high.high == 1.0
    low = ratio_interval(clusters((0, 9), (0, 9), (0, 9), (0, 9), (1, 9)), proportion=True)
    assert low is not None
    assert low.low == 0.0
    # More errors than words are possible, and seen here.
    wer = ratio_interval(clusters((3, 2), (2, 2), (2, 2), (2, 2), (1, 2)), proportion=True)
    assert wer is not None
    assert wer.high > 1.0


@QUICK
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(1, 9)).map(lambda one: (min(one), one[1])),
        min_size=5,
        max_size=30,
    )
)
def test_the_interval_contains_the_figure(sums: list[tuple[int, int]]) -> None:
    run = clusters(*sums)
    figure = total(run)
    interval = ratio_interval(run, proportion=True)
    assert figure is not None
    assert interval is not None
    assert interval.low - 1e-12 <= figure <= interval.high + 1e-12


def test_total_of_nothing() -> None:
    assert total({}) is None
    assert total({"s": Sums(0, 0)}) is None
    assert total(ERRORS) == 7 / 60


def test_pairs_are_the_clusters_both_have() -> None:
    """In the order of their names; one without a denominator in either run says nothing."""
    a = {"b": Sums(1, 4), "a": Sums(2, 5), "only a": Sums(1, 1), "silent": Sums(0, 0)}
    b = {"a": Sums(3, 6), "b": Sums(0, 4), "silent": Sums(1, 1), "only b": Sums(1, 1)}
    pairs = pair(a, b)
    assert list(pairs.names) == ["a", "b"]
    assert [pairs.a.tolist(), pairs.n.tolist()] == [[2, 1], [5, 4]]
    assert [pairs.b.tolist(), pairs.m.tolist()] == [[3, 0], [6, 4]]
