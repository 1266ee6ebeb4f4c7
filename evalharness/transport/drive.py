"""The one loop that runs any machine over any transport.

Everything that can happen to a machine (a message, its alarm, the result of slow work, the end)
goes through one queue in order of arrival, and the commands it returns are carried out before the
next is looked at. Only the pacer sends beside this loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, assert_never

from evalharness.errors import ConnectionLost
from evalharness.recording.recorder import Recorder
from evalharness.transport.machine import (
    Call,
    Close,
    Command,
    Machine,
    Microphone,
    Note,
    Play,
    Send,
    WakeAt,
)
from evalharness.transport.pacer import Pacer
from evalharness.transport.transport import Arrival, Transport

INBOX_LIMIT = 256
"""Messages read ahead of the machine; beyond it the socket's own flow control takes over."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a session ended. `by_us` tells whether our machine asked for it."""

    code: int
    reason: str
    by_us: bool


@dataclass(frozen=True, slots=True)
class _Called:
    name: str
    result: Any


@dataclass(frozen=True, slots=True)
class _Lost:
    code: int
    reason: str


class _Alarm:
    """The machine's single alarm rang."""


_Happening = Arrival | _Called | _Lost | _Alarm


class Drive:
    """Runs one machine until it or its peer closes.

    `now_ns` is the session's clock, 0 at its start; `origin_ns` is what the system's monotonic
    clock read then, so that arrival stamps can be brought to it.
    """

    def __init__(
        self,
        machine: Machine,
        transport: Transport,
        *,
        now_ns: Callable[[], int],
        origin_ns: int,
        recorder: Recorder | None = None,
        executor: Executor | None = None,
    ) -> None:
        self._machine = machine
        self._transport = transport
        self._now_ns = now_ns
        self._origin_ns = origin_ns
        self._recorder = recorder
        self._executor = executor
        self._pacer: Pacer | None = None
        self._inbox: asyncio.Queue[_Happening] = asyncio.Queue(INBOX_LIMIT)
        self._alarm: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: Ended | None = None

    def attach(self, pacer: Pacer) -> None:
        """Give a client's session its microphone, before `run`."""
        self._pacer = pacer

    def played(self, name: str) -> None:
        """The pacer's word that a clip's last chunk left."""
        self._later(_Called("played", name))

    async def run(self) -> Ended:
        self._spawn(self._read())
        if self._pacer is not None:
            self._spawn(self._pace(self._pacer))
        try:
            await self._carry_out(self._machine.opened(self._now_ns()))
            while self._ended is None:
                await self._step(await self._inbox.get())
        except ConnectionLost as lost:
            self._ended = Ended(lost.code, lost.reason, by_us=False)
        finally:
            await self._wind_up()
        assert self._ended is not None
        self._machine.closed(self._ended.code, self._ended.reason, self._now_ns())
        return self._ended

    async def _step(self, happening: _Happening) -> None:
        now_ns = self._now_ns()
        match happening:
            case Arrival(data, at_ns):
                if isinstance(data, str):
                    await self._carry_out(self._machine.received(data, at_ns - self._origin_ns))
            case _Called(name, result):
                await self._carry_out(self._machine.called(name, result, now_ns))
            case _Alarm():
                await self._carry_out(self._machine.woken(now_ns))
            case _Lost(code, reason):
                self._ended = Ended(code, reason, by_us=False)
            case _:
                assert_never(happening)

    async def _carry_out(self, commands: Sequence[Command]) -> None:
        for command in commands:
            match command:
                case Send(text):
                    if self._recorder is not None:
                        self._recorder.sent(text, self._now_ns())
                    await self._transport.send(text)
                case WakeAt(at_ns):
                    self._set_alarm(at_ns)
                case Call(name, work):
                    self._spawn(self._call(name, work))
                case Play():
                    self._microphone().play(command)
                case Microphone(is_open):
                    self._microphone().microphone(is_open=is_open)
                case Note(kind, turn, detail):
                    if self._recorder is not None:
                        self._recorder.mark(kind, self._now_ns(), turn, detail)
                case Close(code, reason):
                    self._ended = Ended(code, reason, by_us=True)
                    return
                case _:
                    assert_never(command)

    def _microphone(self) -> Pacer:
        if self._pacer is None:
            raise RuntimeError("this machine plays audio, but the drive was given no pacer")
        return self._pacer

    def _set_alarm(self, at_ns: int) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        delay_s = max(at_ns - self._now_ns(), 0) / 1e9
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(delay_s, self._later, _Alarm())

    def _later(self, happening: _Happening) -> None:
        """Put a happening from a callback, which cannot wait for room: these are few."""
        try:
            self._inbox.put_nowait(happening)
        except asyncio.QueueFull:
            self._spawn(self._inbox.put(happening))

    async def _read(self) -> None:
        try:
            while True:
                arrival = await self._transport.receive()
                if self._recorder is not None:
                    self._recorder.received(arrival.data, arrival.at_ns - self._origin_ns)
                await self._inbox.put(arrival)
        except ConnectionLost as lost:
            await self._inbox.put(_Lost(lost.code, lost.reason))

    async def _pace(self, pacer: Pacer) -> None:
        # A lost connection ends the pacer quietly: the reader reports it, with what came before.
        with contextlib.suppress(ConnectionLost):
            await pacer.run()

    async def _call(self, name: str, work: Callable[[], Any]) -> None:
        loop = asyncio.get_running_loop()
        try:
            result = await loop.run_in_executor(self._executor, work)
        except Exception as failure:  # noqa: BLE001 - by the contract of Call a failure is a value
            result = failure
        await self._inbox.put(_Called(name, result))

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wind_up(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        code, reason = (1000, "") if self._ended is None else (self._ended.code, self._ended.reason)
        await self._transport.close(code if _may_be_sent(code) else 1000, reason)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome


def _may_be_sent(code: int) -> bool:
    """RFC 6455, 7.4.1: 1004, 1005, 1006 and 1015 are never sent in a close frame."""
    return 1000 <= code < 5000 and code not in (1004, 1005, 1006, 1015)
