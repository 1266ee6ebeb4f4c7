"""The items a response produces: opened, filled delta by delta, and closed whatever happens.

"Every `.done` also comes on cancel" (protocol notes, section 5.8): closing is the one way out.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from evalharness.audio.formats import AudioFormat
from evalharness.server.conversation import Conversation, Entry, Sound
from evalharness.server.outbox import Outbox

ItemEnd = Literal["completed", "incomplete"]


@dataclass(frozen=True, slots=True)
class Slot:
    """Where an item stands: which response, which output, and the conversation it enters (None
    for a response out of band)."""

    outbox: Outbox
    conversation: Conversation | None
    response_id: str
    output_index: int

    def event(self, event_type: str, **fields: Any) -> None:
        place = {"response_id": self.response_id, "output_index": self.output_index}
        self.outbox.event(event_type, **place, **fields)

    def added(self, entry: Entry) -> None:
        self.event("response.output_item.added", item=entry.item)
        if self.conversation is not None:
            previous = self.conversation.add(entry)
            self.outbox.event("conversation.item.added", previous_item_id=previous, item=entry.item)

    def done(self, entry: Entry) -> None:
        self.event("response.output_item.done", item=entry.item)
        # A client may have deleted it meanwhile; then it is no item of the conversation any more.
        if self.conversation is not None and entry.id in self.conversation:
            previous = self.conversation.before(entry.id)
            self.outbox.event("conversation.item.done", previous_item_id=previous, item=entry.item)


class OutputItem(Protocol):
    """An item in the making."""

    entry: Entry

    def close(self, end: ItemEnd) -> None: ...


class SpokenMessage:
    """An assistant's message as audio and its transcript."""

    def __init__(self, slot: Slot, fmt: AudioFormat) -> None:
        self._slot = slot
        self._said = ""
        self._sound = Sound(b"", fmt)
        self.entry = _message(slot, {0: self._sound})
        self._place = {"item_id": self.entry.id, "content_index": 0}
        slot.added(self.entry)
        part = {"type": "audio", "transcript": ""}
        slot.event("response.content_part.added", **self._place, part=part)
        self.entry.item["content"] = [{"type": "output_audio", "transcript": ""}]

    def say(self, words: str, sound: bytes) -> None:
        """The next words and the next stretch of sound, of which either may be empty."""
        event = self._slot.event
        if words:
            self._said += words
            self.entry.item["content"][0]["transcript"] = self._said
            event("response.output_audio_transcript.delta", **self._place, delta=words)
        if sound:
            self._sound.data += sound
            delta = base64.b64encode(sound).decode("ascii")
            event("response.output_audio.delta", **self._place, delta=delta)

    def close(self, end: ItemEnd) -> None:
        event = self._slot.event
        event("response.output_audio.done", **self._place)
        event("response.output_audio_transcript.done", **self._place, transcript=self._said)
        part = {"type": "audio", "transcript": self._said}
        event("response.content_part.done", **self._place, part=part)
        self.entry.item["status"] = end
        self._slot.done(self.entry)


class WrittenMessage:
    """An assistant's message as text."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._text = ""
        self.entry = _message(slot, {})
        self._place = {"item_id": self.entry.id, "content_index": 0}
        slot.added(self.entry)
        part = {"type": "text", "text": ""}
        slot.event("response.content_part.added", **self._place, part=part)
        self.entry.item["content"] = [{"type": "output_text", "text": ""}]

    def write(self, words: str) -> None:
        self._text += words
        self.entry.item["content"][0]["text"] = self._text
        self._slot.event("response.output_text.delta", **self._place, delta=words)

    def close(self, end: ItemEnd) -> None:
        event = self._slot.event
        event("response.output_text.done", **self._place, text=self._text)
        part = {"type": "text", "text": self._text}
        event("response.content_part.done", **self._place, part=part)
        self.entry.item["status"] = end
        self._slot.done(self.entry)


class FunctionCall:
    """A function call whose arguments come piece by piece."""

    def __init__(self, slot: Slot, name: str) -> None:
        self._slot = slot
        self._name = name
        self._arguments = ""
        call_id = slot.outbox.new_id("call")
        item = _item(slot, "function_call", name=name, call_id=call_id, arguments="")
        self.entry = Entry(item)
        self._place = {"item_id": self.entry.id, "call_id": call_id}
        slot.added(self.entry)

    def write(self, piece: str) -> None:
        self._arguments += piece
        self.entry.item["arguments"] = self._arguments
        self._slot.event("response.function_call_arguments.delta", **self._place, delta=piece)

    def close(self, end: ItemEnd) -> None:
        self._slot.event(
            "response.function_call_arguments.done",
            **self._place,
            name=self._name,
            arguments=self._arguments,
        )
        self.entry.item["status"] = end
        self._slot.done(self.entry)


def _message(slot: Slot, sounds: dict[int, Sound]) -> Entry:
    return Entry(_item(slot, "message", role="assistant", content=[]), sounds)


def _item(slot: Slot, kind: str, **fields: Any) -> dict[str, Any]:
    item_id = slot.outbox.new_id("item")
    head = {"id": item_id, "object": "realtime.item", "type": kind, "status": "in_progress"}
    return {**head, **fields}
