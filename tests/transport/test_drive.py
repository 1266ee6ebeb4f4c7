"""The one loop: everything in order of arrival, commands carried out before the next."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from evalharness.audio.chunks import silence_clip
from evalharness.audio.formats import AudioFormat
from evalharness.errors import ConnectionLost
from evalharness.recording.recorder import MemorySink, Recorder
from evalharness.recording.recording import Header
from evalharness.transport.drive import Drive, Ended
from evalharness.transport.machine import Call, Close, Command, Note, Play, Send, WakeAt
from evalharness.transport.memory import MemoryTransport, memory_pair

React = Callable[[str, Any], Sequence[Command]]


class Machine:
    """Keeps what happened, and asks the test what to do about it."""

    def __init__(self, react: React) -> None:
        self.happened: list[tuple[str, Any]] = []
        self._react = react

    def _on(self, what: str, detail: Any) -> Sequence[Command]:
        self.happened.append((what, detail))
        return self._react(what, detail)

    def opened(self, now_ns: int) -> Sequence[Command]:
        assert now_ns >= 0
        return self._on("opened", None)

    def received(self, text: str, now_ns: int) -> Sequence[Command]:  # noqa: ARG002
        return self._on("received", text)

    def woken(self, now_ns: int) -> Sequence[Command]:
        return self._on("woken", now_ns)

    def called(self, name: str, result: Any, now_ns: int) -> Sequence[Command]:
        assert now_ns >= 0
        return self._on(name, result)

    def closed(self, code: int, reason: str, now_ns: int) -> None:
        assert now_ns >= 0
        self.happened.append(("closed", (code, reason)))


def header() -> Header:
    return Header("rec-1", "run", "ws://x", "ga", "m", datetime(2026, 1, 1, tzinfo=UTC))


def drive(machine: Machine, transport: Any, recorder: Recorder | None = None) -> Drive:
    origin_ns = time.perf_counter_ns()
    return Drive(
        machine,
        transport,
        now_ns=lambda: time.perf_counter_ns() - origin_ns,
        origin_ns=origin_ns,
        recorder=recorder,
    )


async def talk(react: React, server: Callable[[MemoryTransport], Any]) -> tuple[Machine, Ended]:
    ours, theirs = memory_pair()
    machine = Machine(react)
    serving = asyncio.ensure_future(server(theirs))
    ended = await drive(machine, ours).run()
    await serving
    return machine, ended


def test_messages_come_in_order_and_answers_go_out() -> None:
    async def server(end: MemoryTransport) -> None:
        for text in ("one", "two", "three"):
            await end.send(text)
        assert [(await end.receive()).data for _ in range(3)] == ["ONE", "TWO", "THREE"]
        with pytest.raises(ConnectionLost) as lost:
            await end.receive()
        assert (lost.value.code, lost.value.reason) == (1000, "enough")

    def react(what: str, detail: Any) -> Sequence[Command]:
        if what != "received":
            return []
        # What stands after a Close is not carried out.
        after: list[Command] = [Close(1000, "enough"), Send("never")] if detail == "three" else []
        return [Send(detail.upper()), *after]

    machine, ended = asyncio.run(talk(react, server))
    assert ended == Ended(1000, "enough", by_us=True)
    assert [text for what, text in machine.happened if what == "received"] == [
        "one",
        "two",
        "three",
    ]
    assert machine.happened[-1] == ("closed", (1000, "enough"))


def test_messages_before_a_close_are_read_before_it() -> None:
    async def server(end: MemoryTransport) -> None:
        for index in range(1_000):
            await end.send(str(index))
        await end.close(1011, "over")

    machine, ended = asyncio.run(talk(lambda _what, _detail: [], server))
    assert len(machine.happened) == 1_002
    assert ended == Ended(1011, "over", by_us=False)


def test_a_later_alarm_replaces_an_earlier_one() -> None:
    def react(what: str, _detail: Any) -> Sequence[Command]:
        if what == "opened":
            return [WakeAt(10**15), WakeAt(0)]
        return [Close()] if what == "woken" else []

    async def server(end: MemoryTransport) -> None:
        with pytest.raises(ConnectionLost):
            await end.receive()

    machine, _ = asyncio.run(talk(react, server))
    assert [what for what, _ in machine.happened] == ["opened", "woken", "closed"]


def test_slow_work_comes_back_by_name_and_its_failure_as_a_value() -> None:
    def react(what: str, _detail: Any) -> Sequence[Command]:
        match what:
            case "opened":
                return [Call("good", lambda: 7)]
            case "good":
                return [Call("bad", lambda: dict[str, int]()["missing"])]
            case _:
                return [Close()]

    async def server(end: MemoryTransport) -> None:
        with pytest.raises(ConnectionLost):
            await end.receive()

    machine, _ = asyncio.run(talk(react, server))
    (_, (good, seven), (bad, error), _) = machine.happened
    assert (good, seven, bad) == ("good", 7, "bad")
    assert isinstance(error, KeyError)


def test_both_directions_and_notes_are_recorded() -> None:
    sink = MemorySink()

    def react(what: str, _detail: Any) -> Sequence[Command]:
        if what == "opened":
            return [Send("out"), Note("turn_started", 0, {"kind": "say"})]
        return [Close()]

    async def run() -> None:
        ours, theirs = memory_pair()
        await theirs.send("in")
        await drive(Machine(react), ours, Recorder(header(), sink)).run()

    asyncio.run(run())
    recording = sink.recording("rec-1")
    assert sorted((frame.side, frame.payload) for frame in recording.frames) == [
        ("client", "out"),
        ("server", "in"),
    ]
    assert [(mark.kind, mark.turn) for mark in recording.marks] == [("turn_started", 0)]


def test_a_clip_without_a_microphone_is_a_mistake_of_the_programmer() -> None:
    clip = silence_clip(20, AudioFormat("audio/pcm", 24_000))

    async def run() -> None:
        ours, _ = memory_pair()
        await drive(Machine(lambda _what, _detail: [Play("x", clip, 0)]), ours).run()

    with pytest.raises(RuntimeError, match="no pacer"):
        asyncio.run(run())


def test_sending_into_a_closed_connection_ends_the_session() -> None:
    def react(what: str, _detail: Any) -> Sequence[Command]:
        return [Send("x")] if what in ("opened", "received") else []

    class Broken:
        async def send(self, text: str) -> None:
            raise ConnectionLost(1006, text)

        async def receive(self) -> Any:
            await asyncio.Event().wait()

        async def close(self, code: int = 1000, reason: str = "") -> None:
            assert (code, reason) == (1000, "x")  # 1006 may not be sent

    machine = Machine(react)
    ended = asyncio.run(drive(machine, Broken()).run())
    assert ended == Ended(1006, "x", by_us=False)
    assert machine.happened[-1] == ("closed", (1006, "x"))
