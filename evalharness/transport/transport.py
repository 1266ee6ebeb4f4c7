"""The seam between a conversation and what carries it."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Arrival(NamedTuple):
    """One message and when it reached the socket, on the system's monotonic clock (ns)."""

    data: str | bytes
    at_ns: int


class Transport(Protocol):
    """An open connection. `receive` and `send` raise ConnectionLost once it has closed."""

    async def send(self, text: str) -> None: ...

    async def receive(self) -> Arrival: ...

    async def close(self, code: int = 1000, reason: str = "") -> None: ...
