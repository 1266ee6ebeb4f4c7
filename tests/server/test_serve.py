"""The listening server over real sockets, with the scripted engine in this process."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from openai import AsyncOpenAI
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from evalharness.audio.files import write_audio
from evalharness.audio.formats import AudioFormat, decode, encode
from evalharness.audio.pcm import Pcm, concat, silence
from evalharness.dataset.dataset import Dataset, Scenario
from evalharness.dataset.models import Manifest, ScenarioScript
from evalharness.errors import UserError
from evalharness.experiment.local_options import LocalOptions
from evalharness.server.scripted.engine import hum
from evalharness.server.serve import LocalServer, run_server, session_url

TRANSCRIBED = "conversation.item.input_audio_transcription.completed"
PCM = AudioFormat("audio/pcm", 24_000)
TOOL: dict[str, Any] = {
    "type": "function",
    "name": "get_order",
    "description": "Look an order up.",
    "parameters": {
        "type": "object",
        "properties": {"order_id": {"type": "string"}},
        "required": ["order_id"],
    },
}
TURNS = [
    {
        "say": {"audio": "a.wav", "text": "where is order four two one seven"},
        "expect": {
            "calls": {
                "expected": [{"name": "get_order", "args": {"order_id": {"$alnum": "4217"}}}]
            },
            "reply": {"contains": ["shipped"]},
        },
    },
    {"text": "thanks", "expect": {"reply": {"equals": "Bye."}}},
]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    write_audio(tmp_path / "a.wav", hum(500))
    script = ScenarioScript.model_validate({"id": "order", "turns": TURNS})
    manifest = Manifest(format=1, name="test", tools=(TOOL,))
    scenario = Scenario("order", 0, "0" * 64, script)
    return Dataset(tmp_path, "test", "0" * 64, manifest, (scenario,), {"a.wav": tmp_path / "a.wav"})


def scripted(**options: Any) -> LocalOptions:
    return LocalOptions(engine="scripted", **options)


def _nobody(_: str) -> None:
    """Nobody waits to hear that the server is ready."""


@dataclass(frozen=True)
class Turn:
    transcript: str
    reply: str
    sound: Pcm


def spoken_turn(voice: Pcm) -> list[str]:
    """A voice and what ends a turn, in appends of 20 ms."""
    data = encode(concat([silence(200, 24_000), voice, silence(900, 24_000)]), PCM)
    return [base64.b64encode(data[at : at + 960]).decode() for at in range(0, len(data), 960)]


async def events_until(peer: Any, event_type: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    while not events or events[-1]["type"] != event_type:
        events.append(json.loads(await asyncio.wait_for(peer.recv(), 5)))
    return events


async def send(peer: Any, event_type: str, **fields: Any) -> None:
    await peer.send(json.dumps({"type": event_type, **fields}))


class TestWithTheOfficialClient:
    def test_the_scripted_engine(self, dataset: Dataset) -> None:
        async def converse() -> None:
            query = {"local": scripted().model_dump_json(), "scenario": "order"}
            async with LocalServer(dataset) as server:
                turn = await self._ask(server.url, query, spoken_turn(hum(500)))
            assert turn.transcript == "where is order four two one seven"
            assert turn.reply == "shipped"
            assert turn.sound.duration_ms == 420

        asyncio.run(converse())

    def test_the_speech_engine(self) -> None:
        speech = pytest.importorskip("evalharness.server.speech.engine")
        if speech.SpeechEngine.available():
            pytest.skip(speech.SpeechEngine.available())

        async def converse(engine: Any) -> None:
            clip = engine.speak("where is order four two one seven", {})
            async with LocalServer(engine=engine) as server:
                turn = await self._ask(server.url, {}, spoken_turn(clip))
            assert "order" in turn.transcript
            assert "shipped" in turn.reply.lower()
            assert turn.sound.duration_ms > 500

        with speech.SpeechEngine() as engine:
            asyncio.run(converse(engine))

    async def _ask(self, url: str, query: dict[str, str], chunks: Sequence[str]) -> Turn:
        """One spoken turn that calls the tool, is given its output, and answers."""
        base = url.removesuffix("/realtime")
        client = AsyncOpenAI(
            api_key="x", base_url=base.replace("ws", "http"), websocket_base_url=base
        )
        connecting = client.realtime.connect(model="gpt-realtime-2.1", extra_query=query)
        async with client, connecting as connection:
            # The SDK wants its TypedDicts; people pass dicts.
            session: Any = {
                "type": "realtime",
                "tools": [TOOL],
                "audio": {"input": {"transcription": {"model": "gpt-4o-transcribe"}}},
            }
            await connection.session.update(session=session)
            for chunk in chunks:
                await connection.input_audio_buffer.append(audio=chunk)
            asked = await self._until(connection, {"response.done", TRANSCRIBED})
            call = asked["response.function_call_arguments.done"]
            assert json.loads(call.arguments) == {"order_id": "4217"}
            output: Any = {
                "type": "function_call_output",
                "call_id": call.call_id,
                "output": '{"status": "shipped"}',
            }
            await connection.conversation.item.create(item=output)
            await connection.response.create()
            told = await self._until(connection, {"response.done"})
            done = told["response.done"].response
            assert done.status == "completed"
            assert done.usage.output_token_details.audio_tokens > 0
            reply = told["response.output_audio_transcript.done"].transcript
            return Turn(asked[TRANSCRIBED].transcript, reply, told["sound"])

    async def _until(self, connection: Any, wanted: set[str]) -> dict[str, Any]:
        """The last event of each type, and all sound, until the `wanted` types have come."""
        seen: dict[str, Any] = {}
        sound = b""
        async with asyncio.timeout(20):
            async for event in connection:
                assert event.type != "error", event
                seen[event.type] = event
                if event.type == "response.output_audio.delta":
                    sound += base64.b64decode(event.delta)
                if wanted <= seen.keys():
                    break
        return {**seen, "sound": decode(sound, PCM)}


class TestDeclaredTimes:
    def test_first_audio_comes_when_declared(self, dataset: Dataset) -> None:
        lines: list[Mapping[str, Any]] = []
        asyncio.run(self._turn(dataset, lines))
        times = {line["type"]: line["at_ns"] for line in reversed(lines)}
        waited_ns = times["response.output_audio.delta"] - times["input_audio_buffer.committed"]
        # It counts from the arrival of the audio that completed the turn, just before the commit.
        assert waited_ns > 130_000_000
        assert {line["scenario"] for line in lines} == {"order"}
        assert {line["side"] for line in lines} == {"client", "server"}
        assert "input_audio_buffer.append" not in times
        ids = [line for line in lines if line["type"] == "response.output_audio.delta"]
        assert ids[0]["response_id"].startswith("resp_")

    async def _turn(self, dataset: Dataset, lines: list[Mapping[str, Any]]) -> None:
        async with LocalServer(dataset, log=lines.append) as server:
            options = scripted(first_audio_ms=150)
            async with connect(session_url(server.url, options, "order")) as peer:
                await send(peer, "session.update", session={"type": "realtime"})
                for chunk in spoken_turn(hum(500)):
                    await send(peer, "input_audio_buffer.append", audio=chunk)
                await events_until(peer, "response.done")


class TestManySessions:
    def test_they_do_not_mix(self, dataset: Dataset) -> None:
        asyncio.run(self._all(dataset))

    async def _all(self, dataset: Dataset) -> None:
        async with LocalServer(dataset) as server:
            await asyncio.gather(*(self._one(server.url, n) for n in range(12)))

    async def _one(self, url: str, number: int) -> None:
        rate = float(number % 2)
        options = scripted(missed_call_rate=rate, output_speed=0)
        async with connect(session_url(url, options, "order", number)) as peer:
            session = {"type": "realtime", "tools": [TOOL]}
            await send(peer, "session.update", session=session)
            for chunk in spoken_turn(hum(500)):
                await send(peer, "input_audio_buffer.append", audio=chunk)
            events = await events_until(peer, "response.done")
            (item,) = events[-1]["response"]["output"]
            assert item["type"] == ("message" if rate else "function_call")


class TestConnections:
    @pytest.mark.parametrize(
        ("path", "status", "words"),
        [
            ("/", 404, "only /v1/realtime"),
            ("/v1/chat", 404, "only /v1/realtime"),
            ("/v1/realtime?local={", 400, "JSON"),
            ('/v1/realtime?local={"engine":"scripted","sed":1}', 400, "sed"),
            ('/v1/realtime?local={"word_error_rate":0.1}', 400, "engine: scripted"),
            ('/v1/realtime?local={"engine":"scripted"}&scenario=ordr', 400, "order"),
            ("/v1/realtime?repeat=-1", 400, "repeat"),
            ("/v1/realtime?intent=else", 400, "intent"),
        ],
    )
    def test_refused(self, dataset: Dataset, path: str, status: int, words: str) -> None:
        async def attempt() -> None:
            async with LocalServer(dataset) as server:
                target = quote(path, safe="/?=&")
                with pytest.raises(InvalidStatus) as refused:
                    await connect(server.url.removesuffix("/v1/realtime") + target)
                assert refused.value.response.status_code == status
                body = refused.value.response.body
                assert words in (body or b"").decode()

        asyncio.run(attempt())

    def test_scripted_without_a_dataset(self) -> None:
        async def attempt() -> None:
            async with LocalServer() as server:
                with pytest.raises(InvalidStatus, match="400"):
                    await connect(session_url(server.url, scripted(), "order"))

        asyncio.run(attempt())

    def test_a_declared_disconnect(self, dataset: Dataset) -> None:
        async def attempt() -> None:
            async with LocalServer(dataset) as server:
                options = scripted(disconnect_rate=1.0)
                async with connect(session_url(server.url, options, "order")) as peer:
                    for chunk in spoken_turn(hum(500)):
                        await send(peer, "input_audio_buffer.append", audio=chunk)
                    with pytest.raises(ConnectionClosed) as closed:
                        await events_until(peer, "response.done")
                    assert closed.value.rcvd is not None
                    assert closed.value.rcvd.code == 1011

        asyncio.run(attempt())

    def test_a_client_may_leave_in_the_middle(self, dataset: Dataset) -> None:
        async def attempt() -> None:
            async with LocalServer(dataset) as server:
                url = session_url(server.url, scripted(first_audio_ms=500), "order")
                peer = await connect(url)
                await send(peer, "response.create")
                await events_until(peer, "response.created")
                peer.transport.abort()
                async with connect(url) as other:
                    await events_until(other, "session.created")

        asyncio.run(attempt())

    def test_the_models_name_is_taken_from_the_url(self, dataset: Dataset) -> None:
        async def attempt() -> None:
            async with LocalServer(dataset) as server:
                url = session_url(f"{server.url}?model=gpt-realtime-mini", scripted(), "order")
                async with connect(url) as peer:
                    (created,) = await events_until(peer, "session.created")
                    assert created["session"]["model"] == "gpt-realtime-mini"

        asyncio.run(attempt())


PROGRAM = """
import sys
from pathlib import Path
from evalharness.server.serve import run_server
def ready(url): print(url, flush=True)
run_server("127.0.0.1", 0, None, ready, exit_with_parent=True, log=Path(sys.argv[1]))
"""


class TestAsAProcess:
    @pytest.mark.parametrize("how", ["parent", "SIGTERM"])
    def test_it_ends_when_told(self, how: str, tmp_path: Path) -> None:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path / "log.jsonl")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        with process:
            assert process.stdout is not None
            assert process.stdin is not None
            assert process.stderr is not None
            assert process.stdout.readline().startswith(b"ws://127.0.0.1:")
            if how == "parent":
                process.stdin.close()
            else:
                process.send_signal(getattr(signal, how))
            assert process.wait(10) == 0
            assert process.stderr.read() == b""
        assert (tmp_path / "log.jsonl").exists()

    def test_addresses_and_logs_that_cannot_be_had(self, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with pytest.raises(UserError, match="cannot listen"):
                run_server("127.0.0.1", taken.getsockname()[1], None, _nobody)
        with pytest.raises(UserError, match="cannot write the log"):
            run_server("127.0.0.1", 0, None, _nobody, log=tmp_path / "none" / "log.jsonl")
