"""Runs of one dataset, compared: the first is the baseline, each other one is paired with it.

Pairs are scenarios that both runs have, unchanged, with at least one valid trial in each; what is
left out is named with its reason. A trial that failed counts; one that is invalid says nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from evalharness.scoring.score import Metric
from evalharness.stats.conclusions import Judge
from evalharness.stats.intervals import FEWEST_CLUSTERS
from evalharness.stats.paired import Options
from evalharness.stats.rows import FEW_PAIRS, Row, metric_rows
from evalharness.stats.runs import RunScores
from evalharness.stats.settings import ConfigDifference, compare_settings

MUCH_LEFT_OUT = 0.05
"""A larger share of scenarios left out is worth a warning."""


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
    """Everything a report says, in the order it is said. `primary` names the metrics the
    comparison is about; the other rows explore."""

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
    primary: Sequence[str]


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

    `primary` names the metrics the comparison is about (default: those the catalogue marks; where
    none of either is asked for, all that are); `min_effect` the changes, in the
    metric's unit, too small to be called one.
    """
    pairing = _pairing(runs)
    heads = [_head(letter, run) for letter, run in zip(_letters(runs), runs, strict=True)]
    paired = [_only(run, pairing.kept) for run in runs]
    names = _primary(metrics, primary)
    judge = Judge(names, min_effect or {})
    rows = judge.judged(metric_rows(paired, metrics, options))
    settings = compare_settings([run.config for run in runs])
    said = [f"{head.letter} {head.variant}" for head in heads]
    return Comparison(
        verdicts=[
            judge.sentence(rows, index, name=said[index], other=said[0], paired=len(pairing.kept))
            for index in range(1, len(runs))
        ],
        dataset=runs[0].dataset,
        runs=heads,
        paired=len(pairing.kept),
        scenarios=len({trial.scenario for run in runs for trial in run.trials}),
        left_out=pairing.left_out,
        differences=settings.differences,
        identical_settings=settings.identical,
        rows=rows,
        changed=_changed(paired, heads),
        warnings=_warnings(runs, heads, pairing),
        options=options,
        primary=names,
    )


def _primary(metrics: Sequence[Metric], declared: Sequence[str]) -> Sequence[str]:
    names = declared or [metric.name for metric in metrics if metric.primary]
    shown = [metric.name for metric in metrics]
    return [name for name in shown if name in names] or shown


# Which scenarios can be paired


@dataclass(frozen=True, slots=True)
class _Pairing:
    kept: frozenset[str]
    left_out: Sequence[LeftOut]


def _pairing(runs: Sequence[RunScores]) -> _Pairing:
    everyone = {trial.scenario for run in runs for trial in run.trials}
    hashes: dict[str, set[str]] = {}
    reasons: dict[str, str] = {}
    for letter, run in zip(_letters(runs), runs, strict=True):
        valid = {trial.scenario for trial in run.trials if trial.valid}
        for trial in run.trials:
            hashes.setdefault(trial.scenario, set()).add(trial.scenario_sha256)
        for name in everyone - valid:
            reasons.setdefault(name, f"{letter} {_why_missing(run, name)}")
    for name, seen in hashes.items():
        if len(seen) > 1:
            reasons.setdefault(name, "the scenario changed between the runs")
    return _Pairing(
        frozenset(everyone - reasons.keys()),
        [LeftOut(name, reasons[name]) for name in sorted(reasons)],
    )


def _letters(runs: Sequence[RunScores]) -> list[str]:
    return [chr(ord("A") + index) for index in range(len(runs))]


def _why_missing(run: RunScores, scenario: str) -> str:
    for trial in run.trials:
        if trial.scenario == scenario:
            return f"{trial.state}: {trial.reason}" if trial.reason else trial.state
    return "did not run it"


def _only(run: RunScores, scenarios: frozenset[str]) -> RunScores:
    trials = [trial for trial in run.trials if trial.valid and trial.scenario in scenarios]
    return replace(run, trials=trials)


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
                    found = [_reason(one) for one in score.detail.get("reasons", ())]
                    reasons += found or ["failed"]
    return {name: list(dict.fromkeys(reasons)) for name, reasons in outcomes.items()}


def _reason(reason: Any) -> str:
    return str(reason.get("what", reason)) if isinstance(reason, Mapping) else str(reason)


def _warnings(runs: Sequence[RunScores], heads: Sequence[RunHead], pairing: _Pairing) -> list[str]:
    warnings = []
    if len({run.dataset for run in runs}) > 1:
        warnings.append(
            "the runs are of different dataset versions; only unchanged scenarios are paired"
        )
    warnings += [
        f"{head.letter} {head.variant}: {head.invalid} of {len(run.trials)} trials without a valid "
        "result, not counted"
        for head, run in zip(heads, runs, strict=True)
        if head.invalid
    ]
    paired, left_out = len(pairing.kept), len(pairing.left_out)
    if left_out > MUCH_LEFT_OUT * (paired + left_out):
        warnings.append(f"{left_out} of {paired + left_out} scenarios are left out")
    if paired < FEWEST_CLUSTERS:
        few = "1 scenario is" if paired == 1 else f"{paired or 'no'} scenarios are"
        warnings.append(f"{few} paired: too few for intervals")
    elif paired < FEW_PAIRS:
        warnings.append(f"only {paired} scenarios are paired: intervals are wide")
    return warnings
