"""The conversation: its items in their order, what they sound like, and what was heard in them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from evalharness.audio.formats import AudioFormat, decode
from evalharness.audio.pcm import Pcm
from evalharness.realtime.error_codes import INVALID_VALUE, NO_SUCH_ITEM, UNSUPPORTED_CONTENT
from evalharness.server.outbox import Refusal

FRONT = "root"
"""As a `previous_item_id`: before all others."""


@dataclass(slots=True)
class Sound:
    """One content part's audio, in the wire's encoding."""

    data: bytes
    fmt: AudioFormat

    @property
    def duration_ms(self) -> float:
        return len(self.data) / self.fmt.bytes_per_ms

    def pcm(self) -> Pcm:
        return decode(self.data, self.fmt)

    def base64(self) -> str:
        return base64.b64encode(self.data).decode("ascii")

    def cut(self, end_ms: float) -> None:
        samples = round(end_ms * self.fmt.rate / 1000)
        self.data = self.data[: samples * self.fmt.bytes_per_sample]


class Hearing:
    """What is understood in a piece of audio: worked out once, by whichever thread asks first."""

    def __init__(self, listen: Callable[[], str]) -> None:
        self._listen = listen
        self._lock = Lock()
        self._text: str | None = None

    def text(self) -> str:
        """Blocks until it is known. Raises what the engine raises, each time it is asked."""
        with self._lock:
            if self._text is None:
                self._text = self._listen()
            return self._text


def copied(item: Mapping[str, Any]) -> dict[str, Any]:
    """A copy down to the content parts: nothing deeper is ever changed."""
    copy = dict(item)
    if "content" in copy:
        copy["content"] = [dict(part) for part in copy["content"]]
    return copy


@dataclass(slots=True)
class Entry:
    """An item. `item` is its wire form without audio; `sounds` and `hearings` go by the index of
    the content part."""

    item: dict[str, Any]
    sounds: dict[int, Sound] = field(default_factory=dict)
    hearings: dict[int, Hearing] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.item["id"])

    @property
    def is_user_message(self) -> bool:
        return bool(self.item["type"] == "message" and self.item["role"] == "user")

    def with_audio(self) -> dict[str, Any]:
        item = copied(self.item)
        for index, sound in self.sounds.items():
            item["content"][index]["audio"] = sound.base64()
        return item


@dataclass(frozen=True, slots=True)
class Remembered:
    """An item as it stood when a response began."""

    item: Mapping[str, Any]
    hearings: Mapping[int, Hearing]

    def heard(self) -> Mapping[str, Any]:
        """With what was understood as the transcripts. Blocks until it is known."""
        if not self.hearings:
            return self.item
        item = copied(self.item)
        for index, hearing in self.hearings.items():
            item["content"][index]["transcript"] = hearing.text()
        return item


def remember(entries: Sequence[Entry]) -> Sequence[Remembered]:
    """What a response will know, safe from later changes."""
    return [Remembered(copied(entry.item), dict(entry.hearings)) for entry in entries]


class Conversation:
    """The default conversation of a session."""

    def __init__(self, conversation_id: str) -> None:
        self.id = conversation_id
        self._order: list[str] = []
        self._entries: dict[str, Entry] = {}

    def __iter__(self) -> Iterator[Entry]:
        return (self._entries[item_id] for item_id in self._order)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._entries

    @property
    def last_id(self) -> str | None:
        return self._order[-1] if self._order else None

    def before(self, item_id: str) -> str | None:
        """The id an item follows."""
        at = self._order.index(item_id)
        return self._order[at - 1] if at else None

    def add(self, entry: Entry, previous_item_id: str | None = None) -> str | None:
        """Put an item after `previous_item_id`, at the end by default. The id it now follows.

        Raises Refusal for an unknown predecessor or an id that is taken.
        """
        if entry.id in self._entries:
            message = f"Item with id '{entry.id}' already exists in the conversation."
            raise Refusal(INVALID_VALUE, message, "item.id")
        at = len(self._order)
        if previous_item_id == FRONT:
            at = 0
        elif previous_item_id is not None:
            self.get(previous_item_id, "previous_item_id", INVALID_VALUE)
            at = self._order.index(previous_item_id) + 1
        self._order.insert(at, entry.id)
        self._entries[entry.id] = entry
        return self.before(entry.id)

    def get(self, item_id: str, param: str = "item_id", code: str = NO_SUCH_ITEM) -> Entry:
        """Raises Refusal for an unknown id."""
        entry = self._entries.get(item_id)
        if entry is None:
            message = f"Item with item_id '{item_id}' does not exist in the conversation."
            raise Refusal(code, message, param)
        return entry

    def delete(self, item_id: str) -> None:
        self.get(item_id, code="item_delete_invalid_item_id")
        del self._entries[item_id]
        self._order.remove(item_id)

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> None:
        """Cut the assistant's audio to what was heard. Raises Refusal.

        The transcript is deleted, not shortened: nothing tells which words were still heard.
        """
        entry = self.get(item_id, code="item_truncate_invalid_item_id")
        sound = entry.sounds.get(content_index)
        if sound is None or entry.item.get("role") != "assistant":
            message = "Only model output audio messages can be truncated."
            raise Refusal(UNSUPPORTED_CONTENT, message, "item_id")
        if audio_end_ms < 0:
            message = f"audio_end_ms must be at least 0, not {audio_end_ms}."
            raise Refusal("integer_below_min_value", message, "audio_end_ms")
        if audio_end_ms > sound.duration_ms:
            length_ms = int(sound.duration_ms)
            message = f"Audio content of {length_ms}ms is already shorter than {audio_end_ms}ms"
            raise Refusal(INVALID_VALUE, message, "audio_end_ms")
        sound.cut(audio_end_ms)
        entry.item["content"][content_index]["transcript"] = None
