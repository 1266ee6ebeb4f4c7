"""What one `response.create` may say differently from its session, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from evalharness.realtime.audio_config import Voice, WireFormat
from evalharness.realtime.items import item_problems
from evalharness.realtime.problems import FieldProblem, shape_problems
from evalharness.realtime.session import MaxOutputTokens, OutputModalities, Prompt, Reasoning
from evalharness.realtime.session_rules import mcp_problems, reasoning_problems
from evalharness.realtime.shape import Shape
from evalharness.realtime.tools import Tool, ToolChoice

_FIXED = "it belongs to the session; one response cannot change it"

Metadata = Annotated[
    dict[
        Annotated[str, Field(max_length=64)],
        Annotated[str, Field(max_length=512)],
    ],
    Field(max_length=16),
]


class ResponseOutputAudio(Shape):
    """`voice` is bound by the session's lock: once the model has spoken it stays."""

    elsewhere: ClassVar[Mapping[str, str]] = {"speed": _FIXED}
    format: WireFormat | None = None
    voice: Voice | None = None


class ResponseAudio(Shape):
    """Only the output differs by response."""

    elsewhere: ClassVar[Mapping[str, str]] = {"input": _FIXED}
    output: ResponseOutputAudio | None = None


class ResponseOptions(Shape):
    """`input` absent or null: the default conversation; `[]`: an empty context.
    `conversation` none: out of band, in parallel with the conversation's own response."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("model", "include", "tracing", "truncation", "turn_detection"), _FIXED),
        "modalities": "its name is output_modalities, with one entry",
        "voice": "it lives in audio.output.voice",
        "output_audio_format": "it lives in audio.output.format",
        "max_response_output_tokens": "its name is max_output_tokens",
        "temperature": "Realtime has no temperature any more; take it out",
    }
    conversation: Literal["auto", "none"] | None = None
    input: list[dict[str, Any]] | None = None
    metadata: Metadata | None = None
    instructions: str | None = None
    output_modalities: OutputModalities | None = None
    audio: ResponseAudio | None = None
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    reasoning: Reasoning | None = None
    max_output_tokens: MaxOutputTokens | None = None
    prompt: Prompt | None = None


def response_problems(
    data: Mapping[str, Any], *, model: str | None = None, allow_unknown: bool = False
) -> list[FieldProblem]:
    """Every fault of a `response.create`'s `response` object.

    `model` is the session's, where known: not every model reasons.
    """
    problems = shape_problems(ResponseOptions, dict(data), allow_unknown=allow_unknown)
    problems += reasoning_problems(data, model)
    problems += mcp_problems(data.get("tools"), label_alone=True)
    given = data.get("input")
    for index, item in enumerate(given if isinstance(given, list) else ()):
        if isinstance(item, Mapping):
            problems += item_problems(item, at=("input", index), reference=True)
    return problems
