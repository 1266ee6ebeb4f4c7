"""Frames persisted a second against raw sqlite3 on the same rows, and the database's size."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.table import Measured
from evalharness.recording.recorder import MemorySink, Recorder
from evalharness.recording.recording import Footer, Header
from evalharness.store.store import open_store
from evalharness.store.writer import Writer

APPEND = '{"type":"input_audio_buffer.append","audio":""}'
MINUTES = 10
CHUNK = 960


def record(key: str, sink: MemorySink | Writer, minutes: int = 1) -> int:
    """20 ms appends all the time and six answers of five seconds a minute; the raw bytes of
    audio."""
    header = Header(key, "run", "ws://bench", "ga", "bench", datetime.now(UTC))
    recorder = Recorder(header, sink)
    size = 0
    for index in range(3000 * minutes):
        raw = os.urandom(CHUNK)
        due_ns = index * 20_000_000
        recorder.sent_audio(APPEND, len(APPEND) - 2, raw, due_ns + 1_100_000, due_ns)
        size += len(raw)
        if index % 500 == 499:
            size += _answer(recorder, index)
    recorder.close(Footer(minutes * 60_000_000_000))
    return size


def _answer(recorder: Recorder, index: int) -> int:
    """Five seconds of speech in deltas of 100 ms, each with its transcript delta."""
    size = 0
    for part in range(50):
        raw = os.urandom(4800)
        common = {
            "event_id": f"event_{index:08}{part:013}",
            "response_id": f"resp_{index:021}",
            "item_id": f"item_{index:021}",
            "output_index": 0,
            "content_index": 0,
        }
        audio = {"type": "response.output_audio.delta", **common}
        audio["delta"] = base64.b64encode(raw).decode()
        words = {"type": "response.output_audio_transcript.delta", **common, "delta": " word"}
        for event in (words, audio):
            recorder.received(json.dumps(event, separators=(",", ":")), index * 20_000_000)
        size += len(raw)
    return size


def measure() -> Iterator[Measured]:
    with tempfile.TemporaryDirectory() as folder:
        yield _size(Path(folder) / "size.db")
        yield _speed(Path(folder))


def _size(path: Path) -> Measured:
    with open_store(str(path)) as store:
        empty = path.stat().st_size
        with Writer(store.engine) as writer:
            raw = record("rec-size", writer)
    # The last connection to close writes the log back into the file.
    ratio = (path.stat().st_size - empty) / raw
    return Measured("database size / raw audio, a minute", f"{ratio:.3f}", "<= 1.08", ratio <= 1.08)


def _speed(folder: Path) -> Measured:
    kept = MemorySink()
    for index in range(MINUTES):
        record(f"rec-{index}", kept)
    recordings = [kept.recording(f"rec-{index}") for index in range(MINUTES)]
    frames = sum(len(recording.frames) for recording in recordings)
    with open_store(str(folder / "ours.db")) as store:
        started = time.perf_counter()
        with Writer(store.engine) as writer:
            for recording in recordings:
                writer.opened(recording.header)
                for frame in recording.frames:
                    ref = frame.audio
                    audio = b""
                    if ref is not None:
                        audio = recording.audio[ref.track][ref.offset : ref.offset + ref.length]
                    writer.frame(recording.header.key, frame, audio)
                assert recording.footer is not None
                writer.closed(recording.header.key, recording.footer)
        ours_s = time.perf_counter() - started
    raw_s = _raw(folder)
    ratio = raw_s / ours_s
    return Measured(
        "frames persisted a second, of raw sqlite3 given the same rows ready made",
        f"{frames / ours_s:,.0f} / {frames / raw_s:,.0f} = {ratio:.2f} x",
        ">= 0.5 x",
        ratio >= 0.5,
    )


def _raw(folder: Path) -> float:
    """The ceiling: the rows of our own database, audio too, each table in one executemany."""
    with closing(sqlite3.connect(folder / "ours.db")) as ours:
        wanted = "SELECT sql FROM sqlite_master WHERE name = ?"
        tables = {
            name: (ours.execute(wanted, (name,)).fetchone()[0], _rows(ours, name))
            for name in ("frame", "audio")
        }
    with closing(sqlite3.connect(folder / "raw.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        for ddl, _ in tables.values():
            connection.execute(ddl)
        started = time.perf_counter()
        with connection:
            for name, (_, rows) in tables.items():
                marks = ",".join("?" * len(rows[0]))
                connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        return time.perf_counter() - started


def _rows(connection: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    return connection.execute(f"SELECT * FROM {table}").fetchall()
