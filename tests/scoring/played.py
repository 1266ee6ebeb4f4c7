"""Scripts and a spec for conversations built by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalharness.dataset.models import Manifest, ScenarioScript
from evalharness.scoring.registry import score_recording
from evalharness.scoring.score import Score
from evalharness.scoring.spec import scoring_spec
from tests.recordings import RecordingBuilder

SPEC = scoring_spec(Manifest(format=1, name="test", tools=()))


def script(*turns: Mapping[str, Any]) -> ScenarioScript:
    return ScenarioScript.model_validate({"id": "s", "turns": list(turns)})


def scored(metric: str, turns: list[dict[str, Any]], builder: RecordingBuilder) -> list[Score]:
    """The scores of one metric."""
    found = score_recording(script(*turns), builder.build(), SPEC)
    return [score for score in found if score.metric == metric]
