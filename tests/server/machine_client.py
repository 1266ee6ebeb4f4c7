"""A client for tests of the server's machine: virtual time, no event loop, a fake engine."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evalharness.audio.formats import AudioFormat, encode
from evalharness.audio.pcm import Pcm
from evalharness.realtime.codec import decode_server
from evalharness.realtime.event import Undecodable, UnknownEvent
from evalharness.server.engine import (
    Detector,
    Reply,
    SpeechStarted,
    SpeechStopped,
)
from evalharness.server.machine import ServerMachine
from evalharness.transport.machine import Call, Close, Command, Send, WakeAt

MS = 1_000_000
PCM = AudioFormat("audio/pcm", 24_000)
TOOL = {"type": "function", "name": "get_order", "parameters": {"type": "object"}}


class LoudDetector:
    """Speech is whatever is not zero, in frames of 10 ms; 500 ms of zeros end a turn."""

    def __init__(self, silence_ms: float, rate: int) -> None:
        self._frame = rate // 50
        self._silence_ms = silence_ms
        self._waiting = b""
        self._at_ms = 0.0
        self._voice_end_ms: float | None = None

    def feed(self, pcm: bytes) -> Sequence[SpeechStarted | SpeechStopped]:
        found: list[SpeechStarted | SpeechStopped] = []
        self._waiting += pcm
        while len(self._waiting) >= self._frame:
            frame, self._waiting = self._waiting[: self._frame], self._waiting[self._frame :]
            self._at_ms += 10
            if any(frame):
                if self._voice_end_ms is None:
                    found.append(SpeechStarted(self._at_ms - 10))
                self._voice_end_ms = self._at_ms
            elif (
                self._voice_end_ms is not None
                and self._at_ms - self._voice_end_ms >= self._silence_ms
            ):
                self._voice_end_ms = None
                found.append(SpeechStopped(self._at_ms))
        return found


@dataclass
class FakeEngine:
    """Hears "turn N", answers what it is told to, and speaks 100 ms of sound a word."""

    replies: list[Reply | Exception] = field(default_factory=list)
    transcript: str | Exception = "where is my order"
    histories: list[Sequence[Mapping[str, Any]]] = field(default_factory=list)
    sessions: list[Mapping[str, Any]] = field(default_factory=list)
    heard: list[Pcm] = field(default_factory=list)

    def detector(self, turn_detection: Mapping[str, Any], rate: int) -> Detector:
        return LoudDetector(turn_detection.get("silence_duration_ms", 500), rate)

    def prepare(self, session: Mapping[str, Any]) -> None:
        self.sessions.append(session)

    def transcribe(self, pcm: Pcm, session: Mapping[str, Any], turn: int) -> str:  # noqa: ARG002
        self.heard.append(pcm)
        if isinstance(self.transcript, Exception):
            raise self.transcript
        return self.transcript

    def understand(self, pcm: Pcm, session: Mapping[str, Any], turn: int) -> str:  # noqa: ARG002
        return f"turn {turn}"

    def respond(self, history: Sequence[Mapping[str, Any]], session: Mapping[str, Any]) -> Reply:  # noqa: ARG002
        self.histories.append(history)
        reply = self.replies.pop(0) if self.replies else Reply("Hello there.")
        if isinstance(reply, Exception):
            raise reply
        return reply

    def speak(self, text: str, session: Mapping[str, Any]) -> Pcm:  # noqa: ARG002
        samples = np.full(2400 * len(text.split()), 5000, dtype=np.int16)
        return Pcm(samples, 24_000)


class Session:
    """Plays a client against the machine. Engine work runs at once, unless `hold` is set."""

    def __init__(
        self, engine: FakeEngine | None = None, *, hold: bool = False, **options: Any
    ) -> None:
        self.engine = engine or FakeEngine()
        options = {"model": "gpt-realtime-2.1", "wall_s": 1_000, **options}
        self.machine = ServerMachine(self.engine, rng=random.Random(7), **options)
        self.now_ns = 0
        self.hold = hold
        self.held: list[Call] = []
        self.events: list[dict[str, Any]] = []
        self.times_ms: list[float] = []
        self.closed: Close | None = None
        self._alarm_ns: int | None = None
        self._carry_out(self.machine.opened(0))

    def _carry_out(self, commands: Iterable[Command]) -> None:
        for command in commands:
            match command:
                case Send(text):
                    self._check(text)
                    self.events.append(json.loads(text))
                    self.times_ms.append(self.now_ns / MS)
                case WakeAt(at_ns):
                    self._alarm_ns = at_ns
                case Call():
                    self.held.append(command)
                case Close():
                    self.closed = command
                case _:
                    raise AssertionError(command)
        if not self.hold:
            self.release()

    def _check(self, text: str) -> None:
        decoded = decode_server(text)
        assert not isinstance(decoded, (UnknownEvent, Undecodable)), text
        assert re.fullmatch(r"event_[A-Za-z0-9]{21}", str(decoded.event_id))

    def release(self) -> None:
        """Do the engine's work that was held back."""
        while self.held:
            call = self.held.pop(0)
            try:
                result = call.work()
            except Exception as failure:  # noqa: BLE001 - as the drive does
                result = failure
            self._carry_out(self.machine.called(call.name, result, self.now_ns))

    def pass_ms(self, ms: float) -> None:
        end_ns = self.now_ns + round(ms * MS)
        while self._alarm_ns is not None and self._alarm_ns <= end_ns:
            self.now_ns, self._alarm_ns = max(self.now_ns, self._alarm_ns), None
            self._carry_out(self.machine.woken(self.now_ns))
        self.now_ns = end_ns

    def say(self, event_type: str, **fields: Any) -> None:
        self.text(json.dumps({"type": event_type, **fields}))

    def text(self, text: str) -> None:
        self._carry_out(self.machine.received(text, self.now_ns))

    def append(self, ms: float, value: int = 0, fmt: AudioFormat = PCM) -> None:
        samples = np.full(round(ms * fmt.rate / 1000), value, dtype=np.int16)
        data = encode(Pcm(samples, fmt.rate), fmt)
        self.say("input_audio_buffer.append", audio=base64.b64encode(data).decode())

    def stream(self, ms: float, value: int = 0) -> None:
        """Paced audio: 20 ms appends in real time."""
        for _ in range(round(ms / 20)):
            self.append(20, value)
            self.pass_ms(20)

    def configure(self, **session: Any) -> None:
        self.say("session.update", session={"type": "realtime", **session})

    def ask(self, text: str = "hello", **response: Any) -> None:
        self.write(text)
        self.say("response.create", response=response)

    def write(self, text: str, **fields: Any) -> None:
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        self.say("conversation.item.create", item=item, **fields)

    def settle(self) -> None:
        self.pass_ms(10_000)

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def clear(self) -> None:
        self.events.clear()
        self.times_ms.clear()

    def all(self, event_type: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == event_type]

    def one(self, event_type: str) -> dict[str, Any]:
        (event,) = self.all(event_type)
        return event

    def last(self, event_type: str) -> dict[str, Any]:
        return self.all(event_type)[-1]

    def close_code(self) -> int | None:
        """None while the connection stands."""
        return self.closed.code if self.closed else None

    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = self.one("error")["error"]
        return found


def manual(engine: FakeEngine | None = None, **options: Any) -> Session:
    """A session that is configured without turn detection."""
    session = Session(engine, **options)
    session.configure(audio={"input": {"turn_detection": None}})
    session.clear()
    return session


def without_repeats(types: Sequence[str]) -> list[str]:
    return [kind for at, kind in enumerate(types) if at == 0 or types[at - 1] != kind]


MESSAGE_EVENTS = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
]
MESSAGE_END = [
    "response.content_part.done",
    "response.output_item.done",
    "conversation.item.done",
    "response.done",
    "rate_limits.updated",
]
