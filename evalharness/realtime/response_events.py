"""The events of a response as it is made: items, content parts, deltas, calls."""

from __future__ import annotations

from typing import Literal

from evalharness.realtime.event import WireEvent
from evalharness.realtime.items import Content, ConversationItem
from evalharness.realtime.response import Response


class OfResponse(WireEvent):
    """Concerns one output of one response."""

    response_id: str
    output_index: int


class OfItem(OfResponse):
    """Concerns one item a response is making."""

    item_id: str


class OfContent(OfItem):
    """Concerns one content part of such an item."""

    content_index: int


class ResponseCreated(WireEvent):
    """First event of a response."""

    type: Literal["response.created"] = "response.created"
    response: Response


class ResponseDone(WireEvent):
    """Last event of a response, whatever its end; its items without audio."""

    type: Literal["response.done"] = "response.done"
    response: Response


class OutputItemAdded(OfResponse):
    """An item of the response begins."""

    type: Literal["response.output_item.added"] = "response.output_item.added"
    item: ConversationItem


class OutputItemDone(OfResponse):
    """Also when cut off, then with status incomplete."""

    type: Literal["response.output_item.done"] = "response.output_item.done"
    item: ConversationItem


class ContentPartAdded(OfContent):
    """A part begins; its type is audio or text."""

    type: Literal["response.content_part.added"] = "response.content_part.added"
    part: Content


class ContentPartDone(OfContent):
    """The part is final."""

    type: Literal["response.content_part.done"] = "response.content_part.done"
    part: Content


class TextDelta(OfContent):
    """Text modality only."""

    type: Literal["response.output_text.delta"] = "response.output_text.delta"
    delta: str


class TextDone(OfContent):
    """The whole text."""

    type: Literal["response.output_text.done"] = "response.output_text.done"
    text: str


class AudioDelta(OfContent):
    """`delta` is base64 audio; faster than it would be spoken."""

    type: Literal["response.output_audio.delta"] = "response.output_audio.delta"
    delta: str


class AudioDone(OfContent):
    """No more audio for this part."""

    type: Literal["response.output_audio.done"] = "response.output_audio.done"


class AudioTranscriptDelta(OfContent):
    """What the audio says, not aligned with it."""

    type: Literal["response.output_audio_transcript.delta"] = (
        "response.output_audio_transcript.delta"
    )
    delta: str


class AudioTranscriptDone(OfContent):
    """The whole of what the audio says."""

    type: Literal["response.output_audio_transcript.done"] = "response.output_audio_transcript.done"
    transcript: str


class ArgumentsDelta(OfItem):
    """A piece of a call's arguments."""

    type: Literal["response.function_call_arguments.delta"] = (
        "response.function_call_arguments.delta"
    )
    call_id: str
    delta: str


class ArgumentsDone(OfItem):
    """The whole arguments, as JSON text."""

    type: Literal["response.function_call_arguments.done"] = "response.function_call_arguments.done"
    call_id: str
    name: str | None = None
    arguments: str


class McpArgumentsDelta(OfItem):
    """`obfuscation` is random padding."""

    type: Literal["response.mcp_call_arguments.delta"] = "response.mcp_call_arguments.delta"
    delta: str
    obfuscation: str | None = None


class McpArgumentsDone(OfItem):
    """The whole arguments of an MCP call."""

    type: Literal["response.mcp_call_arguments.done"] = "response.mcp_call_arguments.done"
    arguments: str


class McpCallInProgress(WireEvent):
    """Runs on the server; carries no response id."""

    type: Literal["response.mcp_call.in_progress"] = "response.mcp_call.in_progress"
    output_index: int
    item_id: str


class McpCallCompleted(WireEvent):
    """Its output is in the item."""

    type: Literal["response.mcp_call.completed"] = "response.mcp_call.completed"
    output_index: int
    item_id: str


class McpCallFailed(WireEvent):
    """Its error is in the item."""

    type: Literal["response.mcp_call.failed"] = "response.mcp_call.failed"
    output_index: int
    item_id: str


KnownResponseEvent = (
    ResponseCreated
    | ResponseDone
    | OutputItemAdded
    | OutputItemDone
    | ContentPartAdded
    | ContentPartDone
    | TextDelta
    | TextDone
    | AudioDelta
    | AudioDone
    | AudioTranscriptDelta
    | AudioTranscriptDone
    | ArgumentsDelta
    | ArgumentsDone
    | McpArgumentsDelta
    | McpArgumentsDone
    | McpCallInProgress
    | McpCallCompleted
    | McpCallFailed
)
