"""The figures of a comparison: a row for each metric, a cell for each run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evalharness.scoring.score import Metric
from evalharness.stats.clusters import Sums, total
from evalharness.stats.durations import (
    DurationEffect,
    Durations,
    Percentile,
    all_values,
    comparable,
    compare_durations,
    percentile,
)
from evalharness.stats.intervals import Interval, ratio_interval
from evalharness.stats.paired import Options, compare_ratios
from evalharness.stats.runs import RunScores, durations, sums
from evalharness.stats.verdict import Word

MEDIAN, TAIL = 0.5, 0.95
FEW_PAIRS = 20
"""Below this an interval is still right but wide; the comparison says how few pairs there were."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One run's figure for one row, and for all but the baseline its change.

    `value` may be infinite (a percentile among unanswered turns) or None (no denominator, or too
    few values for that percentile). `delta` and its interval `change` are in the metric's unit,
    and infinite where one side was never answered; of a median, `ratio` with its interval decides
    the word, if it is there. `smallest` is the change that would
    have been found with 80 % power: of a duration relative (0.1 is 10 %), else in the metric's
    unit. `clusters` counts the scenarios paired.
    """

    value: float | None
    n: float
    interval: Interval | None = None
    delta: float | None = None
    change: Interval | None = None
    ratio: float | None = None
    ratio_change: Interval | None = None
    clusters: int = 0
    p_value: float | None = None
    adjusted_p: float | None = None
    p_lower: float | None = None
    smallest: float | None = None
    word: Word | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the results: a metric, or one percentile of a duration."""

    metric: Metric
    title: str
    quantile: float | None
    cells: Sequence[Cell]


def metric_rows(
    runs: Sequence[RunScores], metrics: Sequence[Metric], options: Options
) -> list[Row]:
    """In the order of `metrics`; one that no run measured has no row."""
    rows: list[Row] = []
    for metric in metrics:
        if metric.kind == "duration_ms":
            rows += _duration_rows(runs, metric, options)
        else:
            rows.append(Row(metric, metric.title, None, _ratio_cells(runs, metric, options)))
    return [row for row in rows if any(cell.n for cell in row.cells)]


def _ratio_cells(runs: Sequence[RunScores], metric: Metric, options: Options) -> list[Cell]:
    every = _in_common([sums(run, metric) for run in runs])
    proportion = metric.kind == "ratio"
    cells = []
    for index, mine in enumerate(every):
        cell = Cell(
            total(mine),
            sum(one.denominator for one in mine.values()),
            ratio_interval(mine, confidence=options.confidence, proportion=proportion),
        )
        if index:
            cell = _with_effect(cell, every[0], mine, options, proportion=proportion)
        cells.append(cell)
    return cells


def _in_common(runs: Sequence[Mapping[str, Sums]]) -> list[Mapping[str, Sums]]:
    """Each run's scenarios that all runs have sums for, so that the figures shown are those
    compared, in the order of their names; a run without any is not asked."""
    measured = [set(run) for run in runs if run]
    common = set.intersection(*measured) if measured else set()
    return [{name: run[name] for name in sorted(common) if name in run} for run in runs]


def _with_effect(
    cell: Cell,
    baseline: Mapping[str, Sums],
    mine: Mapping[str, Sums],
    options: Options,
    *,
    proportion: bool,
) -> Cell:
    effect = compare_ratios(baseline, mine, options, proportion=proportion)
    if effect is None:
        return cell
    return replace(
        cell,
        delta=effect.delta,
        change=effect.interval,
        clusters=effect.clusters,
        p_value=effect.p_value,
        p_lower=effect.p_lower,
        smallest=effect.smallest,
    )


def _duration_rows(runs: Sequence[RunScores], metric: Metric, options: Options) -> list[Row]:
    every = comparable([durations(run, metric) for run in runs])
    effects = [compare_durations(every[0], run, options) for run in every[1:]]
    return [
        Row(
            metric, f"{metric.title} p{q * 100:.0f}", q, _duration_cells(every, effects, q, options)
        )
        for q in (MEDIAN, TAIL)
    ]


def _duration_cells(
    runs: Sequence[Durations], effects: Sequence[DurationEffect], q: float, options: Options
) -> list[Cell]:
    found = [percentile(all_values(run), q, options.confidence) for run in runs]
    baseline, *others = [_duration_cell(one, q) for one in found]
    pairs = zip(others, effects, strict=True)
    return [baseline, *(_shifted(cell, baseline, effect, q) for cell, effect in pairs)]


def _duration_cell(found: Percentile | None, q: float) -> Cell:
    if found is None:
        return Cell(None, 0)
    # A tail without a finite order-statistic interval is not shown as if it were known.
    known = found.interval is not None or q == MEDIAN
    return Cell(found.value if known else None, found.n, found.interval)


def _shifted(cell: Cell, baseline: Cell, effect: DurationEffect, q: float) -> Cell:
    if cell.value is None or baseline.value is None:
        return cell
    delta = cell.value - baseline.value
    if math.isnan(delta):
        return cell
    shift = effect.p50_shift if q == MEDIAN else effect.p95_shift
    cell = replace(cell, delta=delta, change=shift, clusters=effect.clusters)
    # What the answered turns say is not the word on a median that was never answered.
    if q == TAIL or math.isinf(delta):
        return cell
    return replace(
        cell,
        ratio=effect.ratio,
        ratio_change=effect.ratio_interval,
        p_value=effect.p_value,
        smallest=effect.smallest,
    )
