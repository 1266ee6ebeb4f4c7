"""One attempt at a trial: connect, record, drive the script, close."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from evalharness.clock import SystemClock
from evalharness.errors import ConnectFailed
from evalharness.recording.recorder import Recorder, Sink
from evalharness.recording.recording import Footer, Header
from evalharness.recording.redact import Redactor
from evalharness.runner.destination import Destination
from evalharness.runner.lag import LoopLag
from evalharness.runner.retry import AttemptEnd
from evalharness.session.machine import ClientMachine
from evalharness.session.script import Script, output_format
from evalharness.transport.drive import Drive, Ended
from evalharness.transport.pacer import Pacer
from evalharness.transport.websocket import WebsocketTransport, open_websocket


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one attempt. `recording_key` is None when no connection was made."""

    end: AttemptEnd
    recording_key: str | None


@dataclass(frozen=True, slots=True)
class SessionKit:
    """What every session of this process shares."""

    sink: Sink
    lag: LoopLag
    clock: SystemClock
    connect_timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class AttemptOrder:
    """Which attempt it is (from 1), of which trial, and how long it may take."""

    number: int
    limit_s: float
    trial_id: int | None = None


async def attempt_trial(
    script: Script, destination: Destination, kit: SessionKit, order: AttemptOrder
) -> Attempt:
    """Run a script once. Never raises for anything the server or the network does.

    `order.limit_s` bounds the whole session; past it the attempt ends with `time_limit`.
    """
    redactor = Redactor(destination.secrets)
    # The recording's clock starts before the connection, so that nothing in it is negative and
    # the time to connect can be read from it.
    origin_ns, header = kit.clock.now_ns(), _header(script, destination, kit, order)
    try:
        transport = await open_websocket(
            destination.url, destination.headers, open_timeout_s=kit.connect_timeout_s
        )
    except ConnectFailed as failure:
        message = redactor.clean(failure.message)
        return Attempt(AttemptEnd("unreachable", message=message, status=failure.status), None)
    recorder = Recorder(header, kit.sink, redactor)
    machine = ClientMachine(script)
    session = _Session(machine, transport, recorder, script, kit, origin_ns)
    ended = await session.run(order.limit_s)
    return Attempt(_attempt_end(machine, ended, order.limit_s, redactor), recorder.key)


class _Session:
    """One open connection and everything that runs on it."""

    def __init__(
        self,
        machine: ClientMachine,
        transport: WebsocketTransport,
        recorder: Recorder,
        script: Script,
        kit: SessionKit,
        origin_ns: int,
    ) -> None:
        self._recorder = recorder
        self._transport = transport
        self._kit = kit
        self._origin_ns = origin_ns
        self._worst_lag_ms = 0.0
        self._drive = Drive(
            machine, transport, now_ns=self._now_ns, origin_ns=self._origin_ns, recorder=recorder
        )
        self._drive.attach(
            Pacer(
                transport,
                recorder,
                script.silence,
                now_ns=self._now_ns,
                played=self._drive.played,
                realtime=script.realtime,
            )
        )

    def _now_ns(self) -> int:
        return self._kit.clock.now_ns() - self._origin_ns

    async def run(self, limit_s: float) -> Ended | None:
        """How it ended; None when the time limit cut it off. The recording is closed either way,
        also when we are cancelled."""
        close: Mapping[str, Any] = {"by": "harness", "reason": "interrupted"}
        self._kit.lag.listen(self._late)
        try:
            ended = await asyncio.wait_for(self._drive.run(), limit_s)
        except TimeoutError:
            close = {"by": "harness", "reason": "time limit"}
            return None
        else:
            by = "harness" if ended.by_us else "server"
            close = {"by": by, "code": ended.code, "reason": ended.reason}
            return ended
        finally:
            self._kit.lag.leave(self._late)
            health = {"loop_lag_ms_max": round(self._worst_lag_ms, 3)}
            self._recorder.close(Footer(self._now_ns(), close, health))

    def _late(self, lag_ms: float) -> None:
        self._worst_lag_ms = max(self._worst_lag_ms, lag_ms)
        self._recorder.mark("loop_lag", self._now_ns(), None, {"ms": round(lag_ms, 3)})


def _attempt_end(
    machine: ClientMachine, ended: Ended | None, limit_s: float, redactor: Redactor
) -> AttemptEnd:
    if ended is None:
        return AttemptEnd("time_limit", message=f"the session did not end within {limit_s:g} s")
    outcome = machine.outcome
    assert outcome is not None
    return AttemptEnd(outcome.kind, outcome.code, redactor.clean(outcome.message))


def _header(
    script: Script, destination: Destination, kit: SessionKit, order: AttemptOrder
) -> Header:
    parts = urlsplit(destination.url)
    heard, spoken = script.silence.fmt, output_format(script.session)
    return Header(
        key=f"rec-{uuid.uuid4().hex[:12]}",
        origin="run",
        # The query may carry a key; what matters of it (the model) has a field of its own.
        target=urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")),
        dialect=destination.dialect,
        model=destination.model,
        wall_start=kit.clock.wall(),
        realtime=script.realtime,
        input_format=heard.type,
        input_rate=heard.rate,
        output_format=spoken.type,
        output_rate=spoken.rate,
        attempt=order.number,
        trial_id=order.trial_id,
    )
