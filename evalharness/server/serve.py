"""Listens for Realtime clients: one machine per connection, driven by the one drive loop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from websockets.asyncio.server import Server, ServerConnection
from websockets.asyncio.server import serve as listen
from websockets.http11 import Request, Response

from evalharness.dataset.dataset import Dataset
from evalharness.errors import UnfitEnvironment, UserError
from evalharness.experiment.local_options import LocalOptions
from evalharness.realtime.problems import nearest
from evalharness.server.effective_session import DEFAULT_MODEL
from evalharness.server.engine import Engine
from evalharness.server.machine import ServerMachine
from evalharness.server.scripted.engine import Scene, ScriptedEngine
from evalharness.server.session_log import LoggedTransport, LogSink, json_lines
from evalharness.transport.drive import Drive
from evalharness.transport.transport import Transport
from evalharness.transport.websocket import StampedServer, WebsocketTransport

PATH = "/v1/realtime"
WORKERS = 16
"""Threads for blocking engine work. Most of it waits for processes of its own."""


class _Wish(BaseModel):
    """What a client asks for in its URL."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str = DEFAULT_MODEL
    intent: Literal["realtime", "transcription"] = "realtime"
    local: LocalOptions = LocalOptions()
    scenario: str | None = None
    repeat: int = Field(default=0, ge=0)


class _Connection(StampedServer):
    """Keeps what the check of its request made."""

    wish: _Wish
    machine: ServerMachine


class _Refused(Exception):
    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def session_url(
    url: str, options: LocalOptions, scenario: str | None = None, repeat: int = 0
) -> str:
    """`url` of an embedded server with the options of one session in its query."""
    query = {"local": options.model_dump_json(exclude_unset=True), "repeat": str(repeat)}
    if scenario is not None:
        query["scenario"] = scenario
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query, quote_via=quote)}"


class LocalServer:
    """`async with LocalServer(dataset=...) as server:` listens on `server.url` meanwhile.

    `dataset` is what the scripted engine plays. `engine` stands in for the speech engine, which
    is otherwise made when the first session wants it.
    """

    def __init__(
        self,
        dataset: Dataset | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        engine: Engine | None = None,
        log: LogSink | None = None,
    ) -> None:
        self._scenarios = {s.key: s for s in dataset.scenarios} if dataset else {}
        self._dataset = dataset
        self._address = (host, port)
        self._engine = engine
        self._own_engine: Any = None
        self._log = log
        self._connections = itertools.count()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="engine")
        self._server: Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None, "the server is not listening"
        host, port = next(iter(self._server.sockets)).getsockname()[:2]
        return f"ws://[{host}]:{port}{PATH}" if ":" in host else f"ws://{host}:{port}{PATH}"

    async def __aenter__(self) -> Self:
        host, port = self._address
        try:
            self._server = await listen(
                self._converse,
                host,
                port,
                process_request=self._check,
                compression=None,
                max_size=None,
                ping_interval=None,
                create_connection=_Connection,
            )
        except OSError as taken:
            message = f"cannot listen on {host}:{port}: {taken.strerror or taken}"
            raise UserError("EH503", message, hint="port 0 takes any free one") from taken
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._own_engine is not None:
            self._own_engine.close()

    # Before the upgrade

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse what cannot be served, with a reason a person can read."""
        assert isinstance(connection, _Connection)
        try:
            connection.wish = _wish(request.path)
            connection.machine = self._machine(connection.wish)
        except _Refused as refused:
            return connection.respond(refused.status, f"{refused.message}\n")
        return None

    # A session

    async def _converse(self, connection: ServerConnection) -> None:
        assert isinstance(connection, _Connection)
        wish = connection.wish
        transport: Transport = WebsocketTransport(connection)
        if self._log is not None:
            about = {
                "connection": next(self._connections),
                "scenario": wish.scenario,
                "repeat": wish.repeat,
            }
            transport = LoggedTransport(transport, self._log, about)
        origin_ns = time.perf_counter_ns()
        drive = Drive(
            connection.machine,
            transport,
            now_ns=lambda: time.perf_counter_ns() - origin_ns,
            origin_ns=origin_ns,
            executor=self._pool,
        )
        await drive.run()

    def _machine(self, wish: _Wish) -> ServerMachine:
        options = wish.local
        scripted = self._scripted(wish) if options.engine == "scripted" else None
        return ServerMachine(
            scripted or self._speech(),
            conduct=scripted,
            model=wish.model,
            wall_s=int(time.time()),
            output_speed=options.output_speed,
            kind=wish.intent,
        )

    def _scripted(self, wish: _Wish) -> ScriptedEngine:
        if self._dataset is None:
            message = "the scripted engine needs a dataset: start the server with one"
            raise _Refused(HTTPStatus.BAD_REQUEST, message)
        scenario = self._scenarios.get(wish.scenario or "")
        if scenario is None:
            message = f"{self._dataset.name} has no scenario {wish.scenario}"
            hint = nearest(wish.scenario, self._scenarios)
            raise _Refused(HTTPStatus.BAD_REQUEST, f"{message}; {hint}" if hint else message)
        manifest, clips = self._dataset.manifest, self._dataset.audio
        return ScriptedEngine(Scene(scenario.script, manifest, clips, wish.repeat), wish.local)

    def _speech(self) -> Engine:
        if self._engine is None:
            try:
                self._engine = self._own_engine = speech_engine()
            except UnfitEnvironment as unfit:
                message = f"{unfit.message}; {unfit.hint}"
                raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, message) from unfit
        return self._engine


def speech_engine() -> Any:
    """A new `speech.SpeechEngine`, to be closed. Raises UnfitEnvironment without the extra.

    It is imported only here: the scripted engine must run where the extra is missing.
    """
    try:
        module = importlib.import_module("evalharness.server.speech.engine")
    except ImportError as missing:
        message = f"the speech engine: {missing.name} is not installed"
        raise UnfitEnvironment(
            "EH640", message, hint="pip install 'evalharness[local]'"
        ) from missing
    return module.SpeechEngine()


def _wish(target: str) -> _Wish:
    parts = urlsplit(target)
    if parts.path.rstrip("/") != PATH:
        raise _Refused(HTTPStatus.NOT_FOUND, f"there is only {PATH} here")
    query: dict[str, Any] = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    try:
        if "local" in query:
            query["local"] = LocalOptions.model_validate_json(query["local"])
        return _Wish.model_validate(query)
    except ValidationError as wrong:
        found = "; ".join(
            f"{'.'.join(map(str, error['loc'])) or 'local'}: {error['msg']}"
            for error in wrong.errors(include_url=False)
        )
        raise _Refused(HTTPStatus.BAD_REQUEST, found) from wrong


def run_server(
    host: str,
    port: int,
    dataset: Dataset | None,
    ready: Callable[[str], None],
    *,
    exit_with_parent: bool = False,
    log: Path | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. `ready` gets the URL once clients may come.

    `exit_with_parent` also stops when standard input ends, which it does with the process that
    holds its other end. `log` is a file that the server's own log is added to, as JSON lines.
    Raises UserError when the address is taken or the log cannot be written.
    """
    with contextlib.ExitStack() as stack:
        sink = None if log is None else stack.enter_context(json_lines(log))
        server = LocalServer(dataset, host=host, port=port, log=sink)
        asyncio.run(_serve(server, ready, exit_with_parent))


async def _serve(
    server: LocalServer,
    ready: Callable[[str], None],
    exit_with_parent: bool,  # noqa: FBT001
) -> None:
    with _stop_signals() as stop:
        if exit_with_parent:
            _watch_parent(stop)
        async with server:
            # Everything loaded so far lives as long as the server: the collector may skip it.
            gc.collect()
            gc.freeze()
            ready(server.url)
            await stop.wait()


@contextlib.contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _watch_parent(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def watch() -> None:
        # Not sys.stdin: a thread that waits in its buffer would block the interpreter's exit.
        while os.read(0, 4096):
            pass
        with contextlib.suppress(RuntimeError):  # the loop has ended before our parent did
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
