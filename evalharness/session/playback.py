"""When the assistant's audio would have been heard.

Audio arrives faster than it plays. The clock plays deltas one after another from the moment each
is there: `end = max(end, arrival) + length`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """The item that was playing when playback stopped, and how much of it was heard (ms)."""

    item_id: str
    content_index: int
    played_ms: int


@dataclass(slots=True)
class _Item:
    item_id: str
    content_index: int
    start_ns: int
    received_ns: int


class PlaybackClock:
    """Plays everything it is given, without stalls inside a delta."""

    def __init__(self) -> None:
        self._ends_ns = 0
        self._items: list[_Item] = []

    @property
    def ends_ns(self) -> int:
        """When the last audio so far will have been played."""
        return self._ends_ns

    def arrived(self, item_id: str, content_index: int, length_ns: int, at_ns: int) -> None:
        start_ns = max(self._ends_ns, at_ns)
        self._ends_ns = start_ns + length_ns
        if not self._items or self._items[-1].item_id != item_id:
            self._items.append(_Item(item_id, content_index, start_ns, 0))
        self._items[-1].received_ns += length_ns

    def interrupt(self, now_ns: int) -> Heard | None:
        """Stop playing now. None when nothing was left to play, or nothing was heard yet."""
        if now_ns >= self._ends_ns:
            return None
        self._ends_ns = now_ns
        items, self._items = self._items, []
        playing = [item for item in items if item.start_ns < now_ns]
        if not playing:
            return None
        item = playing[-1]
        # Never past what was received: servers refuse a truncation beyond the audio's length.
        played_ns = min(now_ns - item.start_ns, item.received_ns)
        played_ms = played_ns // 1_000_000
        return Heard(item.item_id, item.content_index, played_ms) if played_ms > 0 else None
