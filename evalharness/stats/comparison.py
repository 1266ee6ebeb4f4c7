"""Runs of one dataset, compared: the first is the baseline, each other one is paired with it.

Pairs are scenarios that both runs have, unchanged, with at least one valid trial in each; what is
left out is named with its reason. A trial that failed counts; one that is invalid says nothing.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from evalharness.scoring.score import Metric, Score
from evalharness.stats.clusters import Sums, total
from evalharness.stats.durations import DurationEffect, Durations, Percentile, compare_durations
from evalharness.stats.intervals import Interval, ratio_interval
from evalharness.stats.multiplicity import holm
from evalharness.stats.paired import Effect, Options, compare_ratios
from evalharness.stats.verdict import Finding, Word, sentence, word

GRAIN_MS = 20.0
"""A change of a duration below one chunk of audio is within the measurement's own grain and is
not called one, unless another `min_effect` is declared."""
FEW_PAIRS = 20
"""Below this an interval is still right but wide; the comparison says how few pairs there were."""


@dataclass(frozen=True, slots=True)
class TrialScores:
    """One trial: its scores, or why there are none that count."""

    scenario: str
    scenario_sha256: str
    repeat: int
    state: str
    scores: Sequence[Score]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RunScores:
    """A run as the comparison needs it. `config` is the variant's configuration."""

    ref: str
    variant: str
    dataset: str
    config: Mapping[str, Any]
    trials: Sequence[TrialScores]
    label: str | None = None


@dataclass(frozen=True, slots=True)
class RunHead:
    """A run's name in the comparison: its letter, its variant, its reference."""

    letter: str
    ref: str
    variant: str
    label: str | None
    scored: int
    failed: int
    invalid: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One run's figure for one row, and for all but the baseline its change.

    `value` may be infinite (a percentile among unanswered turns) or None (no denominator). For
    ratios `delta`, `low` and `high` are in the metric's unit; for durations they are ms, and
    `ratio` with its interval decides the word.
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
    smallest: float | None = None
    word: Word | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the results: a metric, or one percentile of a duration."""

    metric: Metric
    title: str
    quantile: float | None
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class ConfigDifference:
    """A setting in which the runs differ; one value a run, absent ones as None."""

    path: str
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class ChangedOutcome:
    """A scenario whose verdict differs from the baseline's, and what failed in which run."""

    letter: str
    scenario: str
    change: Literal["newly failing", "newly passing"]
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class LeftOut:
    scenario: str
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything a report says, in the order it is said."""

    verdicts: Sequence[str]
    dataset: str
    runs: Sequence[RunHead]
    paired: int
    scenarios: int
    left_out: Sequence[LeftOut]
    differences: Sequence[ConfigDifference]
    identical_settings: int
    rows: Sequence[Row]
    changed: Sequence[ChangedOutcome]
    warnings: Sequence[str]
    options: Options


def resampling_seed(refs: Sequence[str], spec_sha256: str) -> int:
    """The same runs under the same spec are resampled alike, in any process."""
    digest = hashlib.sha256(("".join(refs) + spec_sha256).encode()).digest()
    return int.from_bytes(digest[:8], "big")


def compare(
    runs: Sequence[RunScores],
    metrics: Sequence[Metric],
    options: Options,
    *,
    primary: Sequence[str] = (),
    min_effect: Mapping[str, float] | None = None,
) -> Comparison:
    """Compare `runs[1:]` with `runs[0]` on the metrics given, in that order.

    `primary` names the metrics that Holm's correction is made over (default: those the catalogue
    marks); `min_effect` the changes, in the metric's unit, too small to be called one.
    """
    names = tuple(primary) or tuple(metric.name for metric in metrics if metric.primary)
    kept, left_out = _pairing(runs)
    paired = [_only(run, kept) for run in runs]
    rows = _rows(paired, metrics, options)
    rows = _judged(rows, names, min_effect or {})
    heads = [_head(chr(ord("A") + index), run) for index, run in enumerate(runs)]
    differences, identical = _differences(runs)
    return Comparison(
        verdicts=[
            _verdict(rows, heads, index, len(kept), min_effect or {})
            for index in range(1, len(runs))
        ],
        dataset=runs[0].dataset,
        runs=heads,
        paired=len(kept),
        scenarios=len({trial.scenario for run in runs for trial in run.trials}),
        left_out=left_out,
        differences=differences,
        identical_settings=identical,
        rows=rows,
        changed=_changed(paired, heads),
        warnings=_warnings(runs, len(kept), left_out),
        options=options,
    )


# Which scenarios can be paired


def _pairing(runs: Sequence[RunScores]) -> tuple[frozenset[str], list[LeftOut]]:
    everywhere: set[str] | None = None
    reasons: dict[str, str] = {}
    letters = [chr(ord("A") + index) for index in range(len(runs))]
    everyone = {trial.scenario for run in runs for trial in run.trials}
    hashes: dict[str, set[str]] = {}
    for letter, run in zip(letters, runs, strict=True):
        valid = {trial.scenario for trial in run.trials if _counts(trial)}
        for trial in run.trials:
            hashes.setdefault(trial.scenario, set()).add(trial.scenario_sha256)
        for name in sorted(everyone - valid):
            reasons.setdefault(name, f"{letter} {_why_missing(run, name)}")
        everywhere = valid if everywhere is None else everywhere & valid
    for name, seen in hashes.items():
        if len(seen) > 1:
            reasons.setdefault(name, "the scenario changed between the runs")
    kept = frozenset(name for name in everywhere or () if name not in reasons)
    return kept, [LeftOut(name, reasons[name]) for name in sorted(reasons)]


def _counts(trial: TrialScores) -> bool:
    return trial.state in ("scored", "failed")


def _why_missing(run: RunScores, scenario: str) -> str:
    for trial in run.trials:
        if trial.scenario == scenario:
            return f"{trial.state}: {trial.reason}" if trial.reason else trial.state
    return "did not run it"


def _only(run: RunScores, scenarios: frozenset[str]) -> RunScores:
    trials = [trial for trial in run.trials if _counts(trial) and trial.scenario in scenarios]
    return replace(run, trials=trials)


# Rows


def _rows(runs: Sequence[RunScores], metrics: Sequence[Metric], options: Options) -> list[Row]:
    rows: list[Row] = []
    for metric in metrics:
        if metric.kind == "duration_ms":
            rows += _duration_rows(runs, metric, options)
        else:
            cells = _ratio_cells(runs, metric, options)
            if any(cell.value is not None for cell in cells):
                rows.append(Row(metric, metric.title, None, cells))
    return rows


def _ratio_cells(runs: Sequence[RunScores], metric: Metric, options: Options) -> list[Cell]:
    sums = [_sums(run, metric) for run in runs]
    cells = []
    for index, run_sums in enumerate(sums):
        n = sum(one.denominator for one in run_sums.values())
        interval = ratio_interval(
            run_sums, confidence=options.confidence, proportion=metric.kind == "ratio"
        )
        cell = Cell(total(run_sums), n, interval)
        effect = compare_ratios(sums[0], run_sums, options) if index else None
        cells.append(_with_effect(cell, effect) if effect else cell)
    return cells


def _with_effect(cell: Cell, effect: Effect) -> Cell:
    return replace(
        cell,
        delta=effect.delta,
        change=effect.interval,
        clusters=effect.clusters,
        p_value=effect.p_value,
        smallest=effect.smallest,
    )


def _sums(run: RunScores, metric: Metric) -> dict[str, Sums]:
    """Per scenario. Money and counts are per trial, so their denominator is the trials."""
    sums: dict[str, Sums] = {}
    for trial in run.trials:
        for score in trial.scores:
            if score.metric != metric.name or score.numerator is None:
                continue
            denominator = score.denominator if metric.kind == "ratio" else 1.0
            so_far = sums.get(trial.scenario, Sums(0.0, 0.0))
            sums[trial.scenario] = Sums(
                so_far.numerator + score.numerator, so_far.denominator + (denominator or 0.0)
            )
    return sums


def _duration_rows(runs: Sequence[RunScores], metric: Metric, options: Options) -> list[Row]:
    values = [_durations(run, metric) for run in runs]
    median, tail = [], []
    for index, run_values in enumerate(values):
        effect = compare_durations(values[0], run_values, options)
        if effect is None:
            empty = Cell(None, 0)
            median.append(empty)
            tail.append(empty)
            continue
        against = effect if index else None
        median.append(_duration_cell(effect.b_p50, effect.a_p50, against, "p50"))
        tail.append(_duration_cell(effect.b_p95, effect.a_p95, against, "p95"))
    rows = [
        Row(metric, f"{metric.title} p50", 0.5, median),
        Row(metric, f"{metric.title} p95", 0.95, tail),
    ]
    return [row for row in rows if any(cell.value is not None for cell in row.cells)]


def _duration_cell(
    value: Percentile, baseline: Percentile, effect: DurationEffect | None, which: str
) -> Cell:
    # A percentile without a finite order-statistic interval is not shown as if it were known.
    known = value.low is not None or which == "p50"
    interval = None
    if value.low is not None and value.high is not None:
        interval = Interval(value.low, value.high, "cluster-bootstrap")
    cell = Cell(value.value if known else None, value.n, interval)
    if effect is None or not known or not math.isfinite(value.value - baseline.value):
        return cell
    shift = effect.p50_shift if which == "p50" else effect.p95_shift
    cell = replace(cell, delta=value.value - baseline.value, change=shift, clusters=effect.clusters)
    if which == "p95":
        return cell
    return replace(
        cell,
        ratio=effect.ratio,
        ratio_change=effect.ratio_interval,
        p_value=effect.p_value,
        smallest=effect.smallest,
    )


def _durations(run: RunScores, metric: Metric) -> Durations:
    found: dict[str, dict[str, list[float]]] = {}
    for trial in run.trials:
        for score in trial.scores:
            if score.metric != metric.name:
                continue
            value = score.value
            if value is None and "censored_ms" in score.detail:
                value = math.inf
            if value is not None:
                units = found.setdefault(trial.scenario, {})
                units.setdefault(str(score.turn), []).append(value)
    return found


# Words


def _judged(
    rows: Sequence[Row], primary: Sequence[str], min_effect: Mapping[str, float]
) -> list[Row]:
    """Every cell with its word; the primary metrics' p-values corrected per variant."""
    width = len(rows[0].cells) if rows else 0
    adjusted: dict[tuple[str, int], float] = {}
    for index in range(1, width):
        family = [
            (row.metric.name, row.cells[index].p_value)
            for row in rows
            if row.metric.name in primary and row.cells[index].p_value is not None
        ]
        corrected = holm([p for _, p in family if p is not None])
        adjusted |= {(name, index): p for (name, _), p in zip(family, corrected, strict=True)}
    return [
        replace(
            row,
            cells=[
                _with_word(row, cell, adjusted.get((row.metric.name, index)), min_effect)
                if index
                else cell
                for index, cell in enumerate(row.cells)
            ],
        )
        for row in rows
    ]


def _with_word(
    row: Row, cell: Cell, adjusted_p: float | None, min_effect: Mapping[str, float]
) -> Cell:
    if cell.delta is None:
        return cell
    # The tail of a duration is exploratory: its word comes from its own interval alone.
    p = None if row.quantile == 0.95 else adjusted_p
    cell = replace(cell, adjusted_p=p)
    return replace(cell, word=word(_finding(row, cell, min_effect)))


def _finding(row: Row, cell: Cell, min_effect: Mapping[str, float]) -> Finding:
    metric = row.metric
    delta = cell.delta or 0.0
    low = cell.change.low if cell.change else None
    high = cell.change.high if cell.change else None
    if row.quantile == 0.5:
        low = cell.ratio_change.low - 1 if cell.ratio_change else None
        high = cell.ratio_change.high - 1 if cell.ratio_change else None
        # The ratio speaks of turns both answered; the sign of the change is its sign.
        delta = math.copysign(delta, (cell.ratio or 1.0) - 1.0)
    gain, loss = metric.gain, metric.loss
    if metric.kind == "money_usd" and cell.value is not None and cell.value != delta:
        percent = abs(delta) / (cell.value - delta) * 100
        gain, loss = f"costs {percent:.0f} % less", f"costs {percent:.0f} % more"
    return Finding(
        metric=metric.name,
        better=metric.better,
        delta=delta,
        low=low,
        high=high,
        adjusted_p=cell.adjusted_p,
        min_effect=min_effect.get(metric.name, 0.0),
        gain=gain,
        loss=loss,
    )


def _verdict(
    rows: Sequence[Row],
    heads: Sequence[RunHead],
    index: int,
    paired: int,
    min_effect: Mapping[str, float],
) -> str:
    told = [row for row in rows if row.quantile != 0.95 and row.cells[index].delta is not None]
    findings = [
        finding for row in told if (finding := _finding(row, row.cells[index], min_effect)).gain
    ]
    name, other = heads[index], heads[0]
    nothing = (
        f"No clear difference between {name.letter} {name.variant} and "
        f"{other.letter} {other.variant} on {paired} conversations"
    )
    reach = next((row for row in told if row.cells[index].smallest is not None), None)
    if reach is not None:
        smallest = reach.cells[index].smallest or 0.0
        unit = "pp" if reach.quantile is None and reach.metric.kind == "ratio" else "%"
        nothing += (
            f"; the smallest change this comparison could detect is about "
            f"{smallest * 100:.0f} {unit} in {reach.metric.title.lower()}"
        )
    return sentence(f"{name.letter} {name.variant}", findings, nothing=nothing + ".")


# The rest of the page


def _head(letter: str, run: RunScores) -> RunHead:
    states = [trial.state for trial in run.trials]
    return RunHead(
        letter,
        run.ref,
        run.variant,
        run.label,
        states.count("scored"),
        states.count("failed"),
        len(states) - states.count("scored") - states.count("failed"),
    )


def _changed(runs: Sequence[RunScores], heads: Sequence[RunHead]) -> list[ChangedOutcome]:
    before = _outcomes(runs[0])
    changed = []
    for run, head in zip(runs[1:], heads[1:], strict=True):
        after = _outcomes(run)
        for name in sorted(set(before) & set(after)):
            was, now = before[name], after[name]
            if bool(was) == bool(now):
                continue
            change: Literal["newly failing", "newly passing"]
            change = "newly failing" if now else "newly passing"
            changed.append(ChangedOutcome(head.letter, name, change, now or was))
    return changed


def _outcomes(run: RunScores) -> dict[str, list[str]]:
    """Per scenario the reasons it failed, in any repeat; an empty list when it passed."""
    outcomes: dict[str, list[str]] = {}
    for trial in run.trials:
        for score in trial.scores:
            if score.metric == "task_success":
                reasons = outcomes.setdefault(trial.scenario, [])
                if not score.numerator:
                    reasons += [_reason(one) for one in score.detail.get("reasons", ())] or [
                        "failed"
                    ]
    return outcomes


def _reason(reason: Any) -> str:
    return str(reason.get("what", reason)) if isinstance(reason, Mapping) else str(reason)


NAMES = frozenset({"name", "description"})
"""Of a variant: they say what it is called, not what it does."""


def _differences(runs: Sequence[RunScores]) -> tuple[list[ConfigDifference], int]:
    flat = [
        dict(_leaves({key: v for key, v in run.config.items() if key not in NAMES}, ""))
        for run in runs
    ]
    paths = sorted({path for one in flat for path in one})
    different = [
        ConfigDifference(path, [one.get(path) for one in flat])
        for path in paths
        if any(one.get(path) != flat[0].get(path) for one in flat)
    ]
    return different, len(paths) - len(different)


def _leaves(value: Any, path: str) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value and all(_named(item) for item in value):
        for item in value:
            yield from _leaves(item, f"{path}.{item['name']}")
    else:
        yield path, value


def _named(item: Any) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("name"), str)


def _warnings(runs: Sequence[RunScores], paired: int, left_out: Sequence[LeftOut]) -> list[str]:
    warnings = []
    if len({run.dataset for run in runs}) > 1:
        warnings.append(
            "the runs are of different dataset versions; only unchanged scenarios are paired"
        )
    if left_out and len(left_out) > 0.05 * (paired + len(left_out)):
        warnings.append(f"{len(left_out)} of {paired + len(left_out)} scenarios are left out")
    if paired < FEW_PAIRS:
        warnings.append(f"only {paired} scenarios are paired: intervals are wide")
    return warnings
