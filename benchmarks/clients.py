"""The same paced traffic from three clients: a bare `websockets` loop, the official SDK, and this
package with its recording written to SQLite.

`python -m benchmarks.clients KIND SESSIONS SECONDS PORT` runs one of them on one core and prints
its figures as JSON. An event pair is one append sent and one delta received.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

CHUNK_MS = 20
CHUNK = os.urandom(960)
CHUNK_S = CHUNK_MS / 1000
START_SPREAD_S = 1.0
"""Sessions start over this long, as a runner's do, and not in one burst."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one client's process measured of itself."""

    kind: str
    sessions: int
    pairs: int
    cpu_s: float
    lateness_p50_ms: float
    lateness_p99_ms: float
    stretch_percent: float
    loop_lag_ms_max: float = 0.0
    database_bytes: int = 0
    audio_bytes: int = 0

    @property
    def cpu_us_per_pair(self) -> float:
        return self.cpu_s * 1e6 / max(self.pairs, 1)


@dataclass(slots=True)
class Tally:
    """One session's count: how late each append was, how long the stream took."""

    lateness_s: list[float]
    received: int = 0
    stream_s: float = 0.0


async def bare(url: str, seconds: float) -> Tally:
    """Appends dumped, answers loaded, one event at a time: what most harnesses do."""
    from websockets.asyncio.client import connect

    tally = Tally([])
    async with connect(url, compression=None, max_size=None) as socket:
        await socket.recv()
        await socket.send(json.dumps({"type": "session.update", "session": {}}))

        async def read() -> None:
            async for text in socket:
                json.loads(text)
                tally.received += 1

        reader = asyncio.create_task(read())

        async def send() -> None:
            audio = base64.b64encode(CHUNK).decode()
            await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))

        await _paced(send, seconds, tally)
        reader.cancel()
    return tally


async def sdk(url: str, seconds: float) -> Tally:
    """A driver written on the official SDK."""
    from openai import AsyncOpenAI

    tally = Tally([])
    base = url.rpartition("/realtime")[0]
    client = AsyncOpenAI(api_key="none", websocket_base_url=base, base_url=base)
    async with client.realtime.connect(model="bench") as connection:
        await connection.recv()
        await connection.session.update(session={"type": "realtime"})

        async def read() -> None:
            async for _ in connection:
                tally.received += 1

        reader = asyncio.create_task(read())

        async def send() -> None:
            await connection.input_audio_buffer.append(audio=base64.b64encode(CHUNK).decode())

        await _paced(send, seconds, tally)
        reader.cancel()
    return tally


async def _paced(send: Callable[[], Awaitable[None]], seconds: float, tally: Tally) -> None:
    start = time.perf_counter()
    count = round(seconds / CHUNK_S)
    for index in range(count):
        due = start + index * CHUNK_S
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tally.lateness_s.append(time.perf_counter() - due)
        await send()
    tally.stream_s = time.perf_counter() - start + CHUNK_S


async def _many(
    session: Callable[[str, float], Awaitable[Tally]], url: str, sessions: int, seconds: float
) -> Sequence[Tally]:
    async def one(index: int) -> Tally:
        await asyncio.sleep(START_SPREAD_S * index / sessions)
        return await session(url, seconds)

    return await asyncio.gather(*(one(index) for index in range(sessions)))


def measure_baseline(kind: str, url: str, sessions: int, seconds: float) -> Figures:
    run = bare if kind == "bare" else sdk
    # What is needed once is no part of what an event costs, here and below.
    importlib.import_module(
        "websockets.asyncio.client" if kind == "bare" else "openai.resources.realtime"
    )
    before = time.process_time()
    tallies = asyncio.run(_many(run, url, sessions, seconds))
    cpu_s = time.process_time() - before
    lateness = np.concatenate([tally.lateness_s for tally in tallies]) * 1000
    streams = np.array([tally.stream_s for tally in tallies])
    return Figures(
        kind,
        sessions,
        sum(min(tally.received, len(tally.lateness_s)) for tally in tallies),
        cpu_s,
        float(np.quantile(lateness, 0.5)),
        float(np.quantile(lateness, 0.99)),
        float((streams.max() / seconds - 1) * 100),
    )


def measure_ours(url: str, sessions: int, seconds: float) -> Figures:
    from benchmarks.talker import run_talkers
    from evalharness.store.store import open_store

    with tempfile.TemporaryDirectory() as folder, open_store(f"{folder}/bench.db") as store:
        before = time.process_time()
        result = asyncio.run(run_talkers(url, sessions, seconds, store, START_SPREAD_S))
        cpu_s = time.process_time() - before
    return Figures(
        "evalharness",
        sessions,
        result.pairs,
        cpu_s,
        result.lateness_p50_ms,
        result.lateness_p99_ms,
        result.stretch_percent,
        result.loop_lag_ms_max,
        result.database_bytes,
        result.audio_bytes,
    )


def main(kind: str, sessions: int, seconds: float, port: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
    url = f"ws://127.0.0.1:{port}/v1/realtime?model=bench"
    if kind == "evalharness":
        figures = measure_ours(url, sessions, seconds)
    else:
        figures = measure_baseline(kind, url.partition("?")[0], sessions, seconds)
    sys.stdout.write(json.dumps(asdict(figures)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
