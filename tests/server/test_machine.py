"""The server's machine: its session, what it cannot read, and that nothing breaks it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalharness.server.engine import (
    Reply,
)
from tests.server.machine_client import (
    TOOL,
    FakeEngine,
    Session,
    manual,
)


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
        session.configure(
            audio={"input": {"turn_detection": {**vad, "threshold": 0.2}}}, tools=[TOOL]
        )
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
        assert session.close_code() is None
        session.pass_ms(1)
        assert session.error()["code"] == "session_expired"
        assert session.close_code() == 1001


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
    @given(st.text(st.characters() | st.characters(categories=["Cs"])))
    def test_strings_survive(self, words: str) -> None:
        session = manual()
        session.write(words)
        added = session.one("conversation.item.added")
        assert added["item"]["content"][0]["text"] == words


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
