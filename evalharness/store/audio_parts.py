"""A track's bytes in parts: small ones while they come, put together into large ones.

A batch's audio must be durable at once, but small parts waste pages. So they are replaced as soon
as together they fill a whole part, which bounds the work of any one batch, and when the recording
closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from evalharness.store import schema

PART_BYTES = 58 * 4092 + 460
"""About 240 kB: 58 of SQLite's overflow pages, and so little over that eight rows share a leaf."""


@dataclass(slots=True)
class TrackParts:
    """One track that is being written: `whole` parts, then `small` ones of `small_bytes`."""

    recording_id: int
    track: str
    format: str
    rate: int
    whole: int = 0
    small: int = 0
    small_bytes: int = 0

    def add(
        self, connection: Connection, data: bytes, *, last: bool = False
    ) -> list[dict[str, Any]]:
        """The rows to insert for more `data`; removes the small parts they replace. `last`: the
        recording closes, and nothing may stay small."""
        if not last and self.small_bytes + len(data) < PART_BYTES:
            self.small += 1
            self.small_bytes += len(data)
            return [self._row(self.whole + self.small - 1, data)]
        if not data and self.small <= 1:
            return []
        if self.small:
            data = self._take_back(connection) + data
        starts = range(0, len(data), PART_BYTES)
        rows = [
            self._row(self.whole + number, data[start : start + PART_BYTES])
            for number, start in enumerate(starts)
        ]
        self.whole += len(data) // PART_BYTES
        self.small_bytes = len(data) % PART_BYTES
        self.small = int(self.small_bytes > 0)
        return rows

    def _take_back(self, connection: Connection) -> bytes:
        table = schema.audio
        mine = (
            (table.c.recording_id == self.recording_id)
            & (table.c.track == self.track)
            & (table.c.part >= self.whole)
        )
        parts = connection.execute(select(table.c.data).where(mine).order_by(table.c.part))
        data = b"".join(parts.scalars())
        connection.execute(delete(table).where(mine))
        return data

    def _row(self, part: int, data: bytes) -> dict[str, Any]:
        return {
            "recording_id": self.recording_id,
            "track": self.track,
            "part": part,
            "format": self.format,
            "rate": self.rate,
            "data": data,
        }
