"""Latencies: percentiles that know how little they know, timeouts that count, paired ratios."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalharness.stats.durations import (
    DurationEffect,
    Durations,
    all_values,
    comparable,
    compare_durations,
    percentile,
)
from evalharness.stats.paired import Options, resampling_weights
from tests.stats.effort import QUICK

NEVER = math.inf
FEW = Options(resamples=300, seed=3)
waits = st.lists(st.lists(st.floats(50, 5_000), min_size=1, max_size=3), min_size=5, max_size=9)


def run(*scenarios: Sequence[float]) -> Durations:
    """One value a turn."""
    return {
        f"s{at:02}": {str(turn): [ms] for turn, ms in enumerate(turns)}
        for at, turns in enumerate(scenarios)
    }


def effect(a: Durations, b: Durations, options: Options = FEW) -> DurationEffect:
    return compare_durations(a, b, options)


# Percentiles


@QUICK
@given(st.lists(st.floats(-500, 15_000), min_size=1, max_size=40), st.floats(0, 1))
def test_percentiles_interpolate_as_numpys_do(values: list[float], q: float) -> None:
    found = percentile(values, q)
    assert found is not None
    assert found.value == pytest.approx(np.quantile(values, q), abs=1e-6)
    assert found.n == len(values)


def test_percentile_of_nothing() -> None:
    assert percentile([], 0.5) is None


@pytest.mark.parametrize(("q", "enough"), [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368)])
def test_how_many_values_a_percentile_needs(q: float, enough: int) -> None:
    """For an order-statistic interval with finite bounds."""
    fewer, just = percentile(range(enough - 1), q), percentile(range(enough), q)
    assert fewer is not None
    assert just is not None
    assert fewer.interval is None
    assert just.interval is not None
    assert just.interval.method == "order-statistics"


def test_p95_of_200_lies_between_the_184th_and_the_197th() -> None:
    found = percentile([float(rank) for rank in range(1, 201)], 0.95)
    assert found is not None
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == (184, 197)
    surer = percentile([float(rank) for rank in range(1, 201)], 0.95, 0.99)
    assert surer is not None
    assert surer.interval is not None
    assert surer.interval.low == stats.binom.ppf(0.005, 200, 0.95)
    assert surer.interval.high == stats.binom.ppf(0.995, 200, 0.95) + 1


def test_unanswered_turns_are_the_slowest() -> None:
    """Dropping them would make the slowest agent look fast."""
    half = percentile([100.0, 200.0, NEVER, NEVER], 0.5)
    assert half is not None
    assert half.value == NEVER  # between 200 ms and never
    most = percentile([100.0, 200.0, 300.0, NEVER], 0.5)
    assert most is not None
    assert most.value == 250.0
    exactly = percentile([100.0, 200.0, NEVER], 0.5)
    assert exactly is not None
    assert exactly.value == 200.0
    nobody = percentile([NEVER, NEVER], 0.5)
    assert nobody is not None
    assert nobody.value == NEVER


@QUICK
@given(st.lists(st.floats(0, 9_000), min_size=1, max_size=80), st.integers(0, 20))
def test_a_timeout_never_makes_a_percentile_smaller(values: list[float], more: int) -> None:
    for q in (0.5, 0.95):
        before, after = percentile(values, q), percentile([*values, *[NEVER] * more], q)
        assert before is not None
        assert after is not None
        assert after.value >= before.value


# Which turns are compared


def test_turns_that_both_measured() -> None:
    a = {"s0": {"0": [1.0], "1": [2.0]}, "s1": {"0": [3.0]}}
    b = {"s0": {"1": [4.0], "2": [5.0]}, "s2": {"0": [6.0]}}
    assert comparable([a, b]) == [{"s0": {"1": [2.0]}}, {"s0": {"1": [4.0]}}]
    # A run that measured nothing does not take the others' figures from them.
    assert comparable([a, {}, a]) == [a, {}, a]
    assert comparable([{}, {}]) == [{}, {}]


def test_a_turn_without_an_answer_stays() -> None:
    """Another run answered it with a call: its wait is told as another metric."""
    a = {"s0": {"0": [100.0]}}
    b = {"s0": {"0": [110.0]}, "s1": {"0": [NEVER]}}
    assert comparable([a, b]) == [a, b]
    assert sorted(all_values(b)) == [110.0, NEVER]


# The effect


def test_geometric_mean_ratio_by_hand() -> None:
    """Per turn ln(B / A), clustered: here each scenario has one turn, so scipy knows it."""
    a = [800.0, 900.0, 1_000.0, 700.0, 1_200.0, 950.0]
    b = [700.0, 880.0, 800.0, 710.0, 900.0, 800.0]
    found = effect(run(*([ms] for ms in a)), run(*([ms] for ms in b)))
    logs = np.log(np.array(b) / np.array(a))
    want = stats.ttest_1samp(logs, 0.0).confidence_interval(0.95)
    assert found.ratio == pytest.approx(stats.gmean(np.array(b) / np.array(a)))
    assert found.ratio_interval is not None
    assert found.ratio_interval.method == "cluster-t"
    assert found.ratio_interval.low == pytest.approx(math.exp(want.low))
    assert found.ratio_interval.high == pytest.approx(math.exp(want.high))
    error = logs.std(ddof=1) / math.sqrt(6)
    assert found.smallest == pytest.approx(math.exp((2.570582 + 0.919544) * error) - 1, abs=1e-6)
    flips = stats.permutation_test((logs,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert found.p_value == pytest.approx(flips.pvalue)
    assert (found.pairs, found.clusters) == (6, 6)


def test_turns_of_a_scenario_are_one_cluster() -> None:
    """The same turn told ten times is not ten times the evidence."""
    a = [[800.0], [900.0], [1_000.0], [700.0], [1_200.0]]
    b = [[700.0], [880.0], [800.0], [710.0], [900.0]]
    once = effect(run(*a), run(*b))
    tenfold = effect(run(*(ms * 10 for ms in a)), run(*(ms * 10 for ms in b)))
    assert (once.pairs, tenfold.pairs) == (5, 50)
    assert once.clusters == tenfold.clusters == 5
    assert once.ratio_interval is not None
    assert tenfold.ratio_interval is not None
    assert tenfold.ratio_interval.low == pytest.approx(once.ratio_interval.low)
    assert tenfold.p_value == once.p_value


def test_repeats_are_averaged_before_they_are_paired() -> None:
    a = {f"s{at}": {"0": [100.0, 300.0, NEVER]} for at in range(5)}
    b = {f"s{at}": {"0": [400.0]} for at in range(5)}
    found = effect(a, b)
    assert found.ratio == pytest.approx(2.0)
    assert found.pairs == 5


def test_turns_without_a_ratio() -> None:
    """Never answered, or answered before the caller had finished."""
    a = run([100.0, NEVER, -50.0, 100.0, 100.0], *([100.0] for _ in range(4)))
    b = run([200.0, 200.0, 200.0, NEVER, -50.0], *([200.0] for _ in range(4)))
    found = effect(a, b)
    assert found.pairs == 5
    assert found.ratio == pytest.approx(2.0)


def test_below_five_scenarios_there_is_no_interval() -> None:
    a, b = run(*[[100.0]] * 4), run(*[[150.0]] * 4)
    found = effect(a, b)
    assert found.ratio == pytest.approx(1.5)
    assert replace(found, ratio=None) == DurationEffect(4, 4)
    assert effect({}, b) == DurationEffect(0, 0)
    assert effect(run([NEVER]), run([NEVER])) == DurationEffect(0, 0)


def test_shifts_are_of_all_turns_also_the_unanswered() -> None:
    """A run that answers nothing in half of its scenarios is not faster for it."""
    a = run(*([900.0 + at] for at in range(20)))
    b = run(*([500.0] if at < 14 else [NEVER] for at in range(20)))
    found = effect(a, b)
    assert found.clusters == 14
    assert found.ratio is not None
    assert found.ratio < 0.6
    assert found.p95_shift is not None
    assert found.p95_shift.high == NEVER
    assert found.p95_shift.low > 0
    assert found.p50_shift is not None
    assert found.p50_shift.low < -390


def test_a_scenario_that_only_one_run_left_unanswered_is_resampled_too() -> None:
    """The other run's figure for it is told as another metric."""
    a = run(*([900.0 + at] for at in range(8)))
    b = {**a, **{f"silent-{at}": {"0": [NEVER]} for at in range(4)}}
    found = effect(a, b)
    assert found.p95_shift is not None
    assert found.p95_shift.high == NEVER


def test_two_percentiles_among_unanswered_turns_have_no_difference() -> None:
    """It may lie on either side, and the interval says so."""
    turns = [[900.0], [NEVER], *([850.0 + at] for at in range(6))]
    found = effect(run(*turns), run(*turns))
    assert found.p95_shift is not None
    assert (found.p95_shift.low, found.p95_shift.high) == (-NEVER, NEVER)


def test_shifts_against_brute_force() -> None:
    """Every scenario's turns as often as it was drawn, and numpy's quantile of the lot."""
    rng = np.random.default_rng(6)
    a = [list(rng.normal(900, 100, 1 + at % 3)) for at in range(8)]
    b = [list(rng.normal(800, 200, 1 + at % 3)) for at in range(8)]
    found = effect(run(*a), run(*b))
    weights = np.concatenate(list(resampling_weights(8, FEW))).astype(int)
    for q, got in ((0.5, found.p50_shift), (0.95, found.p95_shift)):
        shifts = [
            np.quantile([ms for at in range(8) for ms in b[at] * row[at]], q)
            - np.quantile([ms for at in range(8) for ms in a[at] * row[at]], q)
            for row in weights
        ]
        assert got is not None
        assert got.method == "cluster-bootstrap"
        assert got.low == pytest.approx(np.quantile(shifts, 0.025, method="lower"))
        assert got.high == pytest.approx(np.quantile(shifts, 0.975, method="higher"))


def test_a_run_against_itself_shifts_nothing() -> None:
    a = run(*([700.0 + at, 900.0 - at] for at in range(9)))
    found = effect(a, a)
    assert found.ratio == 1.0
    assert found.p50_shift is not None
    assert (found.p50_shift.low, found.p50_shift.high) == (0.0, 0.0)
    assert found.p_value == 1.0
    # No spread, so nothing is claimed of what could be found.
    assert found.smallest is None


# Properties


@QUICK
@given(waits, st.data())
def test_swapping_the_runs_inverts_the_ratio(a: list[list[float]], data: st.DataObject) -> None:
    """Shifts change their sign; unanswered turns do too."""
    value = st.floats(50, 5_000) | st.just(NEVER)
    b = [[data.draw(value) for _ in turns] for turns in a]
    there, back = effect(run(*a), run(*b)), effect(run(*b), run(*a))
    assert (there.pairs, there.p_value) == (back.pairs, back.p_value)
    if there.ratio is not None:
        assert back.ratio == pytest.approx(1 / there.ratio)
    if there.ratio_interval is not None and there.p50_shift is not None:
        assert back.ratio_interval is not None
        assert back.p50_shift is not None
        assert back.ratio_interval.low == pytest.approx(1 / there.ratio_interval.high)
        assert back.p50_shift.low == pytest.approx(-there.p50_shift.high)
        assert back.p50_shift.high == pytest.approx(-there.p50_shift.low)


@QUICK
@given(waits, st.floats(0.2, 5))
def test_another_clock_changes_no_ratio(a: list[list[float]], unit: float) -> None:
    b = [[ms * 1.3 + turn for turn, ms in enumerate(turns)] for turns in a]
    found = effect(run(*a), run(*b))
    scaled = effect(
        run(*([ms * unit for ms in turns] for turns in a)),
        run(*([ms * unit for ms in turns] for turns in b)),
    )
    assert scaled.ratio == pytest.approx(found.ratio)
    assert found.ratio_interval is not None
    assert scaled.ratio_interval is not None
    assert scaled.ratio_interval.high == pytest.approx(found.ratio_interval.high)


@QUICK
@given(waits, st.floats(1, 5_000))
def test_the_same_delay_in_both_changes_no_shift(a: list[list[float]], more: float) -> None:
    b = [[ms * 1.3 for ms in turns] for turns in a]
    found = effect(run(*a), run(*b))
    later = effect(
        run(*([ms + more for ms in turns] for turns in a)),
        run(*([ms + more for ms in turns] for turns in b)),
    )
    assert found.p95_shift is not None
    assert later.p95_shift is not None
    assert later.p95_shift.low == pytest.approx(found.p95_shift.low, abs=1e-6)
    assert later.p95_shift.high == pytest.approx(found.p95_shift.high, abs=1e-6)
