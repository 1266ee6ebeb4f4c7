"""The `audio` part of a session: what goes in, how turns are found, what comes out.

Defaults named here are the server's; a field left out is not sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, Tag

from evalharness.realtime.shape import TEXT, Kinds, Shape

Milliseconds = Annotated[int, Field(ge=0)]


class PcmFormat(Shape):
    """Signed 16-bit little-endian mono at 24 kHz: the default both ways."""

    type: Literal["audio/pcm"] = "audio/pcm"
    rate: Annotated[int, Field(ge=24000, le=24000)] | None = None


class PcmuFormat(Shape):
    """G.711 mu-law, 8 kHz, one byte a sample."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "rate": "audio/pcmu has no rate: it is always 8000 Hz"
    }
    type: Literal["audio/pcmu"] = "audio/pcmu"


class PcmaFormat(Shape):
    """G.711 A-law, 8 kHz, one byte a sample."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "rate": "audio/pcma has no rate: it is always 8000 Hz"
    }
    type: Literal["audio/pcma"] = "audio/pcma"


WireFormat = Annotated[
    Annotated[PcmFormat, Tag("<PcmFormat>")]
    | Annotated[PcmuFormat, Tag("<PcmuFormat>")]
    | Annotated[PcmaFormat, Tag("<PcmaFormat>")],
    Kinds(
        "an object such as {type: audio/pcm, rate: 24000}",
        types={"audio/pcm": PcmFormat, "audio/pcmu": PcmuFormat, "audio/pcma": PcmaFormat},
    ),
]


class NoiseReduction(Shape):
    """Acts before turn detection and model. `strength` is 1 when first switched on, and an
    update without it keeps the old one; no range is documented."""

    type: Literal["near_field", "far_field"] | None = None
    strength: float | None = None


class Transcription(Shape):
    """The side recogniser that writes input transcripts; not what the model hears.

    Which model knows which field is checked by `session_rules`.
    """

    model: str | None = None
    language: str | None = None
    languages: Annotated[list[str], Field(min_length=1)] | None = None
    keywords: list[str] | None = None
    prompt: str | None = None
    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None


_SERVER_VAD_ONLY = "only server_vad has it; semantic_vad is tuned with eagerness"


class ServerVad(Shape):
    """Turns end after silence. Defaults: threshold 0.5, prefix padding 300 ms, silence 500 ms
    as documented but 200 ms in every session observed, both booleans true."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "eagerness": "only semantic_vad has it; server_vad is tuned with silence_duration_ms",
        "min_silence_duration_ms": "did you mean silence_duration_ms?",
    }
    type: Literal["server_vad"] = "server_vad"
    threshold: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    prefix_padding_ms: Milliseconds | None = None
    silence_duration_ms: Milliseconds | None = None
    create_response: bool | None = None
    interrupt_response: bool | None = None
    idle_timeout_ms: Annotated[int, Field(ge=5000, le=30000)] | None = None


class SemanticVad(Shape):
    """Turns end when the sentence does. `eagerness` bounds the wait: low 8 s, medium 4 s,
    high 2 s; auto, the default, is medium."""

    elsewhere: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("threshold", "prefix_padding_ms", "silence_duration_ms", "idle_timeout_ms"),
        _SERVER_VAD_ONLY,
    )
    type: Literal["semantic_vad"] = "semantic_vad"
    eagerness: Literal["low", "medium", "high", "auto"] | None = None
    create_response: bool | None = None
    interrupt_response: bool | None = None


TurnDetection = Annotated[
    Annotated[ServerVad, Tag("<ServerVad>")] | Annotated[SemanticVad, Tag("<SemanticVad>")],
    Kinds(
        "an object with a type (server_vad or semantic_vad), or null",
        types={"server_vad": ServerVad, "semantic_vad": SemanticVad},
    ),
]


class InputAudio(Shape):
    """`turn_detection` null: the client commits the buffer and asks for responses itself."""

    format: WireFormat | None = None
    noise_reduction: NoiseReduction | None = None
    transcription: Transcription | None = None
    turn_detection: TurnDetection | None = None


class CustomVoice(Shape):
    """A voice made from the account's own samples."""

    id: str


Voice = Annotated[
    Annotated[str, Tag(TEXT)] | Annotated[CustomVoice, Tag("<CustomVoice>")],
    Kinds("a voice's name or {id: voice_...}", only=CustomVoice, text=True),
]


class OutputAudio(Shape):
    """`voice` is locked once the model has spoken; `speed` (default 1) changes only between
    responses."""

    format: WireFormat | None = None
    voice: Voice | None = None
    speed: Annotated[float, Field(ge=0.25, le=1.5)] | None = None


class SessionAudio(Shape):
    """Both directions."""

    input: InputAudio | None = None
    output: OutputAudio | None = None
