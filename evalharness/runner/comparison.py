"""Runs read from the database and compared."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from evalharness.errors import UserError
from evalharness.scoring.registry import HEADLINES, METRICS
from evalharness.scoring.score import Metric
from evalharness.stats.clusters import total
from evalharness.stats.comparison import Comparison, compare, resampling_seed
from evalharness.stats.durations import all_values, percentile
from evalharness.stats.paired import Options
from evalharness.stats.runs import RunScores, TrialScores, durations, sums
from evalharness.store.rows import RunRow
from evalharness.store.store import Store


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """`metrics` names what to compare (default: the headlines); `seed` None: made from the runs."""

    metrics: Sequence[str] = ()
    confidence: float = 0.95
    resamples: int = 10_000
    seed: int | None = None
    min_effect: Mapping[str, float] = field(default_factory=dict)


def compare_runs(store: Store, references: Sequence[str], options: CompareOptions) -> Comparison:
    """Compare runs with the first. Raises NotFound, and UserError when they were scored under
    different specs or are of different datasets."""
    runs = [store.run(reference) for reference in references]
    names = {run.dataset_name for run in runs}
    if len(names) > 1:
        raise UserError(
            "EH520",
            f"the runs are of different datasets: {', '.join(sorted(names))}",
            hint="compare runs of one dataset",
        )
    spec = _one_spec(store, runs)
    manifest = store.manifest(runs[0].dataset_id)
    refs = [run.id for run in runs]
    seed = resampling_seed(refs, spec) if options.seed is None else options.seed
    return compare(
        [_run_scores(store, run) for run in runs],
        [metric_named(name) for name in options.metrics or HEADLINES],
        Options(options.confidence, options.resamples, seed),
        primary=manifest.primary,
        min_effect=options.min_effect,
    )


def metric_named(name: str) -> Metric:
    """Raises UserError with the nearest name."""
    if name not in METRICS:
        near = difflib.get_close_matches(name, METRICS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(METRICS)}"
        raise UserError("EH521", f"unknown metric {name}", hint=hint)
    return METRICS[name]


def _one_spec(store: Store, runs: Sequence[RunRow]) -> str:
    """The spec all runs were scored under."""
    found = {run.id: store.spec_hashes(run.id) for run in runs}
    every = set().union(*found.values())
    if len(every) > 1:
        names = " && ".join(f"evalharness rescore {run}" for run in found)
        raise UserError(
            "EH522", "the runs were scored by different rules", hint=f"make them alike: {names}"
        )
    return next(iter(every), "")


def _run_scores(store: Store, run: RunRow) -> RunScores:
    scores = store.scores(run.id)
    return RunScores(
        ref=run.id,
        variant=run.variant,
        dataset=f"{run.dataset_name}@{run.dataset_sha256[:4]}",
        config=run.config,
        label=run.label,
        trials=[
            TrialScores(
                scenario=trial.scenario,
                scenario_sha256=trial.scenario_sha256,
                repeat=trial.repeat,
                state=trial.state,
                scores=scores.get(trial.id, ()),
                reason=str((trial.error or {}).get("message") or ""),
            )
            for trial in store.trials(run.id)
        ],
    )


def run_value(store: Store, reference: str, metric: Metric) -> float | None:
    """A run's figure for one metric: the ratio of its sums, the median of a duration
    (infinite where half the turns had no answer), or the mean per conversation of a count or money.
    None when nothing was measured."""
    run = _run_scores(store, store.run(reference))
    run = replace(run, trials=[trial for trial in run.trials if trial.valid])
    if metric.kind == "duration_ms":
        median = percentile(all_values(durations(run, metric)), 0.5)
        return median.value if median else None
    return total(sums(run, metric))
