"""What a run brings to a comparison, and its scores gathered by scenario."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalharness.scoring.score import Metric, Score
from evalharness.stats.clusters import Sums
from evalharness.stats.durations import Durations


@dataclass(frozen=True, slots=True)
class TrialScores:
    """One trial: its scores, or why there are none that count."""

    scenario: str
    scenario_sha256: str
    repeat: int
    state: str
    scores: Sequence[Score]
    reason: str = ""

    @property
    def valid(self) -> bool:
        """A trial that failed counts; one that was lost to the network says nothing."""
        return self.state in ("scored", "failed")


@dataclass(frozen=True, slots=True)
class RunScores:
    """A run as the comparison needs it. `config` is the variant's configuration."""

    ref: str
    variant: str
    dataset: str
    config: Mapping[str, Any]
    trials: Sequence[TrialScores]
    label: str | None = None


def sums(run: RunScores, metric: Metric) -> dict[str, Sums]:
    """Numerator and denominator by scenario, without those that have no denominator.

    Money and counts are per trial, so their denominator is the number of trials. A score that is
    no finite number is as good as none.
    """
    found: dict[str, Sums] = {}
    for trial in run.trials:
        for score in trial.scores:
            if score.metric != metric.name or not _known(score.numerator):
                continue
            denominator = score.denominator if metric.kind == "ratio" else 1.0
            if not _known(denominator):
                continue
            so_far = found.get(trial.scenario, Sums(0.0, 0.0))
            found[trial.scenario] = Sums(
                so_far.numerator + (score.numerator or 0.0),
                so_far.denominator + (denominator or 0.0),
            )
    return {name: one for name, one in found.items() if one.denominator > 0}


def durations(run: RunScores, metric: Metric) -> Durations:
    """Values in ms by scenario and turn, one a repeat; infinity where no answer came in time."""
    found: dict[str, dict[str, list[float]]] = {}
    for trial in run.trials:
        for score in trial.scores:
            if score.metric != metric.name:
                continue
            value = score.value
            if value is None and "censored_ms" in score.detail:
                value = math.inf
            if value is not None and not math.isnan(value):
                units = found.setdefault(trial.scenario, {})
                units.setdefault(str(score.turn), []).append(value)
    return found


def _known(number: float | None) -> bool:
    return number is not None and math.isfinite(number)
