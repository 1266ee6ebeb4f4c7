"""Latencies: percentiles that say when they know too little, and paired comparison.

A turn that got no answer is right-censored at the timeout and sorts as infinity: leaving it out
would make the slowest agent look fast. Percentiles interpolate linearly (numpy's default).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalharness.stats.clusters import Floats, Sums, pair
from evalharness.stats.distributions import binomial_quantile, t_quantile
from evalharness.stats.intervals import FEWEST_CLUSTERS, Interval
from evalharness.stats.paired import Options, resampling_weights, sign_flip_p, smallest_effect

Durations = Mapping[str, Mapping[str, Sequence[float]]]
"""Cluster, then unit (a turn of the scenario), then one value in ms for each repeat; infinity
where the turn was never answered."""


@dataclass(frozen=True, slots=True)
class Percentile:
    """`value` is infinite when it falls among unanswered turns; `low`, `high` are the order
    statistics that bound it with 95 % confidence, None when there are too few values."""

    value: float
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class DurationEffect:
    """B against A over the turns both answered.

    `ratio` is the geometric mean of B / A, with a cluster-t interval; `smallest` the smallest
    relative change (0.1 is 10 %) that would have been found. `p50_shift` and `p95_shift` are
    differences in ms with cluster-bootstrap intervals.
    """

    a_p50: Percentile
    b_p50: Percentile
    a_p95: Percentile
    b_p95: Percentile
    pairs: int
    clusters: int
    ratio: float | None = None
    ratio_interval: Interval | None = None
    p_value: float | None = None
    smallest: float | None = None
    p50_shift: Interval | None = None
    p95_shift: Interval | None = None


def percentile(values: Sequence[float], q: float) -> Percentile | None:
    """The q-quantile of ms values; None without any."""
    if not values:
        return None
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    value = _interpolated(ordered, q)
    low_rank = binomial_quantile(0.025, n, q)
    high_rank = binomial_quantile(0.975, n, q) + 1
    if low_rank < 1 or high_rank > n:
        return Percentile(value, n)
    return Percentile(value, n, float(ordered[low_rank - 1]), float(ordered[high_rank - 1]))


def _interpolated(ordered: Floats, q: float) -> float:
    position = q * (len(ordered) - 1)
    below, above = ordered[math.floor(position)], ordered[math.ceil(position)]
    # Infinity minus infinity is no number; between two censored values lies a censored one.
    if math.isinf(above):
        return float(above) if position > math.floor(position) else float(below)
    return float(below + (above - below) * (position - math.floor(position)))


def compare_durations(
    run_a: Durations, run_b: Durations, options: Options
) -> DurationEffect | None:
    """The paired effect on a latency; None when one run has no value at all."""
    values_a, values_b = _flat(run_a), _flat(run_b)
    p50_a, p50_b = percentile(values_a, 0.5), percentile(values_b, 0.5)
    p95_a, p95_b = percentile(values_a, 0.95), percentile(values_b, 0.95)
    if p50_a is None or p50_b is None or p95_a is None or p95_b is None:
        return None
    logs = _log_ratios(run_a, run_b)
    pairs = sum(len(units) for units in logs.values())
    if len(logs) < FEWEST_CLUSTERS:
        ratio = math.exp(_mean(logs)) if logs else None
        return DurationEffect(p50_a, p50_b, p95_a, p95_b, pairs, len(logs), ratio)
    # The mean log ratio is itself a ratio metric: sum of logs over number of paired turns.
    before = {name: Sums(0.0, float(len(units))) for name, units in logs.items()}
    after = {name: Sums(sum(units), float(len(units))) for name, units in logs.items()}
    flipped = pair(before, after)
    mean = _mean(logs)
    pull = flipped.b - mean * flipped.m
    count = len(logs)
    error = float(np.sqrt(count / (count - 1) * np.sum(pull**2)) / flipped.m.sum())
    half = t_quantile(0.5 + options.confidence / 2, count - 1) * error
    shifts = _shifts(run_a, run_b, sorted(logs), options)
    return DurationEffect(
        p50_a,
        p50_b,
        p95_a,
        p95_b,
        pairs,
        count,
        ratio=math.exp(mean),
        ratio_interval=Interval(math.exp(mean - half), math.exp(mean + half), "cluster-t"),
        p_value=sign_flip_p(flipped, options.seed),
        smallest=math.expm1(smallest_effect(error, count, options.confidence)),
        p50_shift=shifts[0],
        p95_shift=shifts[1],
    )


def _flat(run: Durations) -> list[float]:
    return [value for units in run.values() for values in units.values() for value in values]


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


def _mean(logs: Mapping[str, Sequence[float]]) -> float:
    total = sum(sum(units) for units in logs.values())
    return total / sum(len(units) for units in logs.values())


def _shifts(
    run_a: Durations, run_b: Durations, clusters: Sequence[str], options: Options
) -> list[Interval | None]:
    """Bootstrap intervals of B - A for p50 and p95, resampling the clusters both have."""
    a, b = _Spread(run_a, clusters), _Spread(run_b, clusters)
    drawn: list[list[Floats]] = [[], []]
    fewer = Options(options.confidence, min(options.resamples, 2_000), options.seed)
    for weights in resampling_weights(len(clusters), fewer):
        for index, q in enumerate((0.5, 0.95)):
            # A quantile among unanswered turns is infinite, and two of them have no difference.
            with np.errstate(invalid="ignore"):
                drawn[index].append(b.quantiles(weights, q) - a.quantiles(weights, q))
    tail = (1 - options.confidence) / 2
    intervals: list[Interval | None] = []
    for batches in drawn:
        shifts = np.concatenate(batches)
        if not np.all(np.isfinite(shifts)):
            intervals.append(None)
            continue
        low, high = np.quantile(shifts, [tail, 1 - tail])
        intervals.append(Interval(float(low), float(high), "cluster-bootstrap"))
    return intervals


class _Spread:
    """A run's values sorted once, each knowing its cluster, for weighted quantiles."""

    def __init__(self, run: Durations, clusters: Sequence[str]) -> None:
        values, owners = [], []
        for index, name in enumerate(clusters):
            for unit in run[name].values():
                values += list(unit)
                owners += [index] * len(unit)
        order = np.argsort(np.asarray(values), kind="stable")
        self._values = np.asarray(values)[order]
        self._owners = np.asarray(owners)[order]

    def quantiles(self, weights: Floats, q: float) -> Floats:
        """The q-quantile under each row of cluster weights. Shape (rows,)."""
        cumulative = np.cumsum(weights[:, self._owners], axis=1)
        position = q * (cumulative[:, -1] - 1)
        below = _nth(self._values, cumulative, np.floor(position))
        above = _nth(self._values, cumulative, np.ceil(position))
        part = position - np.floor(position)
        with np.errstate(invalid="ignore"):
            mixed = below + (above - below) * part
        return np.where(below == above, below, mixed)


def _nth(values: Floats, cumulative: Floats, n: Floats) -> Floats:
    """The n-th value (from 0) of each row, when each value stands as often as its weight."""
    return np.asarray(values[np.argmax(cumulative > n[:, np.newaxis], axis=1)])
