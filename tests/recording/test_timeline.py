"""What a recording says, read turn by turn; odd, broken and unfinished recordings included."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalharness.recording.reading import build_timeline
from evalharness.recording.recording import Recording
from evalharness.recording.timeline import FunctionCall, InputItem, Response, Timeline
from tests.recordings import RecordingBuilder, call, hush, tone

MS = 1_000_000
TOOL = {"type": "function", "name": "get_order"}


def read(builder: RecordingBuilder) -> Timeline:
    return build_timeline(builder.build())


def one_response(builder: RecordingBuilder) -> Response:
    responses = [response for turn in read(builder).turns for response in turn.responses]
    assert len(responses) == 1
    return responses[0]


def one_input(builder: RecordingBuilder) -> InputItem:
    inputs = [item for turn in read(builder).turns for item in turn.inputs]
    assert len(inputs) == 1
    return inputs[0]


def calls(builder: RecordingBuilder) -> Sequence[FunctionCall]:
    return one_response(builder).calls


def two_turns() -> RecordingBuilder:
    """Clip 0 lies on the input axis from 0 to 1 s, clip 1 from 3 s to 4 s."""
    builder = RecordingBuilder().session().turn(0).say(0, 1000, [[100, 900]])
    builder.microphone(2000)
    return builder.turn_ended(0).turn(1).say(1, 1000, [[200, 800]])


# Turns and clips


def test_a_turn_as_its_marks_tell() -> None:
    builder = RecordingBuilder().at(100).turn(0).say(0, 1000, [[200, 900]]).at(2000).turn_ended(0)
    (turn,) = read(builder).turns
    assert (turn.index, turn.kind, turn.end_reason) == (0, "say", "answered")
    assert (turn.started_ns, turn.ended_ns) == (100 * MS, 2000 * MS)
    assert turn.clip is not None
    assert (turn.clip.start_sample, turn.clip.end_sample) == (0, 24_000)
    assert turn.clip.speech_ms == ((200, 900),)
    assert (turn.clip.started_ns, turn.clip.ended_ns) == (100 * MS, 1100 * MS)
    # 900 ms of sound after the microphone opened at 100 ms.
    assert turn.clip.speech_end_ns == 1000 * MS


@pytest.mark.parametrize("end_ms", [981, 990, 1000])
def test_speech_that_ends_in_the_last_chunk(end_ms: int) -> None:
    """Also at its very end: the chunk that holds the last sound counts, not the one after it."""
    builder = RecordingBuilder().turn(0).say(0, 1000, [[0, end_ms]])
    builder.at(60_000).turn(1).say(1, 1000, [[0, end_ms]], late_ms=70)
    first, second = read(builder).turns
    assert first.clip is not None
    assert second.clip is not None
    assert first.clip.speech_end_ns == end_ms * MS
    assert first.clip.lateness_ms == 0
    assert second.clip.speech_end_ns == (60_000 + end_ms + 70) * MS
    assert second.clip.lateness_ms == 70


def test_a_clip_that_was_cut_off_has_no_speech_end() -> None:
    builder = RecordingBuilder().turn(0)
    detail = {"start_sample": 0, "samples": 24_000, "rate": 24_000, "speech_ms": [[0, 900]]}
    builder.mark("clip_started", 0, detail).microphone(500)
    (turn,) = build_timeline(builder.build(finished=False)).turns
    assert turn.clip is not None
    assert turn.clip.speech_end_ns is None
    assert (turn.ended_ns, turn.end_reason) == (None, "cut off")


def test_the_worst_lag_of_each_turn() -> None:
    builder = RecordingBuilder().turn(0).mark("loop_lag", detail={"ms": 7.5})
    builder.after(10).mark("loop_lag", detail={"ms": 60.0}).after(10).turn_ended(0)
    builder.after(10).turn(1).mark("loop_lag", detail={"ms": 5.5}).after(10).turn_ended(1)
    assert [turn.loop_lag_ms_max for turn in read(builder).turns] == [60.0, 5.5]


# Whose is it


def test_inputs_go_to_the_clip_they_overlap_most_whenever_they_were_committed() -> None:
    builder = two_turns()
    # The first item is committed late, when turn 1 has long begun.
    builder.heard("late", "one", start_ms=0, end_ms=1500)
    builder.heard("second", "two", start_ms=2900, end_ms=4300)
    first, second = read(builder).turns
    assert [item.item_id for item in first.inputs] == ["late"]
    assert [item.item_id for item in second.inputs] == ["second"]


def test_an_input_that_overlaps_no_clip_goes_by_time() -> None:
    builder = RecordingBuilder().turn(0).say(0, 1000, [[0, 900]]).microphone(3000)
    builder.heard("cough", start_ms=2000, end_ms=2500)
    assert one_input(builder).turn == 0


def test_manual_commits_go_by_time() -> None:
    builder = RecordingBuilder().turn(0).say(0, 500).heard("a").turn_ended(0)
    builder.after(10).turn(1).say(1, 500).heard("b")
    assert [[item.item_id for item in turn.inputs] for turn in read(builder).turns] == [
        ["a"],
        ["b"],
    ]


def test_without_positions_an_input_goes_by_its_commit_and_without_one_by_its_start() -> None:
    builder = RecordingBuilder().turn(0).say(0, 500)
    for item in ("both", "start only"):
        builder.server("input_audio_buffer.speech_started", item_id=item)
    builder.turn_ended(0).after(10).turn(1).heard("both")
    assert [[item.item_id for item in turn.inputs] for turn in read(builder).turns] == [
        ["start only"],
        ["both"],
    ]


def test_one_turn_in_several_items_is_in_spoken_order() -> None:
    builder = RecordingBuilder().turn(0).say(0, 2000, [[0, 1900]])
    builder.heard("second", "two", start_ms=1000, end_ms=2000)
    builder.heard("first", "one", start_ms=0, end_ms=900)
    (turn,) = read(builder).turns
    assert [item.transcript for item in turn.inputs] == ["one", "two"]


def test_responses_go_to_the_turn_in_which_they_were_created() -> None:
    builder = RecordingBuilder().answer("greeting").after(10).turn(0, "text").answer("r0")
    builder.after(10).turn_ended(0).after(10).answer("between").after(10).turn(1, "text")
    builder.answer("r1")
    timeline = read(builder)
    assert [[one.response_id for one in turn.responses] for turn in timeline.turns] == [
        ["r0", "between"],
        ["r1"],
    ]
    assert [one.response_id for one in timeline.unattributed_responses] == ["greeting"]


def test_what_came_before_the_first_turn_belongs_to_none() -> None:
    timeline = read(RecordingBuilder().heard("early", "hm").at(5).turn(0))
    assert [item.item_id for item in timeline.unattributed_inputs] == ["early"]
    assert timeline.turns[0].inputs == []


# Transcripts of the caller


def test_a_transcript_may_come_after_the_response() -> None:
    builder = RecordingBuilder().turn(0).say(0, 100).heard("a").answer("r").after(900)
    item = one_input(builder.transcribed("a", "hello", {"type": "duration", "seconds": 2}))
    assert item.transcript == "hello"
    assert item.transcript_ns == 1000 * MS
    assert item.transcription_usage == {"type": "duration", "seconds": 2}


def deltas(builder: RecordingBuilder, *texts: str) -> RecordingBuilder:
    for text in texts:
        name = "conversation.item.input_audio_transcription.delta"
        builder.server(name, item_id="a", content_index=0, delta=text)
    return builder


def test_pieces_of_a_transcript_that_was_never_completed() -> None:
    item = one_input(deltas(RecordingBuilder().turn(0).heard("a"), "he", "llo"))
    assert (item.transcript, item.transcript_ns) == ("hello", None)


def test_a_completed_transcript_replaces_its_pieces() -> None:
    builder = deltas(RecordingBuilder().turn(0).heard("a"), "hel", "lo?")
    assert one_input(builder.transcribed("a", "hello!")).transcript == "hello!"


def test_a_transcript_that_failed() -> None:
    builder = deltas(RecordingBuilder().turn(0).heard("a"), "hel")
    name = "conversation.item.input_audio_transcription.failed"
    item = one_input(builder.server(name, item_id="a", error={"code": "x", "message": "no luck"}))
    assert (item.transcript, item.transcript_error) == (None, "no luck")


# Responses


def test_a_response_from_creation_to_done() -> None:
    builder = RecordingBuilder().turn(0, "text").at(10).client("response.create").at(30)
    builder.created("r").at(50).server(
        "response.output_audio_transcript.delta",
        response_id="r",
        item_id="i",
        content_index=0,
        delta="Hel",
    )
    builder.at(60).audio("r", tone(100)).at(70).audio("r", hush(50)).at(80)
    builder.done("r", usage={"total_tokens": 3})
    response = one_response(builder)
    assert response.requested_ns == 10 * MS
    assert response.created_ns == 30 * MS
    assert response.first_output_ns == 50 * MS
    assert response.first_audio_ns == 60 * MS
    assert response.done_ns == 80 * MS
    assert response.status == "completed"
    assert response.transcript == "Hel"
    assert response.usage == {"total_tokens": 3}
    assert [(one.at_ns, one.offset, one.length) for one in response.audio] == [
        (60 * MS, 0, 4800),
        (70 * MS, 4800, 2400),
    ]


def test_words_of_several_parts_are_joined_and_done_replaces_pieces() -> None:
    builder = RecordingBuilder().turn(0, "text").created("r")
    for item, piece in (("i1", "One mo"), ("i2", "It shipped.")):
        name = "response.output_audio_transcript.delta"
        builder.server(name, response_id="r", item_id=item, content_index=0, delta=piece)
    name = "response.output_audio_transcript.done"
    builder.server(name, response_id="r", item_id="i1", content_index=0, transcript="One moment.")
    assert one_response(builder).transcript == "One moment. It shipped."


@pytest.mark.parametrize(
    ("delta", "done", "field"),
    [
        ("response.output_text.delta", "response.output_text.done", "text"),
        ("response.text.delta", "response.text.done", "text"),
        ("response.audio_transcript.delta", "response.audio_transcript.done", "transcript"),
    ],
)
def test_words_under_their_other_names(delta: str, done: str, field: str) -> None:
    where: dict[str, Any] = {"response_id": "r", "item_id": "i", "content_index": 0}
    builder = RecordingBuilder().turn(0, "text").created("r").at(5)
    builder.server(delta, delta="Hi", **where)
    assert one_response(builder).first_output_ns == 5 * MS
    assert one_response(builder).transcript == "Hi"
    assert one_response(builder.server(done, **{field: "Hi!"}, **where)).transcript == "Hi!"


def test_beta_audio() -> None:
    builder = RecordingBuilder().turn(0, "text").created("r").at(7)
    builder.server("response.audio.delta", response_id="r", item_id="i", delta="AAAA")
    response = one_response(builder)
    assert response.first_audio_ns == 7 * MS
    assert [one.length for one in response.audio] == [3]


def test_audio_that_could_not_be_lifted_was_still_heard() -> None:
    builder = RecordingBuilder().turn(0, "text").created("r").at(7)
    builder.server("response.output_audio.delta", response_id="r", item_id="i", delta="AAA")
    response = one_response(builder)
    assert (response.first_audio_ns, response.audio) == (7 * MS, ())


def test_a_response_whose_creation_is_not_in_the_recording() -> None:
    builder = RecordingBuilder().turn(0, "text").at(40).audio("r", tone(20)).at(50)
    response = one_response(builder.done("r", status="cancelled", usage={"total_tokens": 9}))
    assert (response.created_ns, response.requested_ns) == (40 * MS, None)
    assert (response.status, response.usage) == ("cancelled", {"total_tokens": 9})


def test_interleaved_responses_keep_their_own() -> None:
    builder = RecordingBuilder().turn(0, "text").created("a").created("b")
    builder.audio("a", tone(20)).audio("b", tone(40)).audio("a", tone(20)).words("b", "B")
    first, second = read(builder).turns[0].responses
    assert [one.offset for one in first.audio] == [0, 2880]
    assert [one.offset for one in second.audio] == [960]
    assert (first.transcript, second.transcript) == ("", "B")


def test_a_refused_request_made_no_response() -> None:
    builder = RecordingBuilder().turn(0, "text").at(10)
    builder.client("response.create", event_id="e1", response={"tools": [TOOL]})
    builder.at(11).created("theirs").at(12)
    code = "conversation_already_has_active_response"
    builder.server("error", error={"type": "invalid_request_error", "code": code, "event_id": "e1"})
    builder.at(20).done("theirs").at(30).client("response.create", event_id="e2")
    builder.at(35).created("ours")
    theirs, ours = read(builder).turns[0].responses
    assert (theirs.requested_ns, ours.requested_ns) == (None, 30 * MS)


def test_a_request_refused_at_once_is_not_the_next_response_s() -> None:
    builder = RecordingBuilder().turn(0, "text").at(10)
    builder.client("response.create", event_id="e1", response={"tools": [TOOL]}).at(12)
    builder.server("error", error={"code": "invalid_value", "event_id": "e1"})
    builder.at(30).client("response.create", event_id="e2").at(35).created("ours")
    response = one_response(builder.done("ours", calls=[call("get_order")]))
    assert response.requested_ns == 30 * MS
    assert response.calls[0].tools == ()


def test_an_error_about_something_else_refuses_no_request() -> None:
    builder = RecordingBuilder().turn(0, "text").at(10).client("response.create", event_id="e1")
    builder.at(12).server("error", error={"code": "x", "event_id": "other"})
    builder.server("error", error={"code": "server_error", "event_id": None})
    assert one_response(builder.at(20).created("r")).requested_ns == 10 * MS


def test_a_piece_that_comes_after_the_whole_is_not_said_twice() -> None:
    builder = RecordingBuilder().turn(0, "text").created("r").words("r", "Hello.")
    name = "response.output_audio_transcript.delta"
    builder.server(name, response_id="r", item_id="r-item", content_index=0, delta="lo.")
    assert one_response(builder).transcript == "Hello."


# Function calls


def test_calls_come_from_the_finished_response_with_their_outputs() -> None:
    builder = RecordingBuilder().session(tools=[TOOL]).turn(0, "text").created("r").at(20)
    listed = [call("get_order", "c1", order_id="1"), call("get_order", "c2", order_id="2")]
    builder.done("r", calls=listed).at(60).tool_output("c2", '{"status":"shipped"}')
    first, second = calls(builder)
    assert (first.call_id, first.name, first.arguments) == ("c1", "get_order", '{"order_id": "1"}')
    assert (first.at_ns, first.output, first.answered_ns) == (20 * MS, None, None)
    assert (second.output, second.answered_ns) == ('{"status":"shipped"}', 60 * MS)
    assert second.tools == (TOOL,)
    assert not second.interrupted


def arguments_done(builder: RecordingBuilder, **fields: Any) -> RecordingBuilder:
    name = "response.function_call_arguments.done"
    return builder.server(name, response_id="r", output_index=0, **fields)


def test_each_call_counts_once_and_from_when_it_was_known() -> None:
    builder = RecordingBuilder().turn(0, "text").created("r").at(20)
    arguments_done(builder, item_id="i1", call_id="c1", name="get_order", arguments="{}")
    builder.at(30).done("r", calls=[{"id": "i1", **call("get_order", "c1", order_id="1")}])
    (made,) = calls(builder)
    assert (made.at_ns, made.arguments) == (20 * MS, '{"order_id": "1"}')


def test_calls_are_in_the_order_of_the_response_s_output() -> None:
    builder = RecordingBuilder().turn(0, "text").created("r")
    arguments_done(builder, item_id="i2", call_id="c2", name="b", arguments="{}")
    arguments_done(builder, item_id="i1", call_id="c1", name="a", arguments="{}")
    builder.done("r", calls=[call("a", "c1"), call("b", "c2")])
    assert [one.name for one in calls(builder)] == ["a", "b"]


def test_without_a_finished_response_the_finished_arguments_count() -> None:
    builder = RecordingBuilder().turn(0, "text").created("r")
    item = {"type": "function_call", "id": "i1", "call_id": "c1", "name": "get_order"}
    builder.server("response.output_item.added", response_id="r", output_index=0, item=item)
    # The beta's event had no name.
    arguments_done(builder, item_id="i1", call_id="c1", arguments='{"a":1}')
    (made,) = calls(builder)
    assert (made.name, made.call_id, made.arguments) == ("get_order", "c1", '{"a":1}')


@pytest.mark.parametrize("status", ["cancelled", "incomplete"])
def test_calls_of_a_response_that_was_cut_off(status: str) -> None:
    builder = RecordingBuilder().turn(0, "text").created("r")
    assert calls(builder.done("r", status=status, calls=[call("x")]))[0].interrupted


def test_calls_without_any_id_stay_apart() -> None:
    nameless = {"name": "x", "arguments": "{}"}
    builder = RecordingBuilder().turn(0, "text").created("r").done("r", calls=[nameless, nameless])
    assert len(calls(builder)) == 2


def test_tools_are_those_in_force_when_the_response_was_created() -> None:
    other = {"type": "function", "name": "transfer"}
    builder = RecordingBuilder().session(tools=[TOOL]).turn(0, "text").created("a")
    builder.session(tools=[other]).created("b").client("response.create", response={"tools": []})
    builder.created("c").client("response.create").created("d")
    for response_id in "abcd":
        builder.done(response_id, calls=[call("get_order")])
    found = [list(one.calls[0].tools) for one in read(builder).turns[0].responses]
    assert found == [[TOOL], [other], [], [other]]


def test_a_server_that_does_not_repeat_the_tools_still_has_them() -> None:
    builder = RecordingBuilder().client("session.update", session={"tools": [TOOL, "odd"]})
    builder.server("session.updated", session={"type": "realtime"}).turn(0, "text")
    made = calls(builder.created("r").done("r", calls=[call("get_order")]))
    assert made[0].tools == (TOOL,)


# Configuration and errors


def test_what_was_asked_for_and_what_came_of_it() -> None:
    builder = RecordingBuilder().server("session.created", session={"voice": "alloy"})
    builder.client("session.update", event_id="e1", session={"voice": "marin"})
    builder.client("session.update", event_id="e2", session={"voice": "nobody"})
    builder.server("session.updated", session={"voice": "marin"})
    builder.server("error", error={"code": "invalid_value", "event_id": "e2"})
    builder.client("session.update", event_id="e3", session={"speed": 2})
    timeline = read(builder)
    assert [(one.requested, one.effective) for one in timeline.configs] == [
        (None, {"voice": "alloy"}),
        ({"voice": "marin"}, {"voice": "marin"}),
        ({"voice": "nobody"}, None),
        ({"speed": 2}, None),
    ]
    assert timeline.configs[2].error == {"code": "invalid_value", "event_id": "e2"}
    assert list(timeline.errors) == [{"code": "invalid_value", "event_id": "e2"}]


# Nothing makes it raise


def test_nothing_at_all() -> None:
    timeline = build_timeline(RecordingBuilder().build(finished=False))
    assert (timeline.turns, timeline.configs, timeline.errors) == ([], [], [])


EVENTS = st.sampled_from(
    [
        "session.created",
        "session.updated",
        "error",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.input_audio_transcription.delta",
        "conversation.item.input_audio_transcription.completed",
        "conversation.item.input_audio_transcription.failed",
        "response.created",
        "response.output_item.added",
        "response.output_audio.delta",
        "response.output_audio_transcript.delta",
        "response.text.done",
        "response.function_call_arguments.done",
        "response.done",
        "session.update",
        "response.create",
        "conversation.item.create",
    ]
)
KEYS = st.sampled_from(
    [
        "type",
        "id",
        "item_id",
        "response_id",
        "event_id",
        "call_id",
        "session",
        "response",
        "item",
        "error",
        "output",
        "tools",
        "name",
        "arguments",
        "delta",
        "transcript",
        "audio_start_ms",
        "audio_end_ms",
        "content_index",
        "usage",
        "status",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.sampled_from(["r", "i", "c", "function_call", "function_call_output", "AAAA", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
FRAMES = st.tuples(
    st.sampled_from(["client", "server"]),
    st.one_of(
        st.text(max_size=20),
        st.builds(
            lambda name, fields: json.dumps({"type": name, **fields}),
            EVENTS,
            st.dictionaries(KEYS.filter(lambda key: key != "type"), VALUES, max_size=5),
        ),
    ),
)
# Marks are our own, so their details have the right types; but not their order.
CLIP = st.fixed_dictionaries(
    {
        "start_sample": st.integers(0, 10**6),
        "samples": st.integers(0, 10**6),
        "rate": st.sampled_from([8_000, 24_000]),
        "speech_ms": st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), max_size=2),
    }
)
MARKS = st.one_of(
    st.tuples(
        st.sampled_from(["turn_started", "turn_ended"]),
        st.integers(0, 2),
        st.fixed_dictionaries({"kind": st.just("say"), "reason": st.text(max_size=3)}),
    ),
    st.tuples(st.sampled_from(["clip_started", "clip_ended"]), st.integers(0, 2), CLIP),
    st.tuples(st.just("loop_lag"), st.none(), st.fixed_dictionaries({"ms": st.floats(0, 99)})),
)


def odd_recording(steps: Sequence[Any]) -> Recording:
    builder = RecordingBuilder()
    for step in steps:
        builder.after(1)
        if len(step) == 2:
            builder.text(*step)
        else:
            builder.mark(*step)
        builder.microphone(20)
    return builder.build(finished=False)


@settings(max_examples=200)
@given(st.lists(FRAMES | MARKS, max_size=12))
def test_no_recording_makes_it_raise(steps: Sequence[Any]) -> None:
    timeline = build_timeline(odd_recording(steps))
    indexes = [turn.index for turn in timeline.turns]
    assert len(set(indexes)) == len(indexes)
    attributed = [one for turn in timeline.turns for one in turn.responses]
    assert all(one.turn in indexes for one in attributed)
