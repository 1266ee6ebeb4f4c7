"""Client and server ends over `websockets`: arrivals stamped at the socket, no compression.

Compression would cost more than base64 saves, and the 1 MiB default limit breaks on retrieved
audio items, so both are off. Foreign exceptions become ours here and nowhere else.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
    WebSocketException,
)
from websockets.frames import Frame, Opcode

from evalharness.errors import ConnectFailed, ConnectionLost
from evalharness.transport.transport import Arrival

_DATA_OPCODES = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)

NO_STATUS = 1006
"""RFC 6455, 7.1.5: the connection ended without a close frame."""


class _Stamps:
    """The arrival time of each message that waits to be read."""

    def __init__(self) -> None:
        self._data_at_ns = 0
        self._waiting: deque[int] = deque()

    def bytes_came(self) -> None:
        self._data_at_ns = time.perf_counter_ns()

    def frame_came(self, event: Any) -> None:
        if isinstance(event, Frame) and event.opcode in _DATA_OPCODES and event.fin:
            self._waiting.append(self._data_at_ns)

    def take(self) -> int:
        return self._waiting.popleft()


class _Stamped(Connection):
    """Remembers when each message's last byte reached the process, before any parsing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.stamps = _Stamps()
        super().__init__(*args, **kwargs)

    def data_received(self, data: bytes) -> None:
        self.stamps.bytes_came()
        super().data_received(data)

    def process_event(self, event: Any) -> None:
        self.stamps.frame_came(event)
        super().process_event(event)


class StampedClient(_Stamped, ClientConnection):
    """The connecting side."""


class StampedServer(_Stamped, ServerConnection):
    """The listening side."""


class WebsocketTransport:
    """A Transport over an open `websockets` connection made by one of the classes above."""

    def __init__(self, connection: StampedClient | StampedServer) -> None:
        self._connection: Connection = connection
        self._stamps = connection.stamps

    async def send(self, text: str) -> None:
        try:
            await self._connection.send(text)
        except ConnectionClosed as closed:
            raise _lost(closed) from closed

    async def receive(self) -> Arrival:
        try:
            data = await self._connection.recv()
        except ConnectionClosed as closed:
            raise _lost(closed) from closed
        return Arrival(data, self._stamps.take())

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await self._connection.close(code, reason)


def _lost(closed: ConnectionClosed) -> ConnectionLost:
    received = closed.rcvd
    if received is None:
        return ConnectionLost(NO_STATUS, str(closed.__cause__ or "no close frame"))
    return ConnectionLost(received.code, received.reason)


async def open_websocket(
    url: str, headers: Mapping[str, str], *, open_timeout_s: float = 10.0
) -> WebsocketTransport:
    """Connect a client.

    Raises ConnectFailed with the HTTP status when the server refused the upgrade, with none when
    it could not be reached or did not answer in time.
    """
    try:
        connection = await connect(
            url,
            additional_headers=dict(headers),
            compression=None,
            max_size=None,
            open_timeout=open_timeout_s,
            close_timeout=2.0,
            ping_interval=None,
            user_agent_header="evalharness",
            create_connection=StampedClient,
        )
    except InvalidStatus as refused:
        status = refused.response.status_code
        raise ConnectFailed(f"the server answered HTTP {status}", status=status) from refused
    except InvalidURI as bad:
        raise ConnectFailed(f"not a WebSocket address: {bad}") from bad
    except TimeoutError as late:
        raise ConnectFailed(f"no answer within {open_timeout_s:g} s") from late
    except (InvalidHandshake, WebSocketException, EOFError) as broken:
        raise ConnectFailed(f"the WebSocket handshake failed: {broken}") from broken
    except OSError as unreachable:
        raise ConnectFailed(f"cannot connect: {unreachable}") from unreachable
    assert isinstance(connection, StampedClient)
    return WebsocketTransport(connection)
