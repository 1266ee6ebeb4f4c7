"""One conversation on the terminal, against golden files; every kind of line in it."""

from __future__ import annotations

from typing import Any

import pytest

from evalharness.dataset.models import Manifest, ScenarioScript
from evalharness.recording.recording import Recording
from evalharness.report.trial import (
    TrialPage,
    headline,
    lines,
    print_alignment,
    print_events,
    print_trial,
)
from evalharness.scoring.conversation import read_conversation
from evalharness.scoring.registry import score_recording
from evalharness.scoring.spec import scoring_spec
from tests.recordings import RecordingBuilder, call, tone
from tests.report.golden_text import assert_golden, drawn

SPEC = scoring_spec(Manifest(format=1, name="desk"))
SAID = "a table for five on friday please under okonkwo"
TOOLS: list[dict[str, Any]] = [
    {"type": "function", "name": name, "parameters": {}} for name in ("book", "find")
]
BOOK = {"name": "book", "args": {"guest": "Okonkwo", "size": 5}}


def say(text: str | None, ms: int = 2_000, **expect: Any) -> dict[str, Any]:
    return {
        "say": {"audio": "x.flac", "text": text, "speech_ms": [[0, ms - 100]]},
        **({"expect": expect} if expect else {}),
    }


def page(recording: Recording, *turns: dict[str, Any], state: str = "scored") -> TrialPage:
    script = ScenarioScript.model_validate({"id": "bk-047", "turns": turns})
    return TrialPage(
        "r-8e55/bk-047  semantic",
        state,
        read_conversation(script, recording, SPEC),
        score_recording(script, recording, SPEC),
    )


def booking() -> TrialPage:
    """A greeting, a misheard request with a wrong call and one call too many, an interruption, a
    silence, typed words, and a turn without an answer."""
    builder = RecordingBuilder().session(tools=TOOLS)
    builder.at(100).answer("greeting", "Lark and Olive, how can I help?", tone(500))
    builder.at(1_000).turn(0).say(0, 2_000, [[0, 1_900]])
    builder.after(500).heard("item-0", "a table for nine friday please under uh okonkwo")
    builder.after(200).created("r0").after(100)
    builder.done(
        "r0",
        calls=[
            call("book", "c1", guest="Aconcho", size=5),
            call("find", "c2", day="friday"),
        ],
    )
    builder.after(120).tool_output("c1").tool_output("c2")
    builder.after(300).created("r1").words("r1", "Monday at seven is [open].")
    builder.audio("r1", tone(900)).after(400).done("r1", status="cancelled").turn_ended(0)
    builder.at(6_000).turn(1, "silence").after(1_500).turn_ended(1)
    builder.at(8_000).turn(2, "text").after(50).answer("r2", "Good bye.").turn_ended(2)
    builder.at(9_000).turn(3).say(3, 1_000, [[0, 900]]).at(25_000).turn_ended(3, "timeout")
    return page(
        builder.build(),
        say(SAID, calls={"expected": [BOOK]}),
        {"silence": {"ms": 1_500}},
        {"text": "and that is all"},
        say(None, 1_000),
    )


@pytest.mark.parametrize("width", [80, 120])
def test_a_conversation(width: int) -> None:
    shown = booking()
    assert_golden(f"trial-{width}.txt", drawn(width, lambda console: print_trial(console, shown)))


def test_alignment() -> None:
    scores = booking().scores
    assert_golden("alignment.txt", drawn(80, lambda console: print_alignment(console, scores)))


def test_events() -> None:
    recording = booking().conversation.recording
    text = drawn(100, lambda console: print_events(console, recording, raw=False, pattern=None))
    assert_golden("events.txt", text)
    only = drawn(
        100, lambda console: print_events(console, recording, raw=False, pattern="response.created")
    )
    assert only.splitlines()[1:] == ["  1  0.100  ←  response.created  × 4"]


def test_raw_events_are_the_texts_as_they_came() -> None:
    odd = '{"type":"odd.event","text":"[bold]x[/bold] [/y]"}'
    recording = RecordingBuilder().text("server", odd).text("server", "no [json").build()
    raw = drawn(40, lambda console: print_events(console, recording, raw=True, pattern=None))
    assert raw == f"{odd}\nno [json\n"
    table = drawn(80, lambda console: print_events(console, recording, raw=False, pattern=None))
    assert "odd.event" in table
    assert "(no event)" in table


def test_two_calls_alike_have_each_its_own_verdict() -> None:
    """One was expected."""
    same = {"guest": "Okonkwo", "size": 5}
    builder = RecordingBuilder().session(tools=TOOLS).turn(0).say(0, 1_000, [[0, 900]])
    builder.after(500).created("r0")
    builder.done("r0", calls=[call("book", "c1", **same), call("book", "c2", **same)]).turn_ended(0)
    shown = page(builder.build(), say("x", 1_000, calls={"expected": [BOOK]}))
    made = [line.text for line in lines(shown) if line.who == "call"]
    assert sorted(text.rsplit("  ", 1)[1] for text in made) == ["match", "not expected"]


def test_an_unfinished_recording() -> None:
    """Nothing was scored; what was heard is shown all the same."""
    builder = RecordingBuilder().session().turn(0).say(0, 1_000, [[0, 900]])
    builder.heard("item-0", "only heard").created("r0").words("r0", "Hel")
    recording = builder.build(finished=False)
    shown = page(recording, say(None, 1_000), state="invalid")
    bare = TrialPage(shown.title, shown.state, shown.conversation, [])
    assert headline(bare) == f"invalid, unfinished, {len(recording.frames)} events"
    assert [line.text for line in lines(bare)] == ["{only heard}", "Hel"]


def test_more_errors_than_words() -> None:
    builder = RecordingBuilder().session().turn(0).say(0, 1_000, [[0, 900]])
    builder.heard("item-0", "yes indeed that is right").answer("r0", "Fine.", tone(100)).turn_ended(
        0
    )
    shown = page(builder.build(), say("no", 1_000))
    assert "WER 500.0 % (5 errors in 1 words)" in headline(shown)


def test_a_turn_that_nobody_transcribed() -> None:
    builder = (
        RecordingBuilder().turn(0).say(0, 1_000, [[0, 900]]).answer("r0", "Fine.").turn_ended(0)
    )
    shown = page(builder.build(), say("hello", 1_000))
    assert [line.text for line in lines(shown) if line.who == "caller"] == ["(not transcribed)"]
    assert "WER" not in headline(shown)
