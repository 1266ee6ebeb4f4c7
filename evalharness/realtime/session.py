"""The session configuration in the wire's own names, and what is wrong with one.

`session_problems` is the door: the models know each field alone, `session_rules` the rules that
need two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, Tag
from pydantic_core import PydanticCustomError

from evalharness.realtime.audio_config import InputAudio, SessionAudio
from evalharness.realtime.problems import FieldProblem, nearest, shape_problems, shown
from evalharness.realtime.session_rules import session_rule_problems
from evalharness.realtime.shape import NUMBER, OBJECT, PLAIN_RULE, TEXT, Kinds, Shape
from evalharness.realtime.tools import Tool, ToolChoice

__all__ = ["FieldProblem", "RealtimeSession", "TranscriptionSession", "session_problems"]

SERVER_FIELDS = ("id", "object", "expires_at")
"""What a server adds to every session it shows; no client may send them."""


def _one_modality(value: list[str]) -> list[str]:
    if len(value) != 1:
        raise PydanticCustomError(
            PLAIN_RULE, 'output_modalities must be ["audio"] or ["text"], with one entry'
        )
    return value


OutputModalities = Annotated[list[Literal["audio", "text"]], AfterValidator(_one_modality)]

MaxOutputTokens = Annotated[
    Annotated[int, Field(ge=1, le=4096), Tag(NUMBER)] | Annotated[Literal["inf"], Tag(TEXT)],
    Kinds("a whole number from 1 to 4096 or inf", number=True, text=True),
]


class Reasoning(Shape):
    """Reasoning models only. `effort` defaults to low."""

    effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None


class TraceSettings(Shape):
    """How a session's trace is filed."""

    workflow_name: str | None = None
    group_id: str | None = None
    metadata: dict[str, Any] | None = None


Tracing = Annotated[
    Annotated[Literal["auto"], Tag(TEXT)] | Annotated[TraceSettings, Tag("<TraceSettings>")],
    Kinds("auto, null or {workflow_name, group_id, metadata}", only=TraceSettings, text=True),
]


class TokenLimits(Shape):
    """Bounds on what is kept of the conversation."""

    post_instructions: Annotated[int, Field(ge=0)] | None = None


class RetentionRatio(Shape):
    """When the context is full, cut it down to this share of the greatest size."""

    type: Literal["retention_ratio"]
    retention_ratio: Annotated[float, Field(ge=0.0, le=1.0)]
    token_limits: TokenLimits | None = None


Truncation = Annotated[
    Annotated[Literal["auto", "disabled"], Tag(TEXT)]
    | Annotated[RetentionRatio, Tag("<RetentionRatio>")],
    Kinds(
        "auto, disabled or {type: retention_ratio, retention_ratio: ...}",
        types={"retention_ratio": RetentionRatio},
        text=True,
    ),
]

PromptVariable = Annotated[
    Annotated[str, Tag(TEXT)] | Annotated[dict[str, Any], Tag(OBJECT)],
    Kinds("text or an object", text=True, free=True),
]


class Prompt(Shape):
    """A stored prompt; fields given directly win over it. A variable is text or an
    input_text, input_image or input_file object."""

    id: str
    version: str | None = None
    variables: dict[str, PromptVariable] | None = None


Include = list[Literal["item.input_audio_transcription.logprobs"]]

_MOVED = {
    "voice": "it lives in audio.output.voice",
    "speed": "it lives in audio.output.speed",
    "format": "it lives in audio.input.format and audio.output.format",
    "output_audio_format": "it lives in audio.output.format",
    "input_audio_format": "it lives in audio.input.format",
    "input_audio_transcription": "it lives in audio.input.transcription",
    "transcription": "it lives in audio.input.transcription",
    "input_audio_noise_reduction": "it lives in audio.input.noise_reduction",
    "noise_reduction": "it lives in audio.input.noise_reduction",
    "turn_detection": "it lives in audio.input.turn_detection",
    "modalities": "its name is output_modalities, with one entry",
    "max_response_output_tokens": "its name is max_output_tokens",
    "temperature": "Realtime has no temperature any more; take it out",
    **dict.fromkeys(SERVER_FIELDS, "the server sets it; take it out"),
}
"""Names of the beta interface, and places people expect a field in."""


class RealtimeSession(Shape):
    """A conversation's configuration, whole or partial as in `session.update`.

    Defaults of the server: output_modalities ["audio"], tools [], tool_choice auto,
    max_output_tokens inf, truncation auto, tracing, include and prompt null.
    """

    elsewhere: ClassVar[Mapping[str, str]] = _MOVED
    type: Literal["realtime"] = "realtime"
    model: str | None = None
    output_modalities: OutputModalities | None = None
    instructions: str | None = None
    audio: SessionAudio | None = None
    include: Include | None = None
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    reasoning: Reasoning | None = None
    max_output_tokens: MaxOutputTokens | None = None
    tracing: Tracing | None = None
    truncation: Truncation | None = None
    prompt: Prompt | None = None


class TranscriptionAudio(Shape):
    """A transcription session only listens."""

    elsewhere: ClassVar[Mapping[str, str]] = {"output": "a transcription session has no output"}
    input: InputAudio | None = None


class TranscriptionSession(Shape):
    """Speech in, transcripts out: no model, no tools, no responses."""

    type: Literal["transcription"] = "transcription"
    audio: TranscriptionAudio | None = None
    include: Include | None = None


_SESSIONS: Mapping[str, type[Shape]] = {
    "realtime": RealtimeSession,
    "transcription": TranscriptionSession,
}


def session_problems(
    data: Mapping[str, Any], *, allow_unknown: bool = False, mid_session: bool = False
) -> list[FieldProblem]:
    """Every fault of a session configuration; an empty list means a server should take it.

    `data` is the `session` object, whole or partial; without a `type` it is a realtime one.
    `allow_unknown` lets unknown keys pass at any depth. `mid_session` is for an update of a
    session that already has its tools, where an MCP server may be named by its label alone.
    """
    kind = data.get("type", "realtime")
    model = _SESSIONS.get(kind) if isinstance(kind, str) else None
    if model is None:
        message = f"unknown session type {shown(kind)}; expected realtime or transcription"
        return [FieldProblem(("type",), message, nearest(kind, _SESSIONS))]
    return [
        *shape_problems(model, dict(data), allow_unknown=allow_unknown),
        *session_rule_problems(data, mid_session=mid_session),
    ]
