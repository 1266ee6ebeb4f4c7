"""Which update was answered by what: in order, unless an error names the one it refuses."""

from __future__ import annotations

from typing import Any

from evalharness.recording.config_history import config_history
from tests.recordings import RecordingBuilder


def update(builder: RecordingBuilder, voice: str, event_id: str | None = None) -> RecordingBuilder:
    named = {} if event_id is None else {"event_id": event_id}
    return builder.client("session.update", session={"voice": voice}, **named)


def told(builder: RecordingBuilder, voice: str) -> RecordingBuilder:
    return builder.server("session.updated", session={"voice": voice})


def refused(builder: RecordingBuilder, event_id: str | None) -> RecordingBuilder:
    return builder.server("error", error={"code": "no", "event_id": event_id})


def voices(builder: RecordingBuilder) -> list[tuple[Any, Any, Any]]:
    """Requested voice, effective voice and the error's code of each change."""
    return [
        (
            (one.requested or {}).get("voice"),
            (one.effective or {}).get("voice"),
            (one.error or {}).get("code"),
        )
        for one in config_history(builder.frames)
    ]


def test_answers_come_in_the_order_of_the_updates() -> None:
    builder = update(update(RecordingBuilder(), "a"), "b")
    assert voices(told(told(builder, "a!"), "b!")) == [("a", "a!", None), ("b", "b!", None)]


def test_an_error_refuses_the_update_it_names_and_no_other() -> None:
    builder = update(update(RecordingBuilder(), "a", "e1"), "b", "e2")
    refused(builder, "e2")
    assert voices(told(builder, "a!")) == [("a", "a!", None), ("b", None, "no")]


def test_the_answer_after_a_refusal_is_the_next_update_s() -> None:
    builder = refused(update(update(RecordingBuilder(), "a", "e1"), "b", "e2"), "e1")
    assert voices(told(builder, "b!")) == [("a", None, "no"), ("b", "b!", None)]


def test_an_error_that_names_nothing_refuses_nothing() -> None:
    builder = refused(update(RecordingBuilder(), "a"), None)
    assert voices(told(builder, "a!")) == [("a", "a!", None)]


def test_an_error_about_another_event_refuses_nothing() -> None:
    builder = refused(update(RecordingBuilder(), "a", "e1"), "other")
    assert voices(builder) == [("a", None, None)]


def test_an_update_that_was_answered_is_not_refused_later() -> None:
    builder = told(update(RecordingBuilder(), "a", "e1"), "a!")
    assert voices(refused(builder, "e1")) == [("a", "a!", None)]


def test_what_the_server_tells_unasked_stands_where_it_was_told() -> None:
    builder = RecordingBuilder().at(5).server("session.created", session={"voice": "first"})
    told(update(builder.at(6), "a"), "a!")
    told(builder.at(7), "changed")
    update(builder.at(8), "b")
    assert voices(builder) == [
        (None, "first", None),
        ("a", "a!", None),
        (None, "changed", None),
        ("b", None, None),
    ]
    changes = config_history(builder.frames)
    assert [change.at_ns for change in changes] == [5_000_000, 6_000_000, 7_000_000, 8_000_000]
    assert [change.seq for change in changes] == [0, 1, 3, 4]


def test_broken_frames_and_other_events_are_passed_over() -> None:
    builder = RecordingBuilder().text("server", '{"type":"session.updated",')
    builder.text("server", '{"type":"session.updated","session":7}').server("response.created")
    assert [change.effective for change in config_history(builder.frames)] == [{}]
