"""The events a client sends. `event_id` is optional and comes back only in an error."""

from __future__ import annotations

from typing import Any, Literal

from evalharness.realtime.event import WireEvent
from evalharness.realtime.items import ConversationItem


class SessionUpdate(WireEvent):
    """Partial: only present fields change. `session` is kept as it was said, right or wrong;
    `session_problems` judges it."""

    type: Literal["session.update"] = "session.update"
    session: dict[str, Any]


class InputAudioAppend(WireEvent):
    """`audio` is base64, at most 15 MiB. Never acknowledged."""

    type: Literal["input_audio_buffer.append"] = "input_audio_buffer.append"
    audio: str


class InputAudioCommit(WireEvent):
    """Makes a user item of the buffer; starts no response."""

    type: Literal["input_audio_buffer.commit"] = "input_audio_buffer.commit"


class InputAudioClear(WireEvent):
    """Empties the buffer."""

    type: Literal["input_audio_buffer.clear"] = "input_audio_buffer.clear"


class OutputAudioClear(WireEvent):
    """WebRTC and SIP only."""

    type: Literal["output_audio_buffer.clear"] = "output_audio_buffer.clear"


class ItemCreate(WireEvent):
    """`previous_item_id`: absent appends, "root" puts in front, an unknown id is an error."""

    type: Literal["conversation.item.create"] = "conversation.item.create"
    item: ConversationItem
    previous_item_id: str | None = None


class ItemRetrieve(WireEvent):
    """Answered with the item and its audio."""

    type: Literal["conversation.item.retrieve"] = "conversation.item.retrieve"
    item_id: str


class ItemTruncate(WireEvent):
    """Tells how much of an assistant's audio was heard; `audio_end_ms` is inclusive."""

    type: Literal["conversation.item.truncate"] = "conversation.item.truncate"
    item_id: str
    content_index: int
    audio_end_ms: int


class ItemDelete(WireEvent):
    """Removes an item from the conversation."""

    type: Literal["conversation.item.delete"] = "conversation.item.delete"
    item_id: str


class ResponseCreate(WireEvent):
    """`response` is kept as it was said; `response_problems` judges it."""

    type: Literal["response.create"] = "response.create"
    response: dict[str, Any] | None = None


class ResponseCancel(WireEvent):
    """Without `response_id`: the default conversation's response."""

    type: Literal["response.cancel"] = "response.cancel"
    response_id: str | None = None


KnownClientEvent = (
    SessionUpdate
    | InputAudioAppend
    | InputAudioCommit
    | InputAudioClear
    | OutputAudioClear
    | ItemCreate
    | ItemRetrieve
    | ItemTruncate
    | ItemDelete
    | ResponseCreate
    | ResponseCancel
)
