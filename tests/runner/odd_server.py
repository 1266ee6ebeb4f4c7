"""Servers that do what servers should not, on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

Behaviour = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def odd_server(
    behaviour: Behaviour, *, status: HTTPStatus | None = None
) -> AsyncIterator[str]:
    """A server that does `behaviour` with each connection (or refuses them); its URL."""

    def refuse(connection: ServerConnection, request: Request) -> Response | None:
        if status is None:
            return None
        key = request.headers.get("Authorization", "")
        return connection.respond(status, f"not with {key}")

    server: Server
    async with serve(
        behaviour, "127.0.0.1", 0, process_request=refuse, compression=None, max_size=None
    ) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}/v1/realtime"


SESSION = {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad"}}}}


async def greet(connection: ServerConnection) -> None:
    """The beginning of every session: created, and the first update answered."""
    await connection.send(json.dumps({"type": "session.created", "session": SESSION}))
    async for text in connection:
        if json.loads(text)["type"] == "session.update":
            await connection.send(json.dumps({"type": "session.updated", "session": SESSION}))
            return


async def listen_forever(connection: ServerConnection) -> None:
    async for _ in connection:
        pass


async def closes_at_once(connection: ServerConnection) -> None:
    await connection.close(1011, "no room")


async def says_nothing(connection: ServerConnection) -> None:
    await listen_forever(connection)


async def never_answers(connection: ServerConnection) -> None:
    await greet(connection)
    await listen_forever(connection)


async def talks_nonsense(connection: ServerConnection) -> None:
    """No JSON, no object, a binary frame, twenty megabytes, then silence."""
    await greet(connection)
    await connection.send("this is no JSON \u2603")
    await connection.send("[1, 2]")
    await connection.send(b"\x00\xff binary")
    await connection.send(json.dumps({"type": "noise", "padding": "x" * 20_000_000}))
    await listen_forever(connection)


async def refuses_the_session(connection: ServerConnection) -> None:
    await connection.send(json.dumps({"type": "session.created", "session": SESSION}))
    async for text in connection:
        event = json.loads(text)
        if event["type"] == "session.update":
            error = {
                "type": "invalid_request_error",
                "code": "unknown_parameter",
                "message": "Unknown parameter: session.wings",
                "event_id": event["event_id"],
            }
            await connection.send(json.dumps({"type": "error", "error": error}))
            await asyncio.sleep(0)
