"""This package's own client under the benchmark's traffic: drive, pacer, recorder, writer."""

from __future__ import annotations

import asyncio
import gc
import os
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalharness.audio.chunks import EncodedClip, encode_clip, silence_clip
from evalharness.audio.formats import AudioFormat
from evalharness.audio.pcm import Pcm
from evalharness.clock import SystemClock
from evalharness.realtime.codec import decode_server
from evalharness.realtime.response_events import AudioDelta
from evalharness.recording.frame import APPEND_TYPE, Frame
from evalharness.recording.recorder import Recorder
from evalharness.recording.recording import Footer, Header
from evalharness.runner.lag import LoopLag
from evalharness.store.store import Store
from evalharness.store.writer import Writer
from evalharness.transport.drive import Drive
from evalharness.transport.machine import Close, Command, Play, Send
from evalharness.transport.pacer import Pacer
from evalharness.transport.websocket import open_websocket

CHUNK_MS = 20


@dataclass(frozen=True, slots=True)
class Result:
    pairs: int
    lateness_p50_ms: float
    lateness_p99_ms: float
    stretch_percent: float
    loop_lag_ms_max: float
    database_bytes: int
    audio_bytes: int


class Talker:
    """Says one long clip and listens, decoding each answer as the client machine does."""

    def __init__(self, clip: EncodedClip) -> None:
        self._clip = clip
        self.heard = 0

    def opened(self, now_ns: int) -> Sequence[Command]:
        return [Send('{"type":"session.update","session":{}}'), Play("talk", self._clip, 0)]

    def received(self, text: str, now_ns: int) -> Sequence[Command]:
        self.heard += isinstance(decode_server(text), AudioDelta)
        return []

    def woken(self, now_ns: int) -> Sequence[Command]:
        return []

    def called(self, name: str, result: Any, now_ns: int) -> Sequence[Command]:
        return [Close()]

    def closed(self, code: int, reason: str, now_ns: int) -> None:
        pass


class Watched:
    """The writer, and beside it how late each paced frame was."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.lateness_ns: list[int] = []
        self.audio_bytes = 0
        self.spans: dict[str, tuple[int, int]] = {}

    def opened(self, header: Header) -> None:
        self._writer.opened(header)

    def frame(self, key: str, frame: Frame, audio: bytes) -> None:
        self._writer.frame(key, frame, audio)
        self.audio_bytes += len(audio)
        if frame.type == APPEND_TYPE and frame.due_ns is not None:
            self.lateness_ns.append(frame.at_ns - frame.due_ns)
            first, _ = self.spans.get(key, (frame.at_ns, 0))
            self.spans[key] = (first, frame.at_ns)

    def mark(self, key: str, mark: Any) -> None:
        self._writer.mark(key, mark)

    def closed(self, key: str, footer: Footer) -> None:
        self._writer.closed(key, footer)


async def run_talkers(
    url: str, sessions: int, seconds: float, store: Store, spread_s: float
) -> Result:
    fmt = AudioFormat("audio/pcm", 24_000)
    noise = np.random.default_rng(0).integers(-2000, 2000, round(seconds * fmt.rate))
    clip = encode_clip(Pcm(noise.astype(np.int16), fmt.rate), fmt, CHUNK_MS)
    writer = Writer(store.engine)
    watched = Watched(writer)
    lag = LoopLag()
    gc.collect()
    gc.freeze()

    async def one(index: int) -> int:
        await asyncio.sleep(spread_s * index / sessions)
        return await _session(url, clip, watched, fmt)

    watching = asyncio.create_task(lag.run())
    heard = await asyncio.gather(*(one(index) for index in range(sessions)))
    watching.cancel()
    writer.close()
    lateness = np.array(watched.lateness_ns) / 1e6
    streams = np.array([last - first for first, last in watched.spans.values()]) / 1e9
    return Result(
        pairs=sum(heard),
        lateness_p50_ms=float(np.quantile(lateness, 0.5)),
        lateness_p99_ms=float(np.quantile(lateness, 0.99)),
        stretch_percent=float(((streams.max() + CHUNK_MS / 1000) / seconds - 1) * 100),
        loop_lag_ms_max=lag.worst_ms,
        database_bytes=os.stat(store.place).st_size,  # noqa: PTH116 - all is over by now
        audio_bytes=watched.audio_bytes,
    )


async def _session(url: str, clip: EncodedClip, sink: Watched, fmt: AudioFormat) -> int:
    clock = SystemClock()
    transport = await open_websocket(url, {})
    origin_ns = clock.now_ns()
    key = f"rec-{uuid.uuid4().hex[:12]}"
    recorder = Recorder(Header(key, "run", url, "ga", "bench", clock.wall()), sink)

    def now_ns() -> int:
        return time.perf_counter_ns() - origin_ns

    machine = Talker(clip)
    drive = Drive(machine, transport, now_ns=now_ns, origin_ns=origin_ns, recorder=recorder)
    silence = silence_clip(CHUNK_MS, fmt, CHUNK_MS)
    drive.attach(Pacer(transport, recorder, silence, now_ns=now_ns, played=drive.played))
    await drive.run()
    recorder.close(Footer(now_ns()))
    return machine.heard
