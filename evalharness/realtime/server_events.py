"""The events a server sends; those of a response stand in `response_events`.

`event_id` is on every one but the DTMF event; it is not required here, since other servers
leave it out.
"""

from __future__ import annotations

from typing import Any, Literal

from evalharness.realtime.event import Number, WireEvent, WireValue
from evalharness.realtime.items import ConversationItem
from evalharness.realtime.response import TranscriptionUsage
from evalharness.realtime.response_events import KnownResponseEvent


class ErrorDetail(WireValue):
    """`event_id` names the client event that caused it, `param` the field at fault."""

    type: str | None = None
    code: str | None = None
    message: str | None = None
    param: str | None = None
    event_id: str | None = None


class Conversation(WireValue):
    """The default conversation's name."""

    id: str | None = None
    object: str | None = None


class LogProb(WireValue):
    """One token of a transcript and how sure the recogniser was."""

    token: str
    logprob: Number
    bytes: list[int] | None = None


class SpokenLanguage(WireValue):
    """A language heard in the audio, as an ISO-639-1 code."""

    code: str


class RateLimit(WireValue):
    """`name` is tokens, and in the types also requests."""

    name: str | None = None
    limit: int | None = None
    remaining: int | None = None
    reset_seconds: Number | None = None


class ErrorEvent(WireEvent):
    """Any problem; the session normally stays open."""

    type: Literal["error"] = "error"
    error: ErrorDetail


class SessionCreated(WireEvent):
    """First frame of a connection; `session` is kept as it was said."""

    type: Literal["session.created"] = "session.created"
    session: dict[str, Any]


class SessionUpdated(WireEvent):
    """After each accepted update, with the whole effective session."""

    type: Literal["session.updated"] = "session.updated"
    session: dict[str, Any]


class ConversationCreated(WireEvent):
    """Typed as following the session; not seen on the wire."""

    type: Literal["conversation.created"] = "conversation.created"
    conversation: Conversation


class ItemAdded(WireEvent):
    """An item enters the conversation; the model's come empty, in progress."""

    type: Literal["conversation.item.added"] = "conversation.item.added"
    item: ConversationItem
    previous_item_id: str | None = None


class ItemDone(WireEvent):
    """The item is final; without its audio."""

    type: Literal["conversation.item.done"] = "conversation.item.done"
    item: ConversationItem
    previous_item_id: str | None = None


class ItemCreated(WireEvent):
    """The beta's word for added and done; other servers still send it."""

    type: Literal["conversation.item.created"] = "conversation.item.created"
    item: ConversationItem
    previous_item_id: str | None = None


class ItemRetrieved(WireEvent):
    """The only item event that carries audio."""

    type: Literal["conversation.item.retrieved"] = "conversation.item.retrieved"
    item: ConversationItem


class ItemTruncated(WireEvent):
    """The item's audio was cut, and its transcript deleted."""

    type: Literal["conversation.item.truncated"] = "conversation.item.truncated"
    item_id: str
    content_index: int
    audio_end_ms: int


class ItemDeleted(WireEvent):
    """Reply to delete."""

    type: Literal["conversation.item.deleted"] = "conversation.item.deleted"
    item_id: str


class TranscriptionDelta(WireEvent):
    """A piece of an input transcript, in no fixed relation to the response."""

    type: Literal["conversation.item.input_audio_transcription.delta"] = (
        "conversation.item.input_audio_transcription.delta"
    )
    item_id: str
    content_index: int | None = None
    delta: str | None = None
    logprobs: list[LogProb] | None = None


class TranscriptionCompleted(WireEvent):
    """The whole input transcript; may come before or after the response."""

    type: Literal["conversation.item.input_audio_transcription.completed"] = (
        "conversation.item.input_audio_transcription.completed"
    )
    item_id: str
    content_index: int
    transcript: str
    usage: TranscriptionUsage | None = None
    logprobs: list[LogProb] | None = None
    languages: list[SpokenLanguage] | None = None


class TranscriptionSegment(WireEvent):
    """Who said what; `start` and `end` in seconds."""

    type: Literal["conversation.item.input_audio_transcription.segment"] = (
        "conversation.item.input_audio_transcription.segment"
    )
    item_id: str
    content_index: int
    id: str
    text: str
    speaker: str
    start: Number
    end: Number


class TranscriptionFailed(WireEvent):
    """No transcript will come for this item."""

    type: Literal["conversation.item.input_audio_transcription.failed"] = (
        "conversation.item.input_audio_transcription.failed"
    )
    item_id: str
    content_index: int
    error: ErrorDetail


class InputAudioCommitted(WireEvent):
    """By the client, by turn detection or by the idle timeout."""

    type: Literal["input_audio_buffer.committed"] = "input_audio_buffer.committed"
    item_id: str
    previous_item_id: str | None = None


class InputAudioCleared(WireEvent):
    """Reply to clear."""

    type: Literal["input_audio_buffer.cleared"] = "input_audio_buffer.cleared"


class SpeechStarted(WireEvent):
    """Counted from the first sample written; includes the prefix padding."""

    type: Literal["input_audio_buffer.speech_started"] = "input_audio_buffer.speech_started"
    audio_start_ms: int
    item_id: str


class SpeechStopped(WireEvent):
    """On the same clock; includes the silence."""

    type: Literal["input_audio_buffer.speech_stopped"] = "input_audio_buffer.speech_stopped"
    audio_end_ms: int
    item_id: str


class IdleTimeout(WireEvent):
    """Nobody spoke for `idle_timeout_ms`; a commit and a response follow."""

    type: Literal["input_audio_buffer.timeout_triggered"] = "input_audio_buffer.timeout_triggered"
    audio_start_ms: int
    audio_end_ms: int
    item_id: str


class DtmfReceived(WireEvent):
    """A key was pressed; SIP only. `received_at` in epoch seconds."""

    type: Literal["input_audio_buffer.dtmf_event_received"] = (
        "input_audio_buffer.dtmf_event_received"
    )
    event: str
    received_at: int


class OutputAudioStarted(WireEvent):
    """Playback began; WebRTC and SIP only."""

    type: Literal["output_audio_buffer.started"] = "output_audio_buffer.started"
    response_id: str


class OutputAudioStopped(WireEvent):
    """Playback ended; WebRTC and SIP only."""

    type: Literal["output_audio_buffer.stopped"] = "output_audio_buffer.stopped"
    response_id: str


class OutputAudioCleared(WireEvent):
    """Playback was cut; WebRTC and SIP only."""

    type: Literal["output_audio_buffer.cleared"] = "output_audio_buffer.cleared"
    response_id: str


class McpListToolsInProgress(WireEvent):
    """The server asks an MCP server for its tools, outside any response."""

    type: Literal["mcp_list_tools.in_progress"] = "mcp_list_tools.in_progress"
    item_id: str


class McpListToolsCompleted(WireEvent):
    """The tools are in the item."""

    type: Literal["mcp_list_tools.completed"] = "mcp_list_tools.completed"
    item_id: str


class McpListToolsFailed(WireEvent):
    """The MCP server's tools will be missing."""

    type: Literal["mcp_list_tools.failed"] = "mcp_list_tools.failed"
    item_id: str


class RateLimitsUpdated(WireEvent):
    """At no fixed place around a response."""

    type: Literal["rate_limits.updated"] = "rate_limits.updated"
    rate_limits: list[RateLimit]


KnownServerEvent = (
    ErrorEvent
    | SessionCreated
    | SessionUpdated
    | ConversationCreated
    | ItemAdded
    | ItemDone
    | ItemCreated
    | ItemRetrieved
    | ItemTruncated
    | ItemDeleted
    | TranscriptionDelta
    | TranscriptionCompleted
    | TranscriptionSegment
    | TranscriptionFailed
    | InputAudioCommitted
    | InputAudioCleared
    | SpeechStarted
    | SpeechStopped
    | IdleTimeout
    | DtmfReceived
    | OutputAudioStarted
    | OutputAudioStopped
    | OutputAudioCleared
    | McpListToolsInProgress
    | McpListToolsCompleted
    | McpListToolsFailed
    | RateLimitsUpdated
    | KnownResponseEvent
)
