"""What a scorer sees: a scenario's turns beside what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalharness.dataset.models import ScenarioScript, Turn
from evalharness.recording.reading import build_timeline
from evalharness.recording.recording import Recording
from evalharness.recording.timeline import FunctionCall, Response, Timeline, TurnSpan
from evalharness.scoring.spec import ScoringSpec


@dataclass(frozen=True, slots=True)
class PlayedTurn:
    """A scripted turn and its span; None when the session ended before it."""

    index: int
    script: Turn
    span: TurnSpan | None

    @property
    def expects_response(self) -> bool:
        if self.script.expect.response is not None:
            return self.script.expect.response
        return self.script.kind != "silence"

    @property
    def responses(self) -> Sequence[Response]:
        return self.span.responses if self.span is not None else ()

    @property
    def answered(self) -> bool:
        """Whether the server said or did anything that was not cut off before it began."""
        return any(one.audio or one.transcript or one.calls for one in self.responses)

    @property
    def calls(self) -> Sequence[FunctionCall]:
        return [call for response in self.responses for call in response.calls]

    @property
    def reply(self) -> str:
        """The assistant's words over the turn's responses."""
        return " ".join(one.transcript for one in self.responses if one.transcript)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One recording, read once for all scorers."""

    recording: Recording
    timeline: Timeline
    turns: Sequence[PlayedTurn]
    spec: ScoringSpec


def read_conversation(
    scenario: ScenarioScript, recording: Recording, spec: ScoringSpec
) -> Conversation:
    timeline = build_timeline(recording)
    spans = {span.index: span for span in timeline.turns}
    turns = [PlayedTurn(index, turn, spans.get(index)) for index, turn in enumerate(scenario.turns)]
    return Conversation(recording, timeline, turns, spec)
