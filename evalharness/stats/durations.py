"""Latencies: percentiles that say when they know too little, and paired comparison.

A turn that got no answer is right-censored at the timeout and sorts as infinity: leaving it out
would make the slowest agent look fast. Percentiles interpolate linearly (numpy's default).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evalharness.stats.clusters import Floats, Sums, pair
from evalharness.stats.distributions import binomial_quantile, t_quantile
from evalharness.stats.intervals import FEWEST_CLUSTERS, Interval
from evalharness.stats.paired import (
    ROUNDING,
    Options,
    resampling_weights,
    sign_flip_p,
    smallest_effect,
    standard_error,
)

Counts = NDArray[np.int32]
SHIFTED = (0.5, 0.95)
MOST_RESAMPLES = 2_000
"""Of quantiles, which cost more than sums: their bounds move by less than a ms from there on."""

Durations = Mapping[str, Mapping[str, Sequence[float]]]
"""Cluster, then unit (a turn of the scenario), then one value in ms for each repeat; infinity
where the turn was never answered."""


@dataclass(frozen=True, slots=True)
class Percentile:
    """`value` is infinite when it falls among unanswered turns; `interval` is made of the order
    statistics that bound it, None when there are too few values."""

    value: float
    n: int
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class DurationEffect:
    """B against A.

    Over the `pairs` of turns both answered, `ratio` is the geometric mean of B / A, with a
    cluster-t interval, and `smallest` the smallest relative change (0.1 is 10 %) that would have
    been found. `p50_shift` and `p95_shift` are differences in ms over all turns, unanswered ones
    too, with cluster-bootstrap intervals. Figures that the number of clusters does not allow are
    None.
    """

    pairs: int
    clusters: int
    ratio: float | None = None
    ratio_interval: Interval | None = None
    p_value: float | None = None
    smallest: float | None = None
    p50_shift: Interval | None = None
    p95_shift: Interval | None = None


def percentile(values: Sequence[float], q: float, confidence: float = 0.95) -> Percentile | None:
    """The q-quantile of ms values; None without any."""
    if not values:
        return None
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    value = _interpolated(ordered, q)
    low_rank = binomial_quantile(0.5 - confidence / 2, n, q)
    high_rank = binomial_quantile(0.5 + confidence / 2, n, q) + 1
    if low_rank < 1 or high_rank > n:
        return Percentile(value, n)
    low, high = float(ordered[low_rank - 1]), float(ordered[high_rank - 1])
    return Percentile(value, n, Interval(low, high, "order-statistics"))


def _interpolated(ordered: Floats, q: float) -> float:
    position = q * (len(ordered) - 1)
    below, above = ordered[math.floor(position)], ordered[math.ceil(position)]
    # Infinity minus infinity is no number; between two censored values lies a censored one.
    if math.isinf(above):
        return float(above) if position > math.floor(position) else float(below)
    return float(below + (above - below) * (position - math.floor(position)))


def all_values(run: Durations) -> list[float]:
    return [value for units in run.values() for values in units.values() for value in values]


def comparable(runs: Sequence[Durations]) -> list[Durations]:
    """Each run's turns that all runs measured (a run that measured none is not asked).

    A turn that was never answered stays, whatever the others did with it: to drop it because
    another run's answer to it is told under another name would hide the timeout.
    """
    turns = [{(name, unit) for name, units in run.items() for unit in units} for run in runs]
    measured = [one for one in turns if one]
    common = set.intersection(*measured) if measured else set()
    return [_kept(run, common) for run in runs]


def _kept(run: Durations, turns: set[tuple[str, str]]) -> Durations:
    kept: dict[str, dict[str, Sequence[float]]] = {}
    for name, units in run.items():
        for unit, values in units.items():
            if (name, unit) in turns or any(math.isinf(value) for value in values):
                kept.setdefault(name, {})[unit] = values
    return kept


def compare_durations(run_a: Durations, run_b: Durations, options: Options) -> DurationEffect:
    """The paired effect on a latency."""
    logs = _log_ratios(run_a, run_b)
    pairs = sum(len(units) for units in logs.values())
    effect = DurationEffect(pairs, len(logs))
    if not logs:
        return effect
    mean = sum(sum(units) for units in logs.values()) / pairs
    effect = replace(effect, ratio=math.exp(mean))
    if len(logs) < FEWEST_CLUSTERS:
        return effect
    # The mean log ratio is itself a ratio metric: sum of logs over number of paired turns.
    before = {name: Sums(0.0, float(len(units))) for name, units in logs.items()}
    after = {name: Sums(sum(units), float(len(units))) for name, units in logs.items()}
    flipped = pair(before, after)
    error = standard_error(flipped, 0.0, mean)
    half = t_quantile(0.5 + options.confidence / 2, len(logs) - 1) * error
    alike = error <= ROUNDING
    shifts = _shifts(run_a, run_b, options)
    return replace(
        effect,
        ratio_interval=Interval(math.exp(mean - half), math.exp(mean + half), "cluster-t"),
        p_value=sign_flip_p(flipped, options.seed),
        smallest=None
        if alike
        else math.expm1(smallest_effect(error, len(logs), options.confidence)),
        p50_shift=shifts.p50,
        p95_shift=shifts.p95,
    )


def _log_ratios(run_a: Durations, run_b: Durations) -> dict[str, list[float]]:
    """Per cluster, ln(B / A) of each turn that both runs answered in time (repeats averaged)."""
    logs: dict[str, list[float]] = {}
    for name in sorted(set(run_a) & set(run_b)):
        for unit in sorted(set(run_a[name]) & set(run_b[name])):
            a, b = _answered_mean(run_a[name][unit]), _answered_mean(run_b[name][unit])
            # A reply that began before the caller had finished has no ratio; its turn counts as
            # premature elsewhere.
            if a is not None and b is not None and a > 0 and b > 0:
                logs.setdefault(name, []).append(math.log(b / a))
    return logs


def _answered_mean(values: Sequence[float]) -> float | None:
    answered = [value for value in values if math.isfinite(value)]
    return sum(answered) / len(answered) if answered else None


@dataclass(frozen=True, slots=True)
class _Shifts:
    p50: Interval
    p95: Interval


def _shifts(run_a: Durations, run_b: Durations, options: Options) -> _Shifts:
    """Bootstrap intervals of B - A for p50 and p95, resampling scenarios."""
    clusters = sorted(set(run_a) | set(run_b))
    a, b = _Spread(run_a, clusters), _Spread(run_b, clusters)
    drawn: list[Floats] = []
    fewer = replace(options, resamples=min(options.resamples, MOST_RESAMPLES))
    for weights in resampling_weights(len(clusters), fewer):
        # Two quantiles among unanswered turns have no difference: not a number, see below.
        with np.errstate(invalid="ignore"):
            drawn.append(b.quantiles(weights, SHIFTED) - a.quantiles(weights, SHIFTED))
    p50, p95 = np.concatenate(drawn, axis=1)
    return _Shifts(_bounds(p50, options.confidence), _bounds(p95, options.confidence))


def _bounds(shifts: Floats, confidence: float) -> Interval:
    """The percentile interval. A resample without a difference may lie on either side."""
    tail = (1 - confidence) / 2
    unknown = np.isnan(shifts)
    # Order statistics, for there is no interpolating towards infinity.
    low = np.quantile(np.where(unknown, -np.inf, shifts), tail, method="lower")
    high = np.quantile(np.where(unknown, np.inf, shifts), 1 - tail, method="higher")
    return Interval(float(low), float(high), "cluster-bootstrap")


class _Spread:
    """A run's values sorted once, each knowing its cluster, for weighted quantiles."""

    def __init__(self, run: Durations, clusters: Sequence[str]) -> None:
        values: list[float] = []
        owners: list[int] = []
        for index, name in enumerate(clusters):
            for unit in run.get(name, {}).values():
                values += unit
                owners += [index] * len(unit)
        order = np.argsort(np.asarray(values), kind="stable")
        self._values = np.asarray(values)[order]
        self._owners = np.asarray(owners)[order]

    def quantiles(self, weights: Floats, qs: Sequence[float]) -> Floats:
        """The quantiles under each row of cluster weights, shape (qs, rows); NaN for rows that
        draw no value."""
        cumulative = np.cumsum(weights.astype(np.int32)[:, self._owners], axis=1, dtype=np.int32)
        return np.stack([self._quantile(cumulative, q) for q in qs])

    def _quantile(self, cumulative: Counts, q: float) -> Floats:
        drawn = cumulative[:, -1]
        position = np.maximum(q * (drawn - 1), 0.0)
        below = _nth(self._values, cumulative, np.floor(position))
        above = _nth(self._values, cumulative, np.ceil(position))
        part = position - np.floor(position)
        with np.errstate(invalid="ignore"):
            mixed = below + (above - below) * part
        return np.where(drawn == 0, np.nan, np.where((below == above) | (part == 0), below, mixed))


def _nth(values: Floats, cumulative: Counts, n: Floats) -> Floats:
    """The n-th value (from 0) of each row, when each value stands as often as its weight."""
    return np.asarray(values[np.argmax(cumulative > n.astype(np.int32)[:, np.newaxis], axis=1)])
