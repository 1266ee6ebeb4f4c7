"""The microphone on a clock that the test holds: absolute deadlines, whatever came before."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from evalharness.audio.chunks import EncodedClip, encode_clip, silence_clip
from evalharness.audio.formats import AudioFormat
from evalharness.audio.pcm import Pcm
from evalharness.errors import ConnectionLost
from evalharness.recording.recorder import MemorySink, Recorder
from evalharness.recording.recording import Header, Recording
from evalharness.transport.machine import Play
from evalharness.transport.pacer import Pacer
from evalharness.transport.transport import Arrival

MS = 1_000_000
FORMAT = AudioFormat("audio/pcm", 24_000)


def clip(ms: int, level: int = 1000) -> EncodedClip:
    return encode_clip(Pcm(np.full(24 * ms, level, dtype=np.int16), 24_000), FORMAT)


class Wire:
    """Keeps what was sent; `before` may let time pass first, and the wire may break."""

    def __init__(self, before: Callable[[int], None], *, breaks_at: int | None = None) -> None:
        self.texts: list[str] = []
        self._before = before
        self._breaks_at = breaks_at

    async def send(self, text: str) -> None:
        if self._breaks_at == len(self.texts):
            raise ConnectionLost(1006, "gone")
        self._before(len(self.texts))
        self.texts.append(text)

    async def receive(self) -> Arrival:
        raise NotImplementedError

    async def close(self, code: int = 1000, reason: str = "") -> None:
        raise NotImplementedError


class Bench:
    """A pacer whose sleep moves the clock; it stops at `until_ms`."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        *,
        until_ms: int,
        stalls: dict[int, int] | None = None,
        realtime: bool = True,
        breaks_at: int | None = None,
    ) -> None:
        self.now_ns = 0
        self.played: list[tuple[str, int]] = []
        self._until_ns = until_ms * MS
        self._stalls = stalls or {}
        self.wire = Wire(self._stall, breaks_at=breaks_at)
        self._sink = MemorySink()
        header = Header("rec-1", "run", "ws://x", "ga", "m", datetime(2026, 1, 1, tzinfo=UTC))
        self.pacer = Pacer(
            self.wire,
            Recorder(header, self._sink),
            silence_clip(20, FORMAT),
            now_ns=lambda: self.now_ns,
            played=lambda name: self.played.append((name, self.now_ns // MS)),
            realtime=realtime,
        )
        monkeypatch.setattr("evalharness.transport.pacer.asyncio.sleep", self._sleep)

    def _stall(self, index: int) -> None:
        self.now_ns += self._stalls.get(index, 0) * MS

    async def _sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)
        if self.now_ns >= self._until_ns:
            raise asyncio.CancelledError

    def run(self) -> Recording:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(self.pacer.run())
        return self._sink.recording("rec-1")

    def sent(self) -> list[tuple[float, float]]:
        """When each append left and when it was due, ms."""
        frames = self.run().frames
        return [(frame.at_ns / MS, (frame.due_ns or 0) / MS) for frame in frames]


def test_chunks_leave_on_a_grid_of_their_own_length(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, until_ms=100)
    bench.pacer.microphone(is_open=True)
    assert bench.sent() == [(at, at) for at in (0, 20, 40, 60, 80)]


def test_a_late_chunk_does_not_delay_the_ones_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, until_ms=160, stalls={1: 50})
    bench.pacer.microphone(is_open=True)
    assert bench.sent() == [
        (0, 0),
        (20, 20),
        (70, 40),
        (70, 60),
        (80, 80),
        (100, 100),
        (120, 120),
        (140, 140),
    ]


def test_a_gap_of_more_than_a_second_is_not_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, until_ms=1_300, stalls={1: 1_200})
    bench.pacer.microphone(is_open=True)
    assert bench.sent() == [(0, 0), (20, 20), *((at, at) for at in (1220, 1240, 1260, 1280))]


def test_a_clip_takes_the_place_of_silence_and_says_where_it_lies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(monkeypatch, until_ms=120)
    bench.pacer.microphone(is_open=True)
    bench.pacer.play(Play("hello", clip(50), 3, {"speech_ms": [[0, 40]]}))
    recording = bench.run()
    assert [frame.at_ns // MS for frame in recording.frames] == [0, 20, 40, 60, 80, 100]
    assert bench.played == [("hello", 40)]
    started, ended = recording.marks
    assert (started.kind, started.turn, ended.kind) == ("clip_started", 3, "clip_ended")
    assert started.detail == {
        "name": "hello",
        "start_sample": 0,
        "samples": 1200,
        "rate": 24_000,
        "speech_ms": [[0, 40]],
    }
    assert ended.detail["end_sample"] == 1440
    sound = np.frombuffer(recording.audio["input"], dtype="<i2")
    assert (sound[:1200] == 1000).all()
    assert (sound[1200:] == 0).all()


def test_what_is_recorded_is_what_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, until_ms=60)
    bench.pacer.microphone(is_open=True)
    bench.pacer.play(Play("a", clip(40), 0))
    recording = bench.run()
    assert [recording.text(frame) for frame in recording.frames] == bench.wire.texts
    first = json.loads(bench.wire.texts[0])
    assert first["type"] == "input_audio_buffer.append"
    assert base64.b64decode(first["audio"]) == recording.audio["input"][:960]


def test_a_shut_microphone_sends_clips_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, until_ms=1_000)
    bench.pacer.play(Play("a", clip(40), 0))

    async def run() -> None:
        task = asyncio.ensure_future(bench.pacer.run())
        while not bench.played:
            await asyncio.wait([task], timeout=0.01)
        task.cancel()

    asyncio.run(run())
    assert len(bench.wire.texts) == 2


def test_unpaced_clips_leave_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, until_ms=40, realtime=False)
    bench.pacer.microphone(is_open=True)
    bench.pacer.play(Play("a", clip(100), 0))
    assert bench.sent() == [*[(0, 0)] * 6, (20, 20)]


def test_a_lost_connection_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, until_ms=1_000, breaks_at=2)
    bench.pacer.microphone(is_open=True)
    with pytest.raises(ConnectionLost):
        asyncio.run(bench.pacer.run())
    assert len(bench.wire.texts) == 2
