"""The caller's side of conversations, as transcripts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.session.caller import VAD, Caller

SAY: dict[str, Any] = {"say": {"audio": "a.wav", "text": "hello", "speech_ms": [[0, 900]]}}
TEXT: dict[str, Any] = {"text": "hello"}
SILENCE: dict[str, Any] = {"silence": {"ms": 500}}
ORDER = {"name": "get_order", "output": {"status": "shipped"}}


def outcome(caller: Caller) -> tuple[str, str]:
    found = caller.machine.outcome
    assert found is not None
    assert caller.closed or found.kind == "lost"
    return found.kind, found.code


# Beginning


def test_the_session_is_configured_before_anything_is_said() -> None:
    caller = Caller(SAY, session={"type": "realtime", "instructions": "Be brief."})
    assert caller.types() == []
    caller.server("session.created", event_id="e", session={"type": "realtime"})
    (update,) = caller.sent()
    assert update["type"] == "session.update"
    assert update["session"] == {"type": "realtime", "instructions": "Be brief."}
    assert caller.playing == []
    caller.server(
        "session.updated", event_id="e", session={"audio": {"input": {"turn_detection": VAD}}}
    )
    assert [play.turn for play in caller.playing] == [0]
    assert caller.playing[0].detail == {"speech_ms": [[0, 900]]}
    assert caller.microphone is True


def test_a_server_that_never_begins_is_given_up() -> None:
    caller = Caller(SAY).wait(14_999)
    assert not caller.closed
    assert outcome(caller.wait(1)) == ("no_session", "")


def test_an_update_that_is_never_answered_is_a_problem_but_no_end() -> None:
    caller = Caller(SAY).server("session.created", event_id="e", session={})
    caller.wait(15_000)
    assert caller.problems() == ["session.update was not answered"]
    assert len(caller.playing) == 1


def test_a_refused_session_ends_with_the_servers_reason() -> None:
    caller = Caller(SAY).server("session.created", event_id="e", session={})
    (update,) = caller.sent()
    caller.error("unknown_parameter", update["event_id"])
    assert outcome(caller) == ("refused", "unknown_parameter")


def test_an_update_in_mid_session_does_not_begin_again() -> None:
    caller = Caller(SAY).begin()
    caller.server("session.updated", event_id="e", session={})
    assert len(caller.playing) == 1


# Turns with the server's VAD


def test_a_turn_ends_when_its_answer_has_been_heard() -> None:
    caller = Caller(SAY, TEXT).begin().wait(1000).spoken().wait(500).hears()
    caller.wait(100).responds().says(2000).done()
    assert caller.ended() == []
    caller.wait(1999)
    assert caller.ended() == []
    caller.wait(1)
    assert caller.ended() == [(0, "answered")]
    assert caller.types() == ["conversation.item.create", "response.create"]


def test_audio_that_comes_late_plays_late() -> None:
    caller = Caller(SAY).begin().spoken().hears().responds().says(100)
    caller.wait(5_000).says(100).done().wait(99)
    assert caller.ended() == []
    assert caller.wait(1).ended() == [(0, "answered")]


def test_speech_soon_after_a_short_answer_still_belongs_to_the_turn() -> None:
    caller = Caller(SAY).begin().spoken().hears().responds().done().wait(299)
    assert caller.ended() == []
    caller.server("input_audio_buffer.speech_started", event_id="e", item_id="i2", audio_start_ms=0)
    assert caller.wait(1000).ended() == []


def test_an_answer_that_came_while_the_caller_spoke_counts() -> None:
    caller = Caller(SAY).begin().hears().responds().done().wait(1000).spoken()
    assert caller.wait(300).ended() == [(0, "answered")]


def test_no_answer_ends_the_turn_at_the_timeout() -> None:
    caller = Caller(SAY, SAY).begin().wait(1000).spoken().wait(14_999)
    assert caller.ended() == []
    caller.wait(1)
    assert caller.ended() == [(0, "no_response")]
    assert [play.turn for play in caller.playing] == [1]


def test_an_answer_that_stops_half_way_ends_the_turn_at_the_timeout() -> None:
    caller = Caller(SAY).begin().spoken().hears().responds().wait(10_000).says(20)
    assert caller.wait(14_999).ended() == []
    assert caller.wait(1).ended() == [(0, "timeout")]


def test_a_vad_that_does_not_answer_is_asked_to() -> None:
    caller = Caller(SAY).begin(turn_detection={"type": "server_vad", "create_response": False})
    caller.spoken().hears()
    assert caller.types() == ["response.create"]


def test_silence_is_over_when_nobody_answers() -> None:
    caller = Caller(SILENCE).begin().spoken()
    assert caller.wait(299).ended() == []
    assert caller.wait(1).ended() == [(0, "silence_over")]


def test_an_answer_to_silence_is_heard_out() -> None:
    caller = Caller(SILENCE).begin().hears().responds().says(900).done().spoken()
    assert caller.wait(899).ended() == []
    assert caller.wait(1).ended() == [(0, "answered")]


def test_a_turn_that_should_not_be_answered_is_listened_after() -> None:
    caller = Caller({**SAY, "expect": {"response": False}}).begin().spoken()
    assert caller.wait(1_999).ended() == []
    assert caller.wait(1).ended() == [(0, "silence_over")]


def test_an_interrupted_answer_is_truncated_where_it_was_heard() -> None:
    caller = Caller(SAY, SAY).begin().spoken().hears().responds().says(2000).wait(700)
    caller.server("input_audio_buffer.speech_started", event_id="e", item_id="i2", audio_start_ms=0)
    (truncate,) = caller.sent()
    assert truncate["type"] == "conversation.item.truncate"
    assert (truncate["item_id"], truncate["audio_end_ms"]) == ("a1", 700)


# Manual turns


def test_manual_turns_are_committed_and_asked_for() -> None:
    caller = Caller(SAY).begin(turn_detection=None)
    assert caller.microphone is False
    assert caller.types() == []
    caller.spoken()
    assert caller.types() == ["input_audio_buffer.commit", "response.create"]
    caller.responds().says(500).done().wait(500)
    assert caller.ended() == [(0, "answered")]


def test_silence_is_not_committed() -> None:
    assert Caller(SILENCE).begin(turn_detection=None).spoken().types() == []


# Typed text


def test_typed_text_is_an_item_and_a_request() -> None:
    caller = Caller(TEXT)
    caller.server("session.created", event_id="e", session={})
    caller.server("session.updated", event_id="e", session={})
    _, item, create = caller.sent()
    assert item["item"]["content"] == [{"type": "input_text", "text": "hello"}]
    assert create["type"] == "response.create"


# Function calls


def call(call_id: str = "c1", name: str = "get_order", arguments: str = "{}") -> dict[str, Any]:
    return {"name": name, "call_id": call_id, "arguments": arguments}


def test_several_calls_are_answered_by_one_request() -> None:
    caller = Caller(SAY, results=[ORDER]).begin().spoken().hears().responds()
    caller.done("r1", call("c1"), call("c2"))
    first, second, create = caller.sent()
    assert [one["item"]["call_id"] for one in (first, second)] == ["c1", "c2"]
    assert first["item"]["output"] == '{"status": "shipped"}'
    assert create["type"] == "response.create"
    assert caller.responds("r2").says(100).done("r2").wait(300).ended() == [(0, "answered")]


def test_a_slow_tool_holds_up_the_request_but_not_the_other_outputs() -> None:
    slow = {"name": "slow", "output": "done", "delay_ms": 400}
    caller = Caller(SAY, results=[ORDER, slow]).begin().spoken().hears().responds()
    caller.done("r1", call("c1"), call("c2", "slow"))
    assert [one["item"]["call_id"] for one in caller.sent()] == ["c1"]
    caller.wait(399)
    assert caller.types() == []
    caller.wait(1)
    output, create = caller.sent()
    assert output["item"]["output"] == "done"
    assert create["type"] == "response.create"


def test_a_request_waits_for_a_response_in_progress() -> None:
    caller = Caller(SAY, results=[ORDER]).begin().spoken().hears().responds().responds("other")
    caller.done("r1", call())
    assert caller.types() == ["conversation.item.create"]
    caller.done("other")
    assert caller.types() == ["response.create"]


def test_a_response_of_the_servers_own_answers_outputs_that_waited_for_one() -> None:
    caller = Caller(SAY, results=[ORDER]).begin().spoken().hears().responds().responds("other")
    caller.done("r1", call()).sent()
    caller.responds("third").done("other").done("third").wait(1000)
    assert caller.types() == []


def test_a_request_that_lost_a_race_is_made_again() -> None:
    caller = Caller(SAY, results=[ORDER]).begin().spoken().hears().responds().done("r1", call())
    create = caller.sent()[-1]
    caller.responds("theirs").error("conversation_already_has_active_response", create["event_id"])
    assert caller.types() == []
    assert caller.done("theirs").types() == ["response.create"]


def test_calls_of_a_cancelled_response_are_not_answered() -> None:
    caller = Caller(SAY, results=[ORDER]).begin().spoken().hears().responds()
    assert caller.done("r1", call(), status="cancelled").types() == []


def test_a_call_without_a_result_gets_an_error_and_is_told() -> None:
    caller = Caller(SAY).begin().spoken().hears().responds().done("r1", call(name="fly"))
    output, _ = caller.sent()
    assert "declares no result" in output["item"]["output"]
    assert caller.problems() == ["the dataset has no result for this call of fly"]


def test_unpaced_sessions_wait_for_no_tool_and_no_playback() -> None:
    slow = {"name": "slow", "output": "done", "delay_ms": 400}
    caller = Caller(SAY, results=[slow], realtime=False).begin().spoken().hears().responds()
    caller.done("r1", call("c1", "slow"))
    assert caller.types() == ["conversation.item.create", "response.create"]
    assert caller.responds("r2").says(5_000).done("r2").ended() == [(0, "answered")]


# The end


def test_a_session_is_over_when_the_transcripts_have_come() -> None:
    transcription = {"model": "gpt-transcribe"}
    caller = Caller(SAY).begin(transcription=transcription).spoken().hears("i1").responds()
    caller.done().wait(300)
    assert caller.ended() == [(0, "answered")]
    assert not caller.closed
    name = "conversation.item.input_audio_transcription.completed"
    caller.server(name, event_id="e", item_id="i1", content_index=0, transcript="hello", usage={})
    assert outcome(caller) == ("finished", "")


def test_a_transcript_that_never_comes_is_not_waited_for_long() -> None:
    caller = Caller(SAY).begin(transcription={"model": "m"}).spoken().hears().responds()
    caller.done().wait(300 + 4_999)
    assert not caller.closed
    assert outcome(caller.wait(1)) == ("finished", "")


@pytest.mark.parametrize("code", ["insufficient_quota", "session_expired"])
def test_errors_after_which_a_server_does_no_more(code: str) -> None:
    assert outcome(Caller(SAY).begin().error(code)) == ("fatal", code)


def test_other_errors_are_the_servers_business() -> None:
    caller = Caller(SAY).begin().error("something").spoken().hears().responds().done().wait(300)
    assert outcome(caller) == ("finished", "")


def test_a_lost_connection() -> None:
    caller = Caller(SAY).begin()
    caller.machine.closed(1011, "", 5)
    assert outcome(caller) == ("lost", "1011")


def test_a_close_after_the_end_changes_nothing() -> None:
    caller = Caller(TEXT).begin().responds().done().wait(300)
    caller.machine.closed(1000, "", 5)
    assert outcome(caller) == ("finished", "")


def test_nonsense_is_noted_and_the_session_goes_on() -> None:
    caller = Caller(SAY).begin().text("this is no JSON").text('{"type":"brand.new"}')
    caller.server("response.done", event_id="e", response=7)
    assert len(caller.problems()) == 2
    assert caller.problems()[0].startswith("a frame that is no event")
    caller.spoken().hears().responds().done().wait(300)
    assert outcome(caller) == ("finished", "")


def test_event_ids_are_never_used_twice() -> None:
    caller = Caller(TEXT, TEXT)
    caller.server("session.created", event_id="e", session={})
    caller.server("session.updated", event_id="e", session={})
    caller.responds().done().wait(300)
    ids = [event["event_id"] for event in caller.sent()]
    assert len(ids) == 5
    assert len(set(ids)) == 5
