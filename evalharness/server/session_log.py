"""The server's own log of its sessions: what a client's measurements can be held against."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from evalharness.errors import UserError
from evalharness.transport.transport import Arrival, Transport

LogSink = Callable[[Mapping[str, Any]], None]
"""Gets one line: `connection` (from 0), `scenario`, `repeat`, `side` (client or server), `at_ns`
on the system's monotonic clock, and the event's `type` and ids."""

# What is worth a line stands at the front of each event, before any audio.
_NAMED = re.compile(r'"(type|event_id|item_id|response_id)":\s*"([^"]*)"')
_FRONT_CHARACTERS = 400


class LoggedTransport:
    """A transport that writes down when each event passed it; appended audio is left out."""

    def __init__(self, inner: Transport, log: LogSink, about: Mapping[str, Any]) -> None:
        self._inner = inner
        self._log = log
        self._about = about

    async def send(self, text: str) -> None:
        self._write("server", text, time.perf_counter_ns())
        await self._inner.send(text)

    async def receive(self) -> Arrival:
        arrival = await self._inner.receive()
        if isinstance(arrival.data, str):
            self._write("client", arrival.data, arrival.at_ns)
        return arrival

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await self._inner.close(code, reason)

    def _write(self, side: str, text: str, at_ns: int) -> None:
        names: dict[str, str] = {}
        for found in _NAMED.finditer(text[:_FRONT_CHARACTERS]):
            names.setdefault(found[1], found[2])
        if names.get("type") != "input_audio_buffer.append":
            self._log({**self._about, "side": side, "at_ns": at_ns, **names})


@contextlib.contextmanager
def json_lines(path: Path) -> Iterator[LogSink]:
    """A sink that adds to a file. Raises UserError when it cannot be opened."""
    try:
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        message = f"cannot write the log {path}: {error.strerror}"
        raise UserError("EH504", message, hint="name a file in a folder that exists") from error
    with file:

        def add(line: Mapping[str, Any]) -> None:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

        yield add
