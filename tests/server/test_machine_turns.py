"""The server's machine as transcripts: spoken turns, manual turns, input transcripts."""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np
import pytest

from evalharness.audio.formats import AudioFormat, decode
from evalharness.server.engine import (
    Behaviour,
    Reply,
    Undisturbed,
)
from tests.server.machine_client import (
    MESSAGE_END,
    MESSAGE_EVENTS,
    FakeEngine,
    Session,
    manual,
    without_repeats,
)


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

    @pytest.mark.parametrize("audio", ["%%%", "abc", "ä", "AAA A", "AA== "])
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
        class Slow(Undisturbed):
            def behaviour(self, turn: int, response: int) -> Behaviour:  # noqa: ARG002
                return Behaviour(transcript_delay_ms=700)

        session = self.turn(FakeEngine(), conduct=Slow())
        session.settle()
        at = session.types.index(f"{self.NAME}.completed")
        assert session.times_ms[at] == 700
