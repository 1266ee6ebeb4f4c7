"""Recordings read back: the same value that was written, frame for frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, select

from evalharness.errors import NotFound
from evalharness.recording.frame import Frame, Mark
from evalharness.recording.recording import Footer, Recording
from evalharness.store import schema
from evalharness.store.frame_rows import frame_from_row
from evalharness.store.header_json import header_from_json


def load_recording(connection: Connection, key: str) -> Recording:
    """The recording of that key, finished or not. Raises NotFound."""
    table = schema.recording
    row = connection.execute(select(table).where(table.c.key == key)).one_or_none()
    if row is None:
        raise NotFound("EH310", f"no recording {key}", hint="evalharness list recordings")
    finished = row.duration_ns is not None
    return Recording(
        header=header_from_json(row.header),
        frames=_frames(connection, row.id),
        marks=_marks(connection, row.id),
        audio=_audio(connection, row.id),
        footer=Footer(row.duration_ns, row.close, row.health) if finished else None,
    )


def _frames(connection: Connection, recording_id: int) -> Sequence[Frame]:
    table = schema.frame
    query = select(table).where(table.c.recording_id == recording_id).order_by(table.c.seq)
    # All rows at once and as tuples: an hour has hundreds of thousands.
    return [frame_from_row(row) for row in connection.execute(query).all()]


def _marks(connection: Connection, recording_id: int) -> Sequence[Mark]:
    table = schema.mark
    query = select(table).where(table.c.recording_id == recording_id).order_by(table.c.n)
    return [Mark(row.at_ns, row.kind, row.turn, row.detail) for row in connection.execute(query)]


def _audio(connection: Connection, recording_id: int) -> dict[str, bytes]:
    table = schema.audio
    query = (
        select(table.c.track, table.c.data)
        .where(table.c.recording_id == recording_id)
        .order_by(table.c.track, table.c.part)
    )
    tracks: defaultdict[str, list[bytes]] = defaultdict(list)
    for track, data in connection.execute(query):
        tracks[track].append(data)
    return {track: b"".join(parts) for track, parts in tracks.items()}
