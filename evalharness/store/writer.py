"""Recordings written while they happen, on a thread of their own.

The event loop only appends to a list; ten times a second the thread takes the whole list and
writes it in one transaction, through statements compiled once.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self, assert_never

from sqlalchemy import Connection, Engine, Insert, insert, select, update

from evalharness.errors import StoreError
from evalharness.realtime.config_diff import diff_session
from evalharness.recording.config_history import CONFIG_TYPES, config_history
from evalharness.recording.frame import INPUT_TRACK, Frame, Mark
from evalharness.recording.recording import Footer, Header
from evalharness.store import schema
from evalharness.store.audio_parts import TrackParts
from evalharness.store.engine import writing
from evalharness.store.frame_rows import Values, frame_row
from evalharness.store.header_json import header_to_json

BATCH_EVERY_S = 0.1
STILL_ALIVE_S = 1.0
MOST_WAITING = 400_000
"""Frames; beyond it (a stalled disk) a recording is cut short and marked damaged."""


@dataclass(frozen=True, slots=True)
class _Opened:
    header: Header


class _Framed(NamedTuple):
    key: str
    frame: Frame
    audio: bytes


@dataclass(frozen=True, slots=True)
class _Marked:
    key: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class _Closed:
    key: str
    footer: Footer


@dataclass(frozen=True, slots=True)
class _Flush:
    """Sets `written` once all before it is durable, or cannot be."""

    written: threading.Event


_Happening = _Opened | _Framed | _Marked | _Closed | _Flush


@dataclass(slots=True)
class _Open:
    """What the thread knows of a recording that is being written."""

    id: int
    header: Header
    marks: int = 0
    tracks: dict[str, TrackParts] = field(default_factory=dict)
    config_frames: list[Frame] = field(default_factory=list)

    def parts_of(self, track: str) -> TrackParts:
        if track not in self.tracks:
            header = self.header
            heard = track == INPUT_TRACK
            self.tracks[track] = TrackParts(
                self.id,
                track,
                header.input_format if heard else header.output_format,
                header.input_rate if heard else header.output_rate,
            )
        return self.tracks[track]


@dataclass(slots=True)
class _Batch:
    """Rows of one transaction, gathered per table."""

    frames: list[Values] = field(default_factory=list)
    marks: list[dict[str, Any]] = field(default_factory=list)
    audio: dict[tuple[str, str], list[bytes]] = field(default_factory=dict)
    closed: list[_Closed] = field(default_factory=list)


class Writer:
    """A recording sink. `close` (or leaving the context) writes what is left.

    `lag_ms_max` is the longest any frame waited until it was durable. After an error nothing more
    is written; `flush` and `close` raise it as StoreError, and recordings that lost something are
    marked damaged where the database still lets us.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: deque[_Happening] = deque()
        self._damaged: set[str] = set()
        self._oldest_s = 0.0
        self._taken_s = 0.0
        self._wake = threading.Event()
        self._closing = False
        self._error: StoreError | None = None
        self._open: dict[str, _Open] = {}
        self._insert_frame = _Statement(engine, insert(schema.frame))
        self.lag_ms_max = 0.0
        self._thread = threading.Thread(target=self._run, name="recording-writer", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The sink: called from the event loop, never blocks

    def opened(self, header: Header) -> None:
        self._put(_Opened(header))

    def frame(self, key: str, frame: Frame, audio: bytes) -> None:
        # Once one frame is lost, the later ones go too: what is kept stays whole and in order.
        if len(self._waiting) > MOST_WAITING or key in self._damaged:
            self._damaged.add(key)
            return
        self._put(_Framed(key, frame, audio))

    def mark(self, key: str, mark: Mark) -> None:
        self._put(_Marked(key, mark))

    def closed(self, key: str, footer: Footer) -> None:
        self._put(_Closed(key, footer))

    def _put(self, happening: _Happening) -> None:
        # A deque's append and popleft are atomic, so neither side ever waits for the other.
        if not self._waiting:
            self._oldest_s = time.perf_counter()
        self._waiting.append(happening)

    # Called from other threads

    def flush(self) -> None:
        """Wait until everything put so far is durable. Raises StoreError."""
        written = threading.Event()
        self._put(_Flush(written))
        self._wake.set()
        while not written.wait(STILL_ALIVE_S):
            if not self._thread.is_alive():
                raise StoreError("the recording writer is closed")
        self._raise()

    def close(self) -> None:
        """Write what is left and end the thread. Raises StoreError."""
        self._closing = True
        self._wake.set()
        self._thread.join()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    # The thread

    def _run(self) -> None:
        while True:
            self._wake.wait(BATCH_EVERY_S)
            self._wake.clear()
            closing = self._closing
            self._write_waiting()
            if closing:
                self._tell_damage()
                return

    def _write_waiting(self) -> None:
        count = len(self._waiting)
        if not count:
            return
        # Whatever the last batch left behind came after it was taken.
        oldest_s = max(self._oldest_s, self._taken_s)
        self._taken_s = time.perf_counter()
        waiting = [self._waiting.popleft() for _ in range(count)]
        if self._error is None:
            try:
                self._write(waiting)
            except Exception as error:  # noqa: BLE001 - a flush waits: it must learn of anything
                self._error = _as_store_error(error)
        if self._error is not None:
            self._damaged.update(one.key for one in waiting if isinstance(one, _Framed | _Marked))
        self.lag_ms_max = max(self.lag_ms_max, (time.perf_counter() - oldest_s) * 1000)
        for happening in waiting:
            if isinstance(happening, _Flush):
                happening.written.set()

    def _tell_damage(self) -> None:
        """Mark what is cut short by an error. Where that fails too it stays unfinished."""
        if self._error is None or not self._damaged:
            return
        table = schema.recording
        broken = table.c.key.in_(self._damaged) & (table.c.state == "open")
        with contextlib.suppress(StoreError), writing(self._engine) as connection:
            connection.execute(update(table).where(broken).values(state="damaged"))

    def _write(self, happenings: Sequence[_Happening]) -> None:
        with writing(self._engine) as connection:
            batch = _Batch()
            for happening in happenings:
                match happening:
                    case _Framed(key, frame, audio):
                        self._gather_frame(batch, self._open[key], frame, audio)
                    case _Marked(key, mark):
                        batch.marks.append(_mark_row(self._open[key], mark))
                    case _Opened(header):
                        self._begin(connection, header)
                    case _Closed():
                        batch.closed.append(happening)
                    case _Flush():
                        pass
                    case _:
                        assert_never(happening)
            self._write_batch(connection, batch)

    def _begin(self, connection: Connection, header: Header) -> None:
        row = {
            "key": header.key,
            "trial_id": header.trial_id,
            "attempt": header.attempt,
            "origin": header.origin,
            "parent_id": _parent_id(connection, header),
            "target": header.target,
            "dialect": header.dialect,
            "model": header.model,
            "started_at": header.wall_start,
            "state": "open",
            "header": header_to_json(header),
        }
        result = connection.execute(insert(schema.recording), row)
        assert result.inserted_primary_key is not None
        self._open[header.key] = _Open(result.inserted_primary_key[0], header)

    def _gather_frame(self, batch: _Batch, opened: _Open, frame: Frame, audio: bytes) -> None:
        batch.frames.append(frame_row(opened.id, frame))
        if frame.audio is not None:
            batch.audio.setdefault((opened.header.key, frame.audio.track), []).append(audio)
        if frame.type in CONFIG_TYPES:
            opened.config_frames.append(frame)

    def _write_batch(self, connection: Connection, batch: _Batch) -> None:
        self._insert_frame.many(connection, batch.frames)
        if batch.marks:
            connection.execute(insert(schema.mark), batch.marks)
        parts = self._audio_rows(connection, batch)
        if parts:
            connection.execute(insert(schema.audio), parts)
        for closed in batch.closed:
            self._finish(connection, self._open.pop(closed.key), closed.footer)

    def _audio_rows(self, connection: Connection, batch: _Batch) -> list[dict[str, Any]]:
        closing = {closed.key for closed in batch.closed}
        rows: list[dict[str, Any]] = []
        for (key, track), pieces in batch.audio.items():
            parts = self._open[key].parts_of(track)
            rows += parts.add(connection, b"".join(pieces), last=key in closing)
        for key in closing:
            for track, parts in self._open[key].tracks.items():
                if (key, track) not in batch.audio:
                    rows += parts.add(connection, b"", last=True)
        return rows

    def _finish(self, connection: Connection, opened: _Open, footer: Footer) -> None:
        damaged = opened.header.key in self._damaged
        health = {**footer.health, "writer_lag_ms_max": round(self.lag_ms_max, 3)}
        connection.execute(
            update(schema.recording)
            .where(schema.recording.c.id == opened.id)
            .values(
                duration_ns=footer.duration_ns,
                state="damaged" if damaged else "complete",
                close=dict(footer.close),
                health=health,
            )
        )
        changes = _config_rows(opened)
        if changes:
            connection.execute(insert(schema.session_config), changes)


class _Statement:
    """An INSERT compiled once for the driver: SQLAlchemy's per-row work is left out."""

    def __init__(self, engine: Engine, statement: Insert) -> None:
        compiled = statement.compile(dialect=engine.dialect)
        self._sql = str(compiled)
        table = statement.table
        self._names = None if compiled.positional else [column.name for column in table.columns]

    def many(self, connection: Connection, rows: list[Values]) -> None:
        if not rows:
            return
        if self._names is None:
            connection.exec_driver_sql(self._sql, rows)
        else:
            named = [dict(zip(self._names, row, strict=True)) for row in rows]
            connection.exec_driver_sql(self._sql, named)


def _mark_row(opened: _Open, mark: Mark) -> dict[str, Any]:
    number = opened.marks
    opened.marks += 1
    return {
        "recording_id": opened.id,
        "n": number,
        "at_ns": mark.at_ns,
        "kind": mark.kind,
        "turn": mark.turn,
        "detail": dict(mark.detail),
    }


def _parent_id(connection: Connection, header: Header) -> int | None:
    if header.parent_key is None:
        return None
    table = schema.recording
    return connection.execute(select(table.c.id).where(table.c.key == header.parent_key)).scalar()


def _as_store_error(error: Exception) -> StoreError:
    if isinstance(error, StoreError):
        return error
    made = StoreError(f"a recording could not be written: {type(error).__name__}: {error}")
    made.__cause__ = error
    return made


def _config_rows(opened: _Open) -> list[Mapping[str, Any]]:
    return [
        {
            "recording_id": opened.id,
            "seq": change.seq,
            "at_ns": change.at_ns,
            "requested": change.requested,
            "effective": change.effective,
            "diff": [
                {
                    "path": one.path,
                    "requested": one.requested,
                    "effective": one.effective,
                    "outcome": one.outcome,
                }
                for one in diff_session(change.requested or {}, change.effective)
            ],
            "error": change.error,
        }
        for change in config_history(opened.config_frames)
    ]
