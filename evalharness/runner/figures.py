"""A trial's headline figures, as its run shows them while it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from evalharness.runner.progress import TrialFigures
from evalharness.scoring.score import Score


def headline_figures(scores: Sequence[Score]) -> TrialFigures:
    def total(metric: str, field: str) -> float:
        return sum(getattr(one, field) or 0.0 for one in scores if one.metric == metric)

    verdicts = [one for one in scores if one.metric == "task_success"]
    first_audio = [one.value for one in scores if one.metric == "v2v" and one.value is not None]
    return TrialFigures(
        passed=bool(verdicts[0].numerator) if verdicts else None,
        word_errors=total("wer", "numerator"),
        words=total("wer", "denominator"),
        calls_right=total("exact_call_accuracy", "numerator"),
        calls_expected=total("exact_call_accuracy", "denominator"),
        first_audio_ms=tuple(first_audio),
        cost_usd=total("cost_usd", "numerator"),
    )
