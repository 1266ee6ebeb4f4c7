"""Runs made by hand: scores without recordings."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evalharness.scoring.registry import HEADLINES, METRICS
from evalharness.scoring.score import Score
from evalharness.stats.comparison import Comparison, compare
from evalharness.stats.paired import Options
from evalharness.stats.runs import RunScores, TrialScores

FEW = Options(resamples=400, seed=7)
"""Enough resamples for tests that are about something else."""


def ratio(metric: str, numerator: float, denominator: float = 1.0, turn: int | None = 0) -> Score:
    value = numerator / denominator if denominator else None
    return Score(turn, "test", metric, numerator, denominator, value)


def success(passed: float, *reasons: str) -> Score:
    detail = {"reasons": [{"turn": 0, "what": one} for one in reasons]}
    return Score(None, "outcome", "task_success", passed, 1.0, passed, detail)


def cost(dollars: float) -> Score:
    return Score(None, "cost", "cost_usd", dollars, 1.0, dollars)


def wait(ms: float | None, turn: int = 0, metric: str = "v2v") -> Score:
    """A latency; infinite: never answered; None: not to be believed."""
    if ms is None:
        return Score(turn, "latency", metric, None, None, None, {"invalid": "late"})
    if math.isinf(ms):
        return Score(turn, "latency", metric, None, None, None, {"censored_ms": 15_000.0})
    return Score(turn, "latency", metric, ms, 1.0, ms)


def trial(
    scenario: str,
    *scores: Score,
    repeat: int = 0,
    state: str = "scored",
    sha256: str = "",
    reason: str = "",
) -> TrialScores:
    return TrialScores(scenario, sha256 or scenario, repeat, state, scores, reason)


def run(
    variant: str,
    trials: Iterable[TrialScores],
    config: Mapping[str, Any] | None = None,
    dataset: str = "desk@1a2b",
) -> RunScores:
    return RunScores(f"r-{variant}", variant, dataset, config or {}, list(trials))


def run_of(variant: str, *columns: Sequence[Score], **options: Any) -> RunScores:
    """One trial a scenario: s00 has the first score of every column, and so on."""
    trials = [trial(f"s{at:02}", *scores) for at, scores in enumerate(zip(*columns, strict=True))]
    return run(variant, trials, **options)


def compared(
    runs: Sequence[RunScores],
    *metrics: str,
    options: Options = FEW,
    primary: Sequence[str] = (),
    min_effect: Mapping[str, float] | None = None,
) -> Comparison:
    return compare(
        runs,
        [METRICS[name] for name in metrics],
        options,
        primary=primary,
        min_effect=min_effect,
    )


def noisy(variant: str, seed: int, scenarios: int = 36) -> RunScores:
    """Scenarios of unlike difficulty, answered by the same agent with other luck."""
    luck, difficulty = random.Random(seed), random.Random(0)
    trials = []
    for at in range(scenarios):
        ease = difficulty.random()
        errors = [float(sum(luck.random() > ease for _ in range(4))) for _ in range(2)]
        trials.append(
            trial(
                f"s{at:02}",
                success(float(luck.random() < ease)),
                *(ratio("wer", one, 12.0, turn) for turn, one in enumerate(errors)),
                *(wait(luck.gauss(900, 80), turn) for turn in range(2)),
                cost(luck.uniform(0.01, 0.02)),
            )
        )
    return run(variant, trials)


def figures(result: Comparison) -> list[tuple[object, ...]]:
    return [
        (
            row.title,
            found.value,
            found.delta,
            found.p_value,
            found.p_lower,
            found.change and found.change.low,
            found.change and found.change.high,
            found.ratio_change and found.ratio_change.low,
        )
        for row in result.rows
        for found in row.cells
    ]


def digest() -> str:
    """Of everything a comparison of 60 scenarios says, bootstrap and drawn sign flips included."""
    result = compared([noisy("a", 1, 60), noisy("b", 2, 60)], *HEADLINES)
    return repr((figures(result), result.verdicts, result.left_out, result.changed))
