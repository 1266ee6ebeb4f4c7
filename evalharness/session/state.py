"""What the server has said so far, as far as the caller's next step depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evalharness.audio.formats import AudioFormat


@dataclass(slots=True)
class ServerState:
    """Kept by the client machine from the events it receives.

    `awaiting_created` is True between something that leads to a response (a commit by the VAD, our
    `response.create`) and that response's `response.created`.
    """

    session: Mapping[str, Any] = field(default_factory=dict)
    user_speaking: bool = False
    awaiting_created: bool = False
    active_responses: set[str] = field(default_factory=set)
    awaiting_transcripts: set[str] = field(default_factory=set)
    last_event_ns: int = 0

    @property
    def busy(self) -> bool:
        """Whether the server is still hearing or answering something."""
        return self.user_speaking or self.awaiting_created or bool(self.active_responses)

    @property
    def turn_detection(self) -> Mapping[str, Any] | None:
        detection = _audio(self.session, "input").get("turn_detection")
        return detection if isinstance(detection, Mapping) else None

    @property
    def creates_responses(self) -> bool:
        """Whether the server answers a commit of its VAD by itself."""
        detection = self.turn_detection
        return detection is not None and detection.get("create_response") is not False

    @property
    def transcribes(self) -> bool:
        return bool(_audio(self.session, "input").get("transcription"))

    def output_format(self) -> AudioFormat:
        """Raises ValueError when the server speaks in an encoding we do not know."""
        return AudioFormat.from_wire(_audio(self.session, "output").get("format"))


def _audio(session: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    audio = session.get("audio")
    part = audio.get(side) if isinstance(audio, Mapping) else None
    return part if isinstance(part, Mapping) else {}
