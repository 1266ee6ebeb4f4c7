"""Real sockets on loopback: sizes, closes, refusals, and what an error may say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from evalharness.errors import ConnectFailed, ConnectionLost
from evalharness.transport.websocket import WebsocketTransport, open_websocket

KEY = "sk-secret-0123456789"


def against(
    handler: Callable[[ServerConnection], Awaitable[None]],
    client: Callable[[WebsocketTransport], Awaitable[None]],
) -> None:
    async def run() -> None:
        async with serve(handler, "127.0.0.1", 0, max_size=None, compression=None) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            transport = await open_websocket(f"ws://127.0.0.1:{port}/v1/realtime", {})
            await client(transport)
            await transport.close()

    asyncio.run(run())


def test_text_and_binary_of_any_size_with_the_time_they_came() -> None:
    large = "x" * 20_000_000

    async def handler(connection: ServerConnection) -> None:
        await connection.send("small")
        await connection.send(b"\x00\xff")
        await connection.send(large)
        await connection.send(["in ", "three ", "pieces"])
        await connection.wait_closed()

    async def client(transport: WebsocketTransport) -> None:
        before_ns = time.perf_counter_ns()
        arrivals = [await transport.receive() for _ in range(4)]
        assert [one.data for one in arrivals] == ["small", b"\x00\xff", large, "in three pieces"]
        times = [one.at_ns for one in arrivals]
        assert times == sorted(times)
        assert times[-1] >= before_ns

    against(handler, client)


def test_what_is_sent_arrives() -> None:
    heard: list[str | bytes] = []

    async def handler(connection: ServerConnection) -> None:
        heard.append(await connection.recv())
        await connection.send("ok")

    async def client(transport: WebsocketTransport) -> None:
        await transport.send("hello ☃")
        await transport.receive()

    against(handler, client)
    assert heard == ["hello ☃"]


@pytest.mark.parametrize(("code", "reason"), [(1011, "too much"), (4001, "")])
def test_a_close_brings_its_code_and_reason(code: int, reason: str) -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.send("last words")
        await connection.close(code, reason)

    async def client(transport: WebsocketTransport) -> None:
        assert (await transport.receive()).data == "last words"
        with pytest.raises(ConnectionLost) as lost:
            await transport.receive()
        assert (lost.value.code, lost.value.reason) == (code, reason)
        with pytest.raises(ConnectionLost):
            await transport.send("anyone?")

    against(handler, client)


def test_a_connection_that_drops_has_no_close_frame() -> None:
    async def handler(connection: ServerConnection) -> None:
        connection.transport.abort()

    async def client(transport: WebsocketTransport) -> None:
        with pytest.raises(ConnectionLost) as lost:
            await transport.receive()
        assert lost.value.code == 1006

    against(handler, client)


@pytest.mark.parametrize("status", [HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS])
def test_a_refused_upgrade_tells_its_status_and_no_secret(status: HTTPStatus) -> None:
    def refuse(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(status, f"not with {request.headers['Authorization']}")

    async def nobody(connection: ServerConnection) -> None:
        raise AssertionError(connection)

    async def run() -> None:
        async with serve(nobody, "127.0.0.1", 0, process_request=refuse) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            headers = {"Authorization": f"Bearer {KEY}"}
            with pytest.raises(ConnectFailed) as failed:
                await open_websocket(f"ws://127.0.0.1:{port}/", headers)
            assert failed.value.status == status
            assert str(failed.value) == f"the server answered HTTP {int(status)}"

    asyncio.run(run())


def connect_error(url: str, timeout_s: float = 10.0) -> ConnectFailed:
    with pytest.raises(ConnectFailed) as failed:
        asyncio.run(
            open_websocket(url, {"Authorization": f"Bearer {KEY}"}, open_timeout_s=timeout_s)
        )
    assert KEY not in str(failed.value)
    assert failed.value.status is None
    return failed.value


def test_nobody_there() -> None:
    assert "cannot connect" in str(connect_error("ws://127.0.0.1:9/v1/realtime"))


def test_no_such_host() -> None:
    assert "cannot connect" in str(connect_error("ws://no-such-host.invalid/v1/realtime"))


def test_an_address_that_is_none() -> None:
    assert "not a WebSocket address" in str(connect_error("http://127.0.0.1/v1/realtime"))


def against_no_websocket(greeting: bytes, message: str) -> None:
    """Connect to a server that only greets, and keeps the line open until the client gives up."""

    async def run() -> None:
        left = asyncio.Event()

        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(greeting)
            await reader.read()
            writer.close()
            await writer.wait_closed()
            left.set()

        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            with pytest.raises(ConnectFailed, match=message):
                await open_websocket(f"ws://127.0.0.1:{port}/", {}, open_timeout_s=0.3)
            await left.wait()

    asyncio.run(run())


def test_a_server_that_speaks_something_else() -> None:
    against_no_websocket(b"220 mail.example ESMTP\r\n", "handshake failed")


def test_a_server_that_accepts_and_says_nothing() -> None:
    against_no_websocket(b"", "no answer within 0.3 s")
