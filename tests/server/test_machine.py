"""The server's machine as transcripts: events in, commands out, in virtual time."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalharness.audio.formats import AudioFormat, decode, encode
from evalharness.audio.pcm import Pcm
from evalharness.realtime.codec import decode_server
from evalharness.realtime.event import Undecodable, UnknownEvent
from evalharness.server.engine import (
    Behaviour,
    Detector,
    PlannedCall,
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

    def transcribe(self, pcm: Pcm, session: Mapping[str, Any], turn: int) -> str:
        self.heard.append(pcm)
        if isinstance(self.transcript, Exception):
            raise self.transcript
        return self.transcript

    def understand(self, pcm: Pcm, session: Mapping[str, Any], turn: int) -> str:
        return f"turn {turn}"

    def respond(self, history: Sequence[Mapping[str, Any]], session: Mapping[str, Any]) -> Reply:
        self.histories.append(history)
        reply = self.replies.pop(0) if self.replies else Reply("Hello there.")
        if isinstance(reply, Exception):
            raise reply
        return reply

    def speak(self, text: str, session: Mapping[str, Any]) -> Pcm:
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


class TestSession:
    def test_session_created_comes_first_and_is_whole(self) -> None:
        session = Session().one("session.created")["session"]
        assert re.fullmatch(r"sess_[A-Za-z0-9]{21}", session["id"])
        assert session["object"] == "realtime.session"
        assert session["expires_at"] == 4_600
        assert session["model"] == "gpt-realtime-2.1"
        assert session["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 500

    def test_an_update_is_partial_and_answered_with_the_whole(self) -> None:
        session = Session()
        session.say(
            "session.update",
            event_id="mine",
            session={
                "type": "realtime",
                "instructions": "",
                "audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 0.8}}},
            },
        )
        answer = session.one("session.updated")
        assert answer["event_id"] != "mine"
        detection = answer["session"]["audio"]["input"]["turn_detection"]
        assert detection["threshold"] == 0.8
        assert detection["prefix_padding_ms"] == 300
        assert answer["session"]["instructions"] == ""
        assert answer["session"]["audio"]["output"]["voice"] == "marin"
        assert session.engine.sessions[-1]["instructions"] == ""

    def test_updates_add_up(self) -> None:
        session = Session()
        vad = {"type": "server_vad", "silence_duration_ms": 250}
        session.configure(audio={"input": {"turn_detection": vad}})
        session.configure(audio={"input": {"turn_detection": {**vad, "threshold": 0.2}}}, tools=[TOOL])
        session.configure(audio={"input": {"transcription": {"model": "whisper-1"}}})
        audio_input = session.last("session.updated")["session"]["audio"]["input"]
        assert audio_input["turn_detection"]["silence_duration_ms"] == 250
        assert audio_input["transcription"] == {"model": "whisper-1"}
        assert session.last("session.updated")["session"]["tools"] == [TOOL]

    def test_changing_the_kind_of_turn_detection_starts_from_its_defaults(self) -> None:
        session = Session()
        semantic = {"type": "semantic_vad", "eagerness": "high"}
        session.configure(audio={"input": {"turn_detection": semantic}})
        detection = session.last("session.updated")["session"]["audio"]["input"]["turn_detection"]
        assert detection == {**semantic, "create_response": True, "interrupt_response": True}

    def test_null_switches_off(self) -> None:
        session = Session()
        noise = {"type": "near_field"}
        session.configure(audio={"input": {"noise_reduction": noise}})
        assert session.last("session.updated")["session"]["audio"]["input"]["noise_reduction"] == {
            "strength": 1,
            **noise,
        }
        session.configure(audio={"input": {"turn_detection": None, "noise_reduction": None}})
        audio_input = session.last("session.updated")["session"]["audio"]["input"]
        assert audio_input["turn_detection"] is None
        assert audio_input["noise_reduction"] is None

    def test_one_bad_field_rejects_the_whole_update(self) -> None:
        session = Session()
        session.say(
            "session.update",
            event_id="bad",
            session={"type": "realtime", "tools": [TOOL], "audio": {"output": {"speed": 9}}},
        )
        error = session.error()
        assert error["type"] == "invalid_request_error"
        assert error["event_id"] == "bad"
        assert error["param"] == "session.audio.output.speed"
        assert not session.all("session.updated")
        session.configure()
        assert session.one("session.updated")["session"]["tools"] == []

    @pytest.mark.parametrize(
        ("update", "param", "code"),
        [
            ({"type": "transcription"}, "session.type", "invalid_value"),
            ({"type": "realtime", "model": "gpt-realtime"}, "session.model", "invalid_value"),
            ({"instructions": "hi"}, "session.type", "missing_required_parameter"),
            ({"type": "realtime", "wat": 1}, "session.wat", "unknown_parameter"),
        ],
    )
    def test_refused_updates(self, update: dict[str, Any], param: str, code: str) -> None:
        session = Session()
        session.say("session.update", session=update)
        assert (session.error()["param"], session.error()["code"]) == (param, code)

    def test_a_field_the_sessions_own_model_lacks_is_refused(self) -> None:
        session = Session(model="gpt-realtime")
        session.configure(reasoning={"effort": "low"})
        assert session.error()["param"] == "session.reasoning"

    def test_the_voice_is_locked_once_the_model_has_spoken(self) -> None:
        session = manual()
        session.configure(audio={"output": {"voice": "cedar"}})
        session.ask()
        session.settle()
        session.configure(audio={"output": {"voice": "marin"}})
        assert session.error()["code"] == "cannot_update_voice"
        assert session.error()["param"] == "session.audio.output.voice"
        session.clear()
        session.say("response.create", response={"audio": {"output": {"voice": "marin"}}})
        assert session.error()["param"] == "response.audio.output.voice"

    def test_a_session_ends_after_an_hour(self) -> None:
        session = Session()
        session.pass_ms(3_600_000 - 1)
        assert session.closed is None
        session.pass_ms(1)
        assert session.error()["code"] == "session_expired"
        assert session.closed is not None
        assert session.closed.code == 1001


class TestUnreadableEvents:
    @pytest.mark.parametrize(
        ("text", "code", "param"),
        [
            ("not json", "invalid_event", None),
            ("[1]", "invalid_event", None),
            ('{"event_id":"e"}', "invalid_event", None),
            ('{"type":"no.such.event"}', "invalid_value", "type"),
            ('{"type":"output_audio_buffer.clear"}', "invalid_value", "type"),
            ('{"type":"input_audio_buffer.append"}', "missing_required_parameter", "audio"),
            ('{"type":"conversation.item.retrieve","item_id":3}', "invalid_type", "item_id"),
        ],
    )
    def test_they_are_answered_with_an_error(self, text: str, code: str, param: str | None) -> None:
        session = Session()
        session.text(text)
        assert session.error()["code"] == code
        assert session.error()["param"] == param
        session.configure()
        assert session.all("session.updated")

    def test_the_error_names_the_event(self) -> None:
        session = Session()
        session.say("nonsense", event_id="mine")
        assert session.error()["event_id"] == "mine"

    @settings(max_examples=60)
    @given(st.text() | st.dictionaries(st.text(), st.integers()).map(json.dumps))
    def test_no_text_breaks_it(self, text: str) -> None:
        session = Session()
        session.text(text)
        assert session.types == ["session.created", "error"]

    @settings(max_examples=60)
    @given(st.text(st.characters()))
    def test_strings_survive(self, words: str) -> None:
        session = manual()
        session.write(words)
        added = session.one("conversation.item.added")
        assert added["item"]["content"][0]["text"] == words


class TestTurnDetection:
    def turn(self, session: Session) -> None:
        session.stream(200)
        session.stream(1_000, 4_000)
        session.stream(600)

    def test_a_spoken_turn(self) -> None:
        session = Session()
        self.turn(session)
        session.settle()
        assert without_repeats(session.types) == [
            "session.created",
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            *MESSAGE_EVENTS,
            "response.output_audio_transcript.delta",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            *MESSAGE_END,
        ]

    def test_one_item_from_start_to_history(self) -> None:
        session = Session()
        self.turn(session)
        started = session.one("input_audio_buffer.speech_started")
        stopped = session.one("input_audio_buffer.speech_stopped")
        committed = session.one("input_audio_buffer.committed")
        added = session.all("conversation.item.added")[0]
        assert started["item_id"] == stopped["item_id"] == committed["item_id"]
        assert added["item"]["id"] == committed["item_id"]
        assert added["item"]["content"] == [{"type": "input_audio", "transcript": None}]
        assert re.fullmatch(r"item_[A-Za-z0-9]{21}", added["item"]["id"])
        assert session.engine.histories[0][0]["content"][0]["transcript"] == "turn 0"

    def test_positions_include_padding_and_silence(self) -> None:
        session = Session()
        session.stream(400)
        session.stream(1_000, 4_000)
        session.stream(600)
        assert session.one("input_audio_buffer.speech_started")["audio_start_ms"] == 100
        assert session.one("input_audio_buffer.speech_stopped")["audio_end_ms"] == 1_900

    def test_the_committed_audio_runs_from_padding_to_silence(self) -> None:
        session = Session()
        session.configure(audio={"input": {"transcription": {"model": "whisper-1"}}})
        session.stream(400)
        session.stream(1_000, 4_000)
        session.stream(600)
        assert session.engine.heard[0].duration_ms == 1_800

    def test_audio_in_one_piece_gives_the_same_turns(self) -> None:
        session = Session()
        samples = np.zeros(24 * 4_000, dtype="<i2")
        samples[24 * 500 : 24 * 1_000] = 3_000
        samples[24 * 2_000 : 24 * 2_500] = 3_000
        audio = base64.b64encode(samples.tobytes()).decode()
        session.say("input_audio_buffer.append", audio=audio)
        starts = [e["audio_start_ms"] for e in session.all("input_audio_buffer.speech_started")]
        ends = [e["audio_end_ms"] for e in session.all("input_audio_buffer.speech_stopped")]
        assert starts == [200, 1_700]
        assert ends == [1_500, 3_000]

    def test_a_long_wait_does_not_shift_positions(self) -> None:
        session = Session()
        session.append(20_000)
        session.append(500, 4_000)
        assert session.one("input_audio_buffer.speech_started")["audio_start_ms"] == 19_700

    def test_without_create_response_the_client_asks(self) -> None:
        session = Session()
        vad = {"type": "server_vad", "create_response": False, "interrupt_response": False}
        session.configure(audio={"input": {"turn_detection": vad}})
        self.turn(session)
        session.settle()
        assert session.all("input_audio_buffer.committed")
        assert not session.all("response.created")
        session.say("response.create")
        session.settle()
        assert session.one("response.done")["response"]["status"] == "completed"

    def test_barge_in_cuts_the_response_off(self) -> None:
        session = Session(FakeEngine([Reply("word " * 100)]))
        self.turn(session)
        session.stream(200)
        session.stream(400, 4_000)
        types = session.types
        at = [i for i, kind in enumerate(types) if kind == "input_audio_buffer.speech_started"][1]
        assert types[at + 1 : at + 8] == [
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            *MESSAGE_END,
        ]
        response = session.one("response.done")["response"]
        assert response["status"] == "cancelled"
        assert response["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
        assert response["output"][0]["status"] == "incomplete"
        sent = "".join(e["delta"] for e in session.all("response.output_audio_transcript.delta"))
        assert session.one("response.output_audio_transcript.done")["transcript"] == sent
        assert sent
        session.stream(600)
        session.settle()
        assert len(session.all("response.created")) == 2
        assert session.last("response.done")["response"]["status"] == "completed"

    def test_a_response_still_in_the_engine_is_cancelled_and_its_answer_dropped(self) -> None:
        session = Session(FakeEngine([Reply("first"), Reply("second")]), hold=True)
        self.turn(session)
        assert len(session.held) == 1
        session.stream(200, 4_000)
        assert session.one("response.done")["response"]["status"] == "cancelled"
        assert session.one("response.done")["response"]["output"] == []
        session.stream(600)
        session.hold = False
        session.release()
        session.settle()
        assert [e["response"]["status"] for e in session.all("response.done")] == [
            "cancelled",
            "completed",
        ]
        assert session.one("response.output_audio_transcript.done")["transcript"] == "second"

    def test_a_turn_without_interruption_may_meet_a_running_response(self) -> None:
        session = Session(FakeEngine([Reply("word " * 200)]))
        vad = {"type": "server_vad", "interrupt_response": False}
        session.configure(audio={"input": {"turn_detection": vad}})
        self.turn(session)
        self.turn(session)
        assert session.error()["code"] == "conversation_already_has_active_response"
        session.settle()
        assert session.one("response.done")["response"]["status"] == "completed"

    def test_a_response_asked_for_during_speech_gives_way_to_the_turns_own(self) -> None:
        session = Session(hold=True)
        session.stream(400, 4_000)
        session.say("response.create")
        session.stream(600)
        assert session.one("response.done")["response"]["status"] == "cancelled"
        assert len(session.all("response.created")) == 2

    def test_clearing_forgets_the_speech_in_progress(self) -> None:
        session = Session()
        session.stream(400, 4_000)
        session.say("input_audio_buffer.clear")
        session.stream(1_000)
        assert session.all("input_audio_buffer.cleared")
        assert not session.all("input_audio_buffer.speech_stopped")

    def test_a_commit_in_mid_speech_takes_the_promised_item(self) -> None:
        session = Session()
        session.stream(400, 4_000)
        session.say("input_audio_buffer.commit")
        promised = session.one("input_audio_buffer.speech_started")["item_id"]
        assert session.one("input_audio_buffer.committed")["item_id"] == promised
        session.stream(1_000)
        stopped = session.one("input_audio_buffer.speech_stopped")
        assert stopped["item_id"] == session.last("input_audio_buffer.committed")["item_id"]
        assert stopped["item_id"] != promised

    def test_g711_in_and_out(self) -> None:
        session = Session()
        fmt = {"type": "audio/pcmu"}
        session.configure(audio={"input": {"format": fmt}, "output": {"format": fmt}})
        wire = AudioFormat("audio/pcmu", 8_000)
        session.append(400, 0, wire)
        session.append(1_000, 4_000, wire)
        session.append(600, 0, wire)
        session.settle()
        assert session.one("input_audio_buffer.speech_started")["audio_start_ms"] == 100
        assert session.one("input_audio_buffer.speech_stopped")["audio_end_ms"] == 1_900
        sound = b"".join(
            base64.b64decode(e["delta"]) for e in session.all("response.output_audio.delta")
        )
        assert decode(sound, wire).duration_ms == 200
        assert session.one("response.done")["response"]["audio"]["output"]["format"] == fmt

    def test_an_idle_caller_is_spoken_to(self) -> None:
        session = Session()
        vad = {"type": "server_vad", "idle_timeout_ms": 5_000}
        session.configure(audio={"input": {"turn_detection": vad}})
        self.turn(session)
        session.clear()
        session.stream(7_000)
        timeout = session.one("input_audio_buffer.timeout_triggered")
        types = session.types
        at = types.index("input_audio_buffer.timeout_triggered")
        assert types[at + 1 : at + 5] == [
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "response.created",
        ]
        assert timeout["item_id"] == session.one("input_audio_buffer.committed")["item_id"]
        assert timeout["audio_end_ms"] > timeout["audio_start_ms"]
        assert session.engine.histories[-1][-1]["content"][0]["transcript"] == ""

    def test_a_caller_who_speaks_is_not_idle(self) -> None:
        session = Session()
        vad = {"type": "server_vad", "idle_timeout_ms": 5_000}
        session.configure(audio={"input": {"turn_detection": vad}})
        self.turn(session)
        session.stream(4_000)
        session.stream(3_000, 4_000)
        assert not session.all("input_audio_buffer.timeout_triggered")


class TestManualTurns:
    def test_commit_then_create(self) -> None:
        session = manual()
        session.append(1_000, 4_000)
        session.say("input_audio_buffer.commit")
        assert session.types == [
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
        ]
        session.clear()
        session.say("response.create")
        session.settle()
        assert session.types[:4] == MESSAGE_EVENTS

    @pytest.mark.parametrize("ms", [0, 80])
    def test_too_little_to_commit(self, ms: float) -> None:
        session = manual()
        session.append(ms)
        session.say("input_audio_buffer.commit", event_id="c")
        error = session.error()
        assert error["code"] == "input_audio_buffer_commit_empty"
        assert f"{ms:.2f}ms" in error["message"]
        assert error["event_id"] == "c"

    def test_a_second_commit_finds_the_buffer_empty(self) -> None:
        session = manual()
        session.append(500)
        session.say("input_audio_buffer.commit")
        session.say("input_audio_buffer.commit")
        assert "only has 0.00ms" in session.error()["message"]

    @pytest.mark.parametrize("audio", ["%%%", "abc", "ä", "AAA A", "AA=="" "])
    def test_bad_base64(self, audio: str) -> None:
        session = manual()
        session.say("input_audio_buffer.append", audio=audio)
        assert (session.error()["code"], session.error()["param"]) == ("invalid_value", "audio")


class TestTranscription:
    def turn(self, engine: FakeEngine, **options: Any) -> Session:
        session = manual(engine, **options)
        session.configure(audio={"input": {"transcription": {"model": "whisper-1"}}})
        session.append(1_500, 4_000)
        session.say("input_audio_buffer.commit")
        return session

    NAME = "conversation.item.input_audio_transcription"

    def test_completed(self) -> None:
        session = self.turn(FakeEngine(transcript="one two three four five  six"))
        done = session.one(f"{self.NAME}.completed")
        assert done["item_id"] == session.one("input_audio_buffer.committed")["item_id"]
        assert done["transcript"] == "one two three four five  six"
        assert done["usage"] == {"type": "duration", "seconds": 1.5}
        deltas = [event["delta"] for event in session.all(f"{self.NAME}.delta")]
        assert "".join(deltas) == done["transcript"]
        assert len(deltas) == 2
        session.say("conversation.item.retrieve", item_id=done["item_id"])
        content = session.one("conversation.item.retrieved")["item"]["content"]
        assert content[0]["transcript"] == done["transcript"]

    def test_failed(self) -> None:
        session = self.turn(FakeEngine(transcript=RuntimeError("no ears")))
        failed = session.one(f"{self.NAME}.failed")
        assert "no ears" in failed["error"]["message"]
        assert not session.all(f"{self.NAME}.completed")

    def test_it_waits_for_its_declared_time(self) -> None:
        class Slow:
            def behaviour(self, turn: int, response: int) -> Behaviour:
                return Behaviour(transcript_delay_ms=700)

        session = self.turn(FakeEngine(), conduct=Slow())
        session.settle()
        at = session.types.index(f"{self.NAME}.completed")
        assert session.times_ms[at] == 700


class TestItems:
    def test_order_is_the_chain(self) -> None:
        session = manual()
        session.write("one")
        first = session.last("conversation.item.done")["item"]["id"]
        session.write("three")
        session.write("two", previous_item_id=first)
        session.write("zero", previous_item_id="root")
        chain = [e["previous_item_id"] for e in session.all("conversation.item.added")]
        assert chain == [None, first, first, None]
        session.say("response.create")
        said = [item["content"][0]["text"] for item in session.engine.histories[0]]
        assert said == ["zero", "one", "two", "three"]

    def test_a_clients_own_id_is_kept_and_may_not_come_twice(self) -> None:
        session = manual()
        item = {"type": "message", "id": "mine", "role": "system", "content": []}
        session.say("conversation.item.create", item=item)
        assert session.one("conversation.item.done")["item"]["id"] == "mine"
        session.say("conversation.item.create", item=item)
        assert session.error()["param"] == "item.id"

    @pytest.mark.parametrize(
        ("fields", "code", "param"),
        [
            ({"previous_item_id": "nobody"}, "invalid_value", "previous_item_id"),
            ({"item": {"type": "message", "role": "user"}}, "missing_required_parameter", None),
            ({"item": {"type": "item_reference", "id": "x"}}, "invalid_value", "item.type"),
            (
                {"item": {"type": "function_call_output", "call_id": "c", "output": ""}},
                "invalid_tool_call_id",
                None,
            ),
            (
                {
                    "item": {
                        "type": "message",
                        "role": "user",
                        "content": [{"type": "input_audio", "audio": "?"}],
                    }
                },
                "invalid_value",
                "item.content[0].audio",
            ),
        ],
    )
    def test_refused(self, fields: dict[str, Any], code: str, param: str | None) -> None:
        session = manual()
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": ""}]}
        session.say("conversation.item.create", **{"item": item, **fields})
        assert session.error()["code"] == code
        if param is not None:
            assert session.error()["param"] == param

    def test_retrieve_gives_the_audio(self) -> None:
        session = manual()
        session.append(300, 1_234)
        session.say("input_audio_buffer.commit")
        item_id = session.one("input_audio_buffer.committed")["item_id"]
        session.say("conversation.item.retrieve", item_id=item_id)
        part = session.one("conversation.item.retrieved")["item"]["content"][0]
        assert set(decode(base64.b64decode(part["audio"]), PCM).samples) == {1_234}
        assert "audio" not in session.one("conversation.item.done")["item"]["content"][0]

    def test_audio_a_client_writes_is_heard(self) -> None:
        session = manual()
        audio = base64.b64encode(bytes(9_600)).decode()
        content = [{"type": "input_audio", "audio": audio}]
        session.say(
            "conversation.item.create",
            item={"type": "message", "role": "user", "content": content},
        )
        session.say("response.create")
        assert session.engine.histories[0][0]["content"][0]["transcript"] == "turn 0"

    @pytest.mark.parametrize(
        ("event_type", "code"),
        [
            ("conversation.item.retrieve", "item_retrieve_invalid_item_id"),
            ("conversation.item.delete", "item_delete_invalid_item_id"),
        ],
    )
    def test_unknown_ids(self, event_type: str, code: str) -> None:
        session = manual()
        session.say(event_type, item_id="nobody")
        assert session.error()["code"] == code

    def test_a_deleted_item_is_forgotten(self) -> None:
        session = manual()
        session.write("secret")
        item_id = session.one("conversation.item.done")["item"]["id"]
        session.say("conversation.item.delete", item_id=item_id)
        assert session.one("conversation.item.deleted")["item_id"] == item_id
        session.say("response.create")
        assert session.engine.histories == [[]]


class TestTruncation:
    def spoken(self) -> tuple[Session, str]:
        session = manual(FakeEngine([Reply("one two three four five")]))
        session.ask()
        session.settle()
        item_id = session.last("conversation.item.done")["item"]["id"]
        session.clear()
        return session, item_id

    def truncate(self, session: Session, item_id: str, ms: int) -> None:
        session.say(
            "conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=ms
        )

    def test_sound_is_cut_and_words_deleted(self) -> None:
        session, item_id = self.spoken()
        self.truncate(session, item_id, 120)
        assert session.one("conversation.item.truncated")["audio_end_ms"] == 120
        session.say("conversation.item.retrieve", item_id=item_id)
        part = session.one("conversation.item.retrieved")["item"]["content"][0]
        assert decode(base64.b64decode(part["audio"]), PCM).duration_ms == 120
        assert part["transcript"] is None

    def test_past_the_end(self) -> None:
        session, item_id = self.spoken()
        self.truncate(session, item_id, 501)
        assert session.error()["message"] == "Audio content of 500ms is already shorter than 501ms"

    def test_of_anything_but_the_assistants_sound(self) -> None:
        session = manual()
        session.append(500)
        session.say("input_audio_buffer.commit")
        self.truncate(session, session.one("input_audio_buffer.committed")["item_id"], 10)
        assert session.error()["code"] == "unsupported_content_type"

    def test_below_zero_and_unknown(self) -> None:
        session, item_id = self.spoken()
        self.truncate(session, item_id, -1)
        assert session.error()["code"] == "integer_below_min_value"
        session.clear()
        self.truncate(session, "nobody", 0)
        assert session.error()["code"] == "item_truncate_invalid_item_id"


class TestResponses:
    def test_audio_and_words_go_together(self) -> None:
        session = manual(FakeEngine([Reply("one two three four five")]))
        session.ask()
        session.settle()
        words = [e["delta"] for e in session.all("response.output_audio_transcript.delta")]
        sounds = [e["delta"] for e in session.all("response.output_audio.delta")]
        assert "".join(words) == "one two three four five"
        assert [len(base64.b64decode(sound)) for sound in sounds] == [9_600, 9_600, 4_800]
        kinds = [kind for kind in session.types if kind.endswith(".delta")]
        assert kinds == [
            "response.output_audio_transcript.delta",
            "response.output_audio.delta",
        ] * 3

    def test_deltas_come_faster_than_they_play(self) -> None:
        session = manual(FakeEngine([Reply("word " * 50)]), output_speed=4)
        session.ask()
        session.settle()
        times = [
            at
            for at, event in zip(session.times_ms, session.events, strict=True)
            if event["type"] == "response.output_audio.delta"
        ]
        assert times == [50.0 * k for k in range(25)]

    def test_all_at_once(self) -> None:
        session = manual(FakeEngine([Reply("word " * 50)]), output_speed=0)
        session.ask()
        assert session.all("response.done")

    def test_text(self) -> None:
        session = manual(FakeEngine([Reply("Here it is: ünïcode.")]))
        session.ask(output_modalities=["text"])
        session.settle()
        assert without_repeats(session.types[2:]) == [
            *MESSAGE_EVENTS,
            "response.output_text.delta",
            "response.output_text.done",
            *MESSAGE_END,
        ]
        assert session.one("response.output_text.done")["text"] == "Here it is: ünïcode."
        assert session.one("response.content_part.added")["part"] == {"type": "text", "text": ""}
        response = session.one("response.done")["response"]
        assert response["output"][0]["content"] == [
            {"type": "output_text", "text": "Here it is: ünïcode."}
        ]
        assert response["usage"]["output_token_details"] == {"text_tokens": 5, "audio_tokens": 0}

    def test_a_message_and_two_calls(self) -> None:
        calls = (PlannedCall("get_order", {"id": "4217"}), PlannedCall("get_order", "not json"))
        session = manual(FakeEngine([Reply("One moment.", calls)]))
        session.configure(tools=[TOOL])
        session.ask()
        session.settle()
        done = session.all("response.function_call_arguments.done")
        assert [json.loads(done[0]["arguments"]), done[1]["arguments"]] == [
            {"id": "4217"},
            "not json",
        ]
        assert done[0]["name"] == "get_order"
        deltas = session.all("response.function_call_arguments.delta")
        first = [event for event in deltas if event["call_id"] == done[0]["call_id"]]
        assert "".join(event["delta"] for event in first) == done[0]["arguments"]
        output = session.one("response.done")["response"]["output"]
        assert [item["type"] for item in output] == ["message", "function_call", "function_call"]
        assert [item["status"] for item in output] == ["completed"] * 3
        indexes = [e["output_index"] for e in session.all("response.output_item.added")]
        assert indexes == [0, 1, 2]
        added = session.all("response.output_item.added")[1]["item"]
        assert (added["arguments"], added["status"]) == ("", "in_progress")
        assert re.fullmatch(r"call_[A-Za-z0-9]{16}", added["call_id"])

    def test_the_events_of_a_call(self) -> None:
        session = manual(FakeEngine([Reply("", (PlannedCall("get_order", {}),))]))
        session.ask()
        session.settle()
        assert session.types[2:] == [
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.done",
            "rate_limits.updated",
        ]

    def test_an_output_is_answered_when_asked(self) -> None:
        engine = FakeEngine([Reply("", (PlannedCall("get_order", {}),)), Reply("Shipped.")])
        session = manual(engine)
        session.ask()
        session.settle()
        call_id = session.one("response.function_call_arguments.done")["call_id"]
        session.say(
            "conversation.item.create",
            item={"type": "function_call_output", "call_id": call_id, "output": "{}"},
        )
        assert len(session.all("response.created")) == 1
        session.say("response.create")
        session.settle()
        kinds = [item["type"] for item in engine.histories[1]]
        assert kinds == ["message", "function_call", "function_call_output"]
        assert session.one("response.output_audio_transcript.done")["transcript"] == "Shipped."

    def test_every_item_follows_the_one_before(self) -> None:
        session = manual()
        session.ask()
        session.settle()
        session.ask()
        session.settle()
        added = session.all("conversation.item.added")
        ids = [event["item"]["id"] for event in added]
        assert [event["previous_item_id"] for event in added] == [None, *ids[:-1]]
        done = session.all("conversation.item.done")
        assert [e["previous_item_id"] for e in done] == [None, *ids[:-1]]

    def test_only_one_at_a_time(self) -> None:
        session = manual(hold=True)
        session.ask()
        session.say("response.create", event_id="late")
        error = session.error()
        assert error["code"] == "conversation_already_has_active_response"
        assert error["event_id"] == "late"
        assert len(session.all("response.created")) == 1

    def test_out_of_band_runs_beside_it(self) -> None:
        session = manual(FakeEngine([Reply("side"), Reply("main")]), hold=True)
        session.write("hello")
        session.say(
            "response.create",
            response={
                "conversation": "none",
                "metadata": {"topic": "x"},
                "output_modalities": ["text"],
                "input": [],
            },
        )
        session.say("response.create")
        session.hold = False
        session.release()
        session.settle()
        side, main = [event["response"] for event in session.all("response.created")]
        assert side["conversation_id"] is None
        assert side["metadata"] == {"topic": "x"}
        assert re.fullmatch(r"conv_[A-Za-z0-9]{21}", main["conversation_id"])
        assert session.engine.histories[0] == []
        done = {event["response"]["id"]: event["response"] for event in session.all("response.done")}
        assert done[side["id"]]["output"][0]["content"][0]["text"] == "side"
        entered = [event["item"]["id"] for event in session.all("conversation.item.added")]
        assert done[side["id"]]["output"][0]["id"] not in entered
        assert done[main["id"]]["output"][0]["id"] in entered

    def test_input_may_refer_to_items(self) -> None:
        session = manual()
        session.write("one")
        item_id = session.one("conversation.item.done")["item"]["id"]
        session.write("two")
        new = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "three"}],
        }
        given = [{"type": "item_reference", "id": item_id}, new]
        session.say("response.create", response={"conversation": "none", "input": given})
        said = [item["content"][0]["text"] for item in session.engine.histories[0]]
        assert said == ["one", "three"]
        given[0]["id"] = "nobody"
        session.say("response.create", response={"conversation": "none", "input": given})
        assert session.error()["param"] == "response.input[0].id"

    def test_a_malformed_one_is_refused(self) -> None:
        session = manual()
        session.say("response.create", response={"temperature": 1})
        assert session.error()["param"] == "response.temperature"
        assert not session.all("response.created")

    def test_overrides_hold_for_one_response(self) -> None:
        seen: list[Mapping[str, Any]] = []

        class Curious(FakeEngine):
            def respond(
                self, history: Sequence[Mapping[str, Any]], session: Mapping[str, Any]
            ) -> Reply:
                seen.append(session)
                return Reply("ok")

        session = manual(Curious())
        session.ask(instructions="Be rude.", tools=[TOOL], max_output_tokens=100)
        session.settle()
        session.ask()
        assert [s["instructions"] == "Be rude." for s in seen] == [True, False]
        assert [len(s["tools"]) for s in seen] == [1, 0]
        assert session.all("response.created")[0]["response"]["max_output_tokens"] == 100

    def test_cancel(self) -> None:
        session = manual(FakeEngine([Reply("word " * 100)]))
        session.ask()
        session.pass_ms(100)
        session.say("response.cancel")
        response = session.one("response.done")["response"]
        assert response["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        sent = sum(
            len(base64.b64decode(event["delta"]))
            for event in session.all("response.output_audio.delta")
        )
        assert sent == 6 * 9_600
        assert response["usage"]["output_token_details"]["audio_tokens"] == 24
        session.settle()
        assert len(session.all("response.done")) == 1

    @pytest.mark.parametrize("fields", [{}, {"response_id": "resp_none"}])
    def test_nothing_to_cancel(self, fields: dict[str, str]) -> None:
        session = manual()
        session.say("response.cancel", **fields)
        assert session.error()["code"] == "response_cancel_not_active"

    def test_the_engines_failure_is_the_responses(self) -> None:
        session = manual(FakeEngine([RuntimeError("no mind"), Reply("better")]))
        session.ask()
        response = session.one("response.done")["response"]
        assert response["status"] == "failed"
        assert response["status_details"]["error"]["type"] == "server_error"
        assert not session.all("error")
        session.ask()
        session.settle()
        assert session.last("response.done")["response"]["status"] == "completed"

    def test_required_without_tools_fails(self) -> None:
        session = manual()
        session.ask(tool_choice="required")
        assert session.one("response.done")["response"]["status"] == "failed"

    def test_a_limit_cuts_the_answer(self) -> None:
        session = manual(FakeEngine([Reply("word " * 100)]))
        session.ask(max_output_tokens=40)
        session.settle()
        response = session.one("response.done")["response"]
        assert response["status"] == "incomplete"
        assert response["status_details"]["reason"] == "max_output_tokens"
        assert response["output"][0]["status"] == "incomplete"
        assert 30 <= response["usage"]["output_tokens"] <= 40

    def test_nothing_to_say(self) -> None:
        session = manual(FakeEngine([Reply("")]))
        session.ask()
        response = session.one("response.done")["response"]
        assert (response["status"], response["output"]) == ("completed", [])

    def test_deleting_the_item_being_spoken(self) -> None:
        session = manual(FakeEngine([Reply("word " * 50)]))
        session.ask()
        item_id = session.last("conversation.item.added")["item"]["id"]
        session.say("conversation.item.delete", item_id=item_id)
        session.settle()
        assert session.one("response.done")["response"]["status"] == "completed"


class TestDeclaredBehaviour:
    def declared(self, **behaviour: Any) -> Session:
        class Declared:
            def behaviour(self, turn: int, response: int) -> Behaviour:
                return Behaviour(**behaviour) if response == 0 else Behaviour()

        return manual(conduct=Declared())

    def test_first_output_at_its_time(self) -> None:
        session = self.declared(first_output_ms=400)
        session.pass_ms(1_000)
        session.ask()
        session.settle()
        at = session.types.index("response.output_audio.delta")
        assert session.times_ms[at] == 1_400
        assert session.times_ms[session.types.index("response.created")] == 1_000

    def test_a_request_that_is_ignored(self) -> None:
        session = self.declared(ignores_request=True)
        session.ask()
        session.settle()
        assert not session.all("response.created")
        session.say("response.create")
        session.settle()
        assert session.all("response.done")

    def test_a_connection_that_drops(self) -> None:
        session = self.declared(disconnects=True, first_output_ms=50)
        session.ask()
        assert session.closed is None
        session.pass_ms(50)
        assert session.closed is not None
        assert session.closed.code == 1011

    def test_cancelled_before_its_time(self) -> None:
        session = self.declared(first_output_ms=400)
        session.ask()
        session.say("response.cancel")
        session.settle()
        assert not session.all("response.output_audio.delta")


class TestUsage:
    def test_the_whole_context_is_billed_again_and_the_known_part_is_cached(self) -> None:
        session = manual(FakeEngine([Reply("x" * 40), Reply("y")]))
        session.configure(instructions="i" * 400)
        session.append(2_050)
        session.say("input_audio_buffer.commit")
        session.say("response.create")
        session.settle()
        session.ask("t" * 80)
        session.settle()
        first, second = [event["response"]["usage"] for event in session.all("response.done")]
        assert first["input_token_details"]["text_tokens"] == 100
        assert first["input_token_details"]["audio_tokens"] == 21
        assert first["input_token_details"]["cached_tokens"] == 0
        assert first["output_token_details"] == {"text_tokens": 10, "audio_tokens": 2}
        assert second["input_token_details"]["text_tokens"] == 100 + 10 + 20
        assert second["input_token_details"]["audio_tokens"] == 21 + 2
        assert second["input_token_details"]["cached_tokens_details"] == {
            "text_tokens": 100,
            "audio_tokens": 21,
            "image_tokens": 0,
        }
        for usage in (first, second):
            assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]

    def test_other_instructions_break_the_cache(self) -> None:
        session = manual()
        session.ask()
        session.settle()
        session.configure(instructions="other")
        session.ask()
        session.settle()
        usage = session.last("response.done")["response"]["usage"]
        assert usage["input_token_details"]["cached_tokens"] == 0

    def test_rate_limits(self) -> None:
        session = manual()
        session.ask()
        session.settle()
        (limit,) = session.one("rate_limits.updated")["rate_limits"]
        assert limit["name"] == "tokens"
        assert limit["remaining"] < limit["limit"]


class TestTranscriptionSession:
    def test_it_listens_and_never_answers(self) -> None:
        session = Session(kind="transcription")
        shown = session.one("session.created")["session"]
        assert shown["object"] == "realtime.transcription_session"
        assert "model" not in shown
        session.say(
            "session.update",
            session={
                "type": "transcription",
                "audio": {"input": {"transcription": {"model": "whisper-1"}}},
            },
        )
        assert session.all("session.updated")
        session.stream(1_000, 4_000)
        session.stream(600)
        session.settle()
        assert session.one("conversation.item.input_audio_transcription.completed")
        assert not session.all("response.created")
        session.say("response.create")
        assert session.error()["param"] == "type"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                ("stream", 200, 0),
                ("stream", 300, 4_000),
                ("stream", 700, 0),
                ("create",),
                ("cancel",),
                ("commit",),
                ("clear",),
                ("text",),
                ("hold",),
                ("release",),
                ("wait",),
            ]
        ),
        max_size=25,
    )
)
def test_whatever_the_client_does_each_response_ends_once(steps: list[tuple[Any, ...]]) -> None:
    session = Session(FakeEngine(replies=[Reply("word " * 20)] * 5))
    for kind, *arguments in steps:
        match kind:
            case "stream":
                session.stream(*arguments)
            case "create":
                session.say("response.create")
            case "cancel":
                session.say("response.cancel")
            case "commit" | "clear":
                session.say(f"input_audio_buffer.{kind}")
            case "text":
                session.write("hello")
            case "hold":
                session.hold = True
            case "release":
                session.hold = False
                session.release()
            case "wait":
                session.pass_ms(300)
    session.hold = False
    session.release()
    session.stream(1_000)
    session.settle()
    created = [event["response"]["id"] for event in session.all("response.created")]
    done = [event["response"]["id"] for event in session.all("response.done")]
    assert created == done
    assert len(session.all("response.output_item.added")) == len(
        session.all("response.output_item.done")
    )
    event_ids = [event["event_id"] for event in session.events]
    assert len(set(event_ids)) == len(event_ids)
