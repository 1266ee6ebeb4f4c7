"""What was asked of a session against what came of it, on the terminal."""

from __future__ import annotations

from evalharness.recording.config_history import ConfigChange, config_history
from evalharness.report.session_config import not_applied, print_configs
from tests.recordings import RecordingBuilder
from tests.report.golden_text import assert_golden, drawn

EFFECTIVE = {
    "type": "realtime",
    "instructions": "Be brief.",
    "audio": {"output": {"voice": "alloy", "speed": 1.0}},
    "id": "sess_1",
}


def history() -> list[ConfigChange]:
    """A server that speaks in a voice of its own, knows no prompt and refuses a second update."""
    builder = RecordingBuilder().server("session.created", session={"type": "realtime"}).at(5)
    asked = {
        "instructions": "Be brief.",
        "audio": {"output": {"voice": "marin"}},
        "prompt": {"id": "p[1]"},
    }
    builder.client("session.update", event_id="e1", session=asked)
    builder.server("session.updated", session=EFFECTIVE).at(2_000)
    builder.client("session.update", event_id="e2", session={"speed": 9})
    error = {"code": "invalid_value", "message": "speed is at most 1.5", "event_id": "e2"}
    return config_history(builder.server("error", error=error).build().frames)


def test_only_what_was_not_taken_as_asked_is_a_line() -> None:
    assert list(not_applied(history())) == [
        "audio.output.voice coerced: asked for marin, got alloy",
        "prompt.id ignored: asked for p[1]",
        "speed refused: asked for 9",
    ]


def test_a_session_that_took_everything_has_no_line() -> None:
    builder = RecordingBuilder().client("session.update", session={"instructions": "x"})
    builder.server("session.updated", session={"instructions": "x", "speed": 1.0})
    assert list(not_applied(config_history(builder.build().frames))) == []


def test_every_configuration_with_every_settings_outcome() -> None:
    text = drawn(80, lambda console: print_configs(console, history()))
    assert_golden("session.txt", text)
