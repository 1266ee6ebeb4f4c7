"""One frame as it crossed the wire, with its base64 audio lifted out, and put back exactly.

Audio makes up nearly all of a session's bytes and grows by a third in base64, so a frame that
carries canonical base64 keeps the text around it (`payload`), the character position where the
base64 stood (`audio_at`) and the place of the raw bytes in a track. A frame whose base64 is not
canonical, whose JSON is not what was expected, or which is no JSON at all stays verbatim.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Side = Literal["client", "server"]

INPUT_TRACK = "input"
"""Raw bytes of every `input_audio_buffer.append`, in the session's input format."""
OUTPUT_TRACK = "output"
"""Raw bytes of every `response.output_audio.delta`, in arrival order."""

APPEND_TYPE = "input_audio_buffer.append"
DELTA_TYPES = ("response.output_audio.delta", "response.audio.delta")


# Named tuples where other values are frozen dataclasses: a session makes two hundred of these a
# second, and a frozen dataclass takes more than twice as long to make.


class AudioRef(NamedTuple):
    """Where a frame's audio lies: `length` raw bytes at `offset` of a track."""

    track: str
    offset: int
    length: int


class Frame(NamedTuple):
    """One WebSocket message. `at_ns` counts from the recording's start, taken at the socket.

    `due_ns` is when the pacer meant to send it (None for a frame that was not paced);
    `at_ns - due_ns` is its lateness. `binary` frames keep their bytes as base64 in `payload`.
    """

    seq: int
    at_ns: int
    side: Side
    type: str
    payload: str
    due_ns: int | None = None
    event_id: str | None = None
    item_id: str | None = None
    response_id: str | None = None
    audio: AudioRef | None = None
    audio_at: int | None = None
    binary: bool = False

    def text(self, audio: bytes = b"") -> str:
        """The exact text that crossed the wire; `audio` is the raw bytes `self.audio` names."""
        if self.audio_at is None:
            return self.payload
        encoded = base64.b64encode(audio).decode("ascii")
        return self.payload[: self.audio_at] + encoded + self.payload[self.audio_at :]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something the harness did that the wire does not show.

    Kinds: `turn_started`, `clip_started`, `clip_ended`, `turn_ended`, `loop_lag`, `problem`.
    """

    at_ns: int
    kind: str
    turn: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


class Lifted(NamedTuple):
    """A frame's text without its base64, and the raw bytes that were taken out."""

    payload: str
    audio_at: int | None = None
    audio: bytes = b""


_AUDIO_KEY = {
    APPEND_TYPE: re.compile(r'"audio"\s*:\s*"'),
    **{name: re.compile(r'"delta"\s*:\s*"') for name in DELTA_TYPES},
}


def lift(event_type: str, text: str) -> Lifted:
    """Take the audio out of a frame, or leave the frame as it is when that would lose a byte."""
    key = _AUDIO_KEY.get(event_type)
    match = key.search(text) if key else None
    if match is None:
        return Lifted(text)
    start = match.end()
    end = text.find('"', start)
    encoded = text[start:end] if end > start else ""
    audio = _canonical_base64(encoded)
    if not audio:
        return Lifted(text)
    return Lifted(text[:start] + text[end:], start, audio)


def _canonical_base64(encoded: str) -> bytes:
    """The bytes, or none when encoding them again would not give the same text."""
    try:
        audio = base64.b64decode(encoded, validate=True)
    except ValueError:  # binascii.Error, or characters that are not ASCII
        return b""
    # Only the last group can differ: stray bits there decode, but do not come back.
    tail = len(audio) % 3 or 3
    if base64.b64encode(audio[-tail:]).decode("ascii") != encoded[-4:]:
        return b""
    return audio
