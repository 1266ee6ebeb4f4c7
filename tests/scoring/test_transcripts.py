"""Word error rate: the golden examples, alternatives, missing and split transcripts, silence."""

from __future__ import annotations

from typing import Any

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.dataset.models import ScenarioScript
from evalharness.dataset.normalisers import normalise, tokenise
from evalharness.scoring.conversation import read_conversation
from evalharness.scoring.score import Score
from evalharness.scoring.transcripts import (
    WordErrors,
    align,
    best_reading,
    score_transcripts,
    word_errors,
)
from tests.recordings import RecordingBuilder
from tests.scoring.played import SPEC, script

GOLDEN = [
    ("the cat sat on the mat", "the cat sit on mat", 6, 4, 1, 1, 0),
    ("I'd like two tickets, please.", "id like 2 tickets please", 6, 4, 1, 1, 0),
    ("It costs $5.50.", "it costs five dollars and fifty cents", 3, 3, 0, 0, 0),
    ("Uh, book it for the 21st.", "book it for the twenty first", 5, 5, 0, 0, 0),
    ("Mr. Park isn't here", "mister park is not here", 5, 5, 0, 0, 0),
    ("Colour", "color", 1, 1, 0, 0, 0),
    ("call 555-0123", "call five five five zero one two three", 3, 1, 1, 1, 0),
    ("(415) 555-1212", "415 555 1212", 2, 2, 0, 0, 1),
    ("meet at 10:30", "meet at ten thirty", 4, 2, 1, 1, 0),
    ("can not", "cannot", 2, 0, 1, 1, 0),
    ("yes", "", 1, 0, 0, 1, 0),
    ("{ gonna / going to } leave", "going to leave", 3, 3, 0, 0, 0),
    ("{ a / b c } { x / @ } z", "b c z", 3, 3, 0, 0, 0),
]


@pytest.mark.parametrize(("said", "heard", "words", "hits", "subs", "dels", "ins"), GOLDEN)
def test_golden(
    said: str, heard: str, words: int, hits: int, subs: int, dels: int, ins: int
) -> None:
    hypothesis = tokenise(normalise(heard, "whisper-en"))
    reference = best_reading(said, hypothesis, "whisper-en").words
    assert word_errors(reference, hypothesis) == WordErrors(words, hits, subs, dels, ins)


def test_the_first_listed_of_equally_good_readings() -> None:
    assert best_reading("{ one / two } more", ["three", "more"], "basic").text == "one more"


def test_more_hits_decide_between_readings_with_as_many_errors() -> None:
    assert best_reading("{ x / a b }", ["a"], "basic").text == "a b"
    assert best_reading("{ a b / x }", ["a"], "basic").text == "a b"


words = st.lists(st.sampled_from("abcd"), max_size=9)


@given(words, words)
def test_errors_agree_with_jiwer_and_with_the_alignment(ref: list[str], hyp: list[str]) -> None:
    counted = word_errors(ref, hyp)
    steps = align(ref, hyp)
    assert counted.errors == sum(step.op != "hit" for step in steps)
    assert counted.hits <= sum(step.op == "hit" for step in steps)
    assert [step.reference for step in steps if step.reference is not None] == ref
    assert [step.hypothesis for step in steps if step.hypothesis is not None] == hyp
    if ref and hyp:
        assert counted.errors / len(ref) == pytest.approx(jiwer.wer(" ".join(ref), " ".join(hyp)))


def scores(turns: list[dict[str, Any]], builder: RecordingBuilder) -> list[Score]:
    scenario: ScenarioScript = script(*turns)
    return list(score_transcripts(read_conversation(scenario, builder.build(), SPEC)))


SAID = {"say": {"audio": "a.wav", "text": "Where is order four?"}}
SILENCE = {"silence": {"ms": 1000}}


def test_a_turn_as_it_was_heard() -> None:
    builder = RecordingBuilder().session().turn(0).say(0, 1000, [[0, 900]])
    (score,) = scores([SAID], builder.heard("a", "where is older four", start_ms=0, end_ms=950))
    assert (score.metric, score.turn) == ("wer", 0)
    assert (score.numerator, score.denominator, score.value) == (1, 4, 0.25)
    assert score.detail["ref"] == "Where is order four?"
    assert score.detail["hyp_norm"] == "where is older 4"
    assert not score.detail["missing"]


def test_a_transcript_that_never_came_is_all_deletions() -> None:
    builder = RecordingBuilder().session().turn(0).say(0, 1000, [[0, 900]]).heard("a")
    (score,) = scores([SAID], builder)
    assert (score.numerator, score.denominator) == (4, 4)
    assert score.detail["missing"]


def test_a_turn_that_was_never_played_is_all_deletions() -> None:
    (score,) = scores([SAID], RecordingBuilder().session())
    assert (score.numerator, score.detail["missing"]) == (4, True)


def test_pieces_of_a_turn_are_joined_in_spoken_order() -> None:
    builder = RecordingBuilder().session().turn(0).say(0, 2000, [[0, 1900]])
    builder.heard("b", "order four", start_ms=1000, end_ms=2000)
    (score,) = scores([SAID], builder.heard("a", "where is", start_ms=0, end_ms=900))
    assert score.numerator == 0


def test_words_out_of_silence() -> None:
    builder = RecordingBuilder().session().turn(0, "silence").say(0, 1000)
    (score,) = scores([SILENCE], builder.heard("a", "Thank you for watching."))
    assert (score.metric, score.value) == ("hallucination_rate", 1.0)
    assert score.detail["words"] == 4


@pytest.mark.parametrize("heard", [None, " ... "])
def test_silence_heard_as_silence(heard: str | None) -> None:
    builder = RecordingBuilder().session().turn(0, "silence").say(0, 1000)
    if heard is not None:
        builder.heard("a", heard)
    (score,) = scores([SILENCE], builder)
    assert (score.metric, score.value) == ("hallucination_rate", 0.0)


def test_a_session_that_does_not_transcribe_has_no_word_error_rate() -> None:
    audio = {"input": {"transcription": None}}
    builder = RecordingBuilder().session(audio=audio).turn(0).say(0, 1000, [[0, 900]]).heard("a")
    assert scores([SAID], builder) == []


def test_text_turns_are_not_scored_for_words() -> None:
    builder = RecordingBuilder().session().turn(0, "text").heard("a", "hm")
    assert scores([{"text": "hello"}], builder) == []


def test_without_a_reference_there_is_a_transcript_and_no_rate() -> None:
    builder = RecordingBuilder().session().turn(0).heard("a", "Hm.")
    (score,) = scores([{"say": {"audio": "a.wav"}}], builder)
    assert (score.numerator, score.denominator, score.value) == (None, None, None)
    assert score.detail == {"undefined": "no reference", "hyp": "Hm.", "missing": False}


def test_the_reading_that_was_scored_is_told() -> None:
    said = {"say": {"audio": "a.wav", "text": "{ gonna / going home / @ } leave"}}
    builder = RecordingBuilder().session().turn(0).say(0, 1000, [[0, 900]])
    (score,) = scores([said], builder.heard("a", "going home leave"))
    assert (score.numerator, score.denominator) == (0, 3)
    assert score.detail["ref"] == "{ gonna / going home / @ } leave"
    assert score.detail["reading"].split() == ["going", "home", "leave"]


@pytest.mark.parametrize(("heard", "value"), [("Thank you for watching", 1.0), ("", 0.0)])
def test_a_reference_without_a_word_is_a_silence(heard: str, value: float) -> None:
    """As the golden row with an empty reference: hallucinated words, and no word error rate."""
    said = {"say": {"audio": "a.wav", "text": "(coughs)"}}
    builder = RecordingBuilder().session().turn(0).say(0, 1000).heard("a", heard)
    (score,) = scores([said], builder)
    assert (score.metric, score.value) == ("hallucination_rate", value)
    assert score.detail["words"] == len(heard.split())


def test_a_transcript_tells_that_the_session_transcribes() -> None:
    builder = RecordingBuilder().turn(0).say(0, 1000, [[0, 900]])
    assert scores([SAID], builder) == []
    (score,) = scores([SAID], builder.heard("a", "where is order four"))
    assert score.value == 0


def test_a_session_told_in_the_wrong_shape_transcribes_nothing() -> None:
    for audio in ([1], {"input": 7}, {"input": {"transcription": 0}}):
        builder = RecordingBuilder().session(audio=audio).turn(0).say(0, 1000, [[0, 900]])
        assert scores([SAID], builder) == []
