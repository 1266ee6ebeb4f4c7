"""Turn timing: from the caller's last sample to the first sound, and when a figure is no figure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.recordings import RecordingBuilder, call, hush, join, tone
from tests.scoring.played import SPEC, scored

SAY = {"say": {"audio": "a.wav", "text": "hello", "speech_ms": [[0, 900]]}}
SPEECH = [[0, 900]]


def asked(**session: Any) -> RecordingBuilder:
    """The caller has spoken until 900 ms; it is 1000 ms now."""
    return RecordingBuilder().session(**session).turn(0).say(0, 1000, SPEECH)


def only(metric: str, builder: RecordingBuilder, turn: dict[str, Any] = SAY) -> Any:
    (score,) = scored(metric, [turn], builder)
    return score


def test_voice_to_voice_ends_with_the_first_audible_sample() -> None:
    sound = join(hush(200), tone(300))
    builder = asked().at(1500).created("r").at(1700).audio("r", sound).done("r")
    assert only("v2v", builder).value == pytest.approx(1000, abs=21)
    assert only("v2v_first_byte", builder).value == 800


def test_playback_stalls_until_the_next_piece_comes() -> None:
    builder = asked().created("r").at(1100).audio("r", hush(50)).at(1600).audio("r", tone(100))
    assert only("v2v", builder.done("r")).value == 700


def test_an_answer_before_the_caller_had_finished_is_negative_and_says_so() -> None:
    builder = RecordingBuilder().session().turn(0).created("r").at(500).audio("r", tone(100))
    builder.done("r").at(0).say(0, 1000, SPEECH)
    score = only("v2v", builder)
    assert score.value == -400
    assert score.detail == {"premature": True}


def test_a_turn_with_calls_is_told_apart_and_ends_with_the_answer_after_them() -> None:
    builder = asked().created("a").audio("a", tone(100)).done("a", calls=[call("get_order")])
    builder.after(10).tool_output("call-1")
    builder.at(2000).created("b").audio("b", tone(100)).done("b")
    assert only("v2v_tool", builder).value == 1100
    assert scored("v2v", [SAY], builder) == []


@pytest.mark.parametrize("silent", ["nothing", "words only", "silence", "a call and no more"])
def test_a_turn_that_heard_nothing_is_censored_at_the_timeout(silent: str) -> None:
    builder = asked()
    metric = "v2v"
    match silent:
        case "words only":
            builder.answer("r", "Hello.")
        case "silence":
            builder.answer("r", "Hello.", hush(500))
        case "a call and no more":
            builder.answer("r", calls=[call("get_order")])
            metric = "v2v_tool"
    score = only(metric, builder)
    assert score.value is None
    assert score.detail == {"censored_ms": SPEC.response_timeout_ms}


def test_a_session_that_answers_in_text_has_no_first_audio() -> None:
    builder = asked(output_modalities=["text"]).answer("r", "Hello.")
    assert scored("v2v", [SAY], builder) == []
    assert only("response_rate", builder).value == 1


def test_a_turn_answers_to_the_session_as_it_was_then() -> None:
    later = asked().turn_ended(0).after(10).session(output_modalities=["text"])
    assert only("v2v", later).detail == {"censored_ms": SPEC.response_timeout_ms}


def test_a_turn_that_wants_no_answer_has_no_first_audio() -> None:
    turn = {**SAY, "expect": {"response": False}}
    assert scored("v2v", [turn], asked()) == []
    assert scored("response_rate", [turn], asked()) == []


def test_late_audio_of_ours_makes_no_figure() -> None:
    builder = RecordingBuilder().session().turn(0).say(0, 1000, SPEECH, late_ms=20.5)
    score = only("v2v", builder.answer("r", "", tone(100)))
    assert (score.value, score.detail) == (None, {"invalid": "the caller's audio was 20.5 ms late"})
    assert scored("endpoint_delay", [SAY], builder) == []


def test_a_stalled_harness_makes_no_figure() -> None:
    builder = asked().mark("loop_lag", detail={"ms": 51.0}).answer("r", "", tone(100))
    assert only("v2v", builder).detail == {"invalid": "the harness stalled for 51.0 ms"}


def test_audio_sent_at_full_speed_makes_no_figure() -> None:
    builder = RecordingBuilder(realtime=False).session().turn(0).say(0, 1000, SPEECH, paced=False)
    score = only("v2v", builder.answer("r", "", tone(100)))
    assert score.detail == {"invalid": "audio was not paced"}


def test_a_turn_that_was_not_played_has_no_figure_and_no_answer() -> None:
    builder = RecordingBuilder().session()
    assert only("v2v", builder).detail == {"invalid": "the turn was not played"}
    assert only("response_rate", builder).value == 0


def test_the_servers_steps() -> None:
    builder = asked().at(1400).heard("a", "hello", start_ms=0, end_ms=1300).at(1450)
    builder.client("response.create").at(1500).created("r").at(1650).audio("r", tone(100))
    builder.done("r")
    assert only("endpoint_delay", builder).value == 500
    assert only("transcript_delay", builder).value == 500
    assert only("create_to_created", builder).value == 50
    assert only("ttft", builder).value == 150
    assert only("ttfa", builder).value == 150
    assert only("session_ready", builder).value == 0


@pytest.mark.parametrize(("committed_ms", "cut"), [(750, 1.0), (850, 0.0), (1200, 0.0)])
def test_cut_off_is_an_end_well_before_the_last_word(committed_ms: int, cut: float) -> None:
    """A margin of 100 ms: annotations of speech are not better than that."""
    builder = RecordingBuilder().session().turn(0).at(committed_ms).heard("a", "hel")
    builder.at(0).say(0, 1000, SPEECH)
    assert only("caller_cut_off", builder).value == cut


def test_silence_that_is_answered() -> None:
    silence = {"silence": {"ms": 1000}}
    quiet = RecordingBuilder().session().turn(0, "silence").say(0, 1000)
    assert only("unprompted_response_rate", quiet, silence).value == 0
    loud = RecordingBuilder().session().turn(0, "silence").say(0, 1000).answer("r", "Yes?")
    assert only("unprompted_response_rate", loud, silence).value == 1
    assert scored("v2v", [silence], loud) == []


def test_a_turn_heard_in_pieces_ends_with_the_last_of_them() -> None:
    builder = asked().at(1200).heard("a", "hel", start_ms=0, end_ms=500)
    builder.at(1400).heard("b", start_ms=600, end_ms=950).at(1600).transcribed("b", "lo")
    assert only("endpoint_delay", builder).value == 500
    assert only("transcript_delay", builder).value == 700


def test_steps_of_generation_are_the_first_response_s() -> None:
    builder = asked().at(1500).created("a").at(1700).done("a", calls=[call("get_order")])
    builder.at(2000).created("b").at(2100).audio("b", tone(100)).done("b")
    assert scored("ttft", [SAY], builder) == []
    again = asked().at(1500).created("a").at(1600).audio("a", tone(100)).done("a")
    again.created("b").at(2100).audio("b", tone(100)).done("b")
    assert only("ttft", again).value == 100
