"""An hour's recording opened, against raw sqlite3; one session's events among a million frames."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.storing import record
from benchmarks.table import Measured
from evalharness.store.query import run_query
from evalharness.store.store import open_store
from evalharness.store.writer import Writer

HOUR = 60
COPIES = 280
"""Of a minute of 3,600 frames: a million."""
QUERY = "SELECT type, count(*) FROM v_event WHERE recording = 'rec-7' GROUP BY type"


def measure() -> Iterator[Measured]:
    with tempfile.TemporaryDirectory() as folder:
        yield _hour(Path(folder) / "hour.db")
        yield _query(Path(folder) / "many.db")


def _hour(path: Path) -> Measured:
    _write(path, "rec-hour", HOUR)
    raw_s = _raw(path)
    with open_store(str(path)) as store:
        started = time.perf_counter()
        recording = store.recording("rec-hour")
        ours_s = time.perf_counter() - started
    return Measured(
        f"opening a recording of an hour, {len(recording.frames):,} frames, audio and all",
        f"{ours_s:.2f} s; raw sqlite3 fetches the same in {raw_s:.2f} s",
        "< 0.5 s",
        ours_s < 0.5,
    )


def _raw(path: Path) -> float:
    with closing(sqlite3.connect(path)) as connection:
        started = time.perf_counter()
        connection.execute("SELECT * FROM frame ORDER BY seq").fetchall()
        connection.execute("SELECT data FROM audio ORDER BY track, part").fetchall()
        return time.perf_counter() - started


def _query(path: Path) -> Measured:
    _write(path, "rec-0", 1)
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, key in (("recording", "id"), ("frame", "recording_id")):
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            copied = {key: "n.value + 1", "key": "'rec-' || n.value"}
            chosen = ", ".join(copied.get(name, f"t.{name}") for name in names)
            connection.execute(
                f"INSERT INTO {table} SELECT {chosen} FROM {table} AS t, "
                f"(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n "
                f"WHERE value < {COPIES}) SELECT value FROM n) AS n"
            )
        (frames,) = connection.execute("SELECT count(*) FROM frame").fetchone()
    run_query(str(path), QUERY)  # the file is in the system's cache from here on
    found = run_query(str(path), QUERY)
    assert found.rows
    return Measured(
        f"one session's events by type, of {frames:,} frames",
        f"{found.elapsed_ms:.0f} ms",
        "< 50 ms",
        found.elapsed_ms < 50,
    )


def _write(path: Path, key: str, minutes: int) -> None:
    with open_store(str(path)) as store, Writer(store.engine) as writer:
        record(key, writer, minutes)
