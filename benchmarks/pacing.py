"""Lateness, stretch and CPU at 1, 50 and 200 sessions, against a bare loop and the official SDK."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.clients import Figures
from benchmarks.table import Measured

SESSIONS = (1, 50, 200)
SECONDS = 10.0
COMPARED_AT = 50


@contextmanager
def peer() -> Iterator[int]:
    """The peer's port; the peer on a core of its own where there is one."""
    command = [sys.executable, "-m", "benchmarks.peer"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(timeout=10)


def client(kind: str, sessions: int, port: int) -> Figures:
    """One client's figures, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.clients", kind, str(sessions)]
    done = subprocess.run(
        [*command, str(SECONDS), str(port)], check=True, stdout=subprocess.PIPE, text=True
    )
    return Figures(**json.loads(done.stdout))


def measure() -> Iterator[Measured]:
    with peer() as port:
        ours = {sessions: client("evalharness", sessions, port) for sessions in SESSIONS}
        bares = {sessions: client("bare", sessions, port) for sessions in SESSIONS}
        sdk = client("sdk", COMPARED_AT, port)
    for sessions, figures in ours.items():
        late = figures.lateness_p99_ms
        yield Measured(
            f"append lateness, {sessions} sessions, recording on",
            f"p50 {figures.lateness_p50_ms:.1f} ms, p99 {late:.1f} ms; a bare loop's p99 "
            f"{bares[sessions].lateness_p99_ms:.1f} ms",
            "p99 < 5 ms",
            late < 5,
        )
        yield Measured(
            f"audio stretch, {sessions} sessions",
            f"{figures.stretch_percent:.3f} %; "
            f"a bare loop's {bares[sessions].stretch_percent:.3f} %",
            "< 0.1 %",
            figures.stretch_percent < 0.1,
        )
    mine, bare = ours[COMPARED_AT].cpu_us_per_pair, bares[COMPARED_AT]
    yield Measured(
        f"CPU an event pair against a bare websockets loop, {COMPARED_AT} sessions",
        f"{mine:.0f} us / {bare.cpu_us_per_pair:.0f} us = {mine / bare.cpu_us_per_pair:.2f} x",
        "<= 1.6 x",
        mine <= 1.6 * bare.cpu_us_per_pair,
    )
    yield Measured(
        f"the official SDK against it, {COMPARED_AT} sessions",
        f"{sdk.cpu_us_per_pair:.0f} us / {mine:.0f} us = {sdk.cpu_us_per_pair / mine:.2f} x",
        ">= 3 x",
        sdk.cpu_us_per_pair >= 3 * mine,
    )
    kept = ours[COMPARED_AT]
    yield Measured(
        "database size / raw audio, both ways talking",
        f"{kept.database_bytes / kept.audio_bytes:.3f}",
        "",
        None,
    )
