"""Two ends of one connection in one process, for tests and calibrations without a socket."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from evalharness.errors import ConnectionLost
from evalharness.transport.transport import Arrival


@dataclass(frozen=True, slots=True)
class _Closed:
    code: int
    reason: str


class MemoryTransport:
    """One end; `memory_pair` makes two that are joined."""

    def __init__(
        self, inbox: asyncio.Queue[Arrival | _Closed], outbox: asyncio.Queue[Arrival | _Closed]
    ) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._closed: _Closed | None = None

    async def send(self, text: str) -> None:
        if self._closed is not None:
            raise ConnectionLost(self._closed.code, self._closed.reason)
        await self._outbox.put(Arrival(text, time.perf_counter_ns()))

    async def receive(self) -> Arrival:
        if self._closed is not None:
            raise ConnectionLost(self._closed.code, self._closed.reason)
        message = await self._inbox.get()
        if isinstance(message, _Closed):
            self._closed = message
            raise ConnectionLost(message.code, message.reason)
        return message

    async def close(self, code: int = 1000, reason: str = "") -> None:
        if self._closed is None:
            self._closed = _Closed(code, reason)
            await self._outbox.put(self._closed)
            # Our own reader may be waiting; it must learn of the close too.
            await self._inbox.put(self._closed)


def memory_pair() -> tuple[MemoryTransport, MemoryTransport]:
    """A client end and a server end; what one sends the other receives, in order."""
    to_server: asyncio.Queue[Arrival | _Closed] = asyncio.Queue()
    to_client: asyncio.Queue[Arrival | _Closed] = asyncio.Queue()
    return MemoryTransport(to_client, to_server), MemoryTransport(to_server, to_client)
