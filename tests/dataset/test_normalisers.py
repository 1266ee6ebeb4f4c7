"""Normalisers: worked examples, what `basic` keeps, identity and hash, the reference lint."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.dataset.normalisers import (
    NORMALISER_IDS,
    basic,
    default_normaliser,
    normalise,
    normaliser,
    reference_lint,
    tokenise,
)


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("I'd like two tickets, please.", "i would like 2 tickets please"),
        ("It costs $5.50.", "it costs $5.50"),
        ("Uh, book it for the 21st.", "book it for the 21st"),
        ("Mr. Park isn't here", "mister park is not here"),
        ("Colour", "color"),
        ("call 555-0123", "call 555 123"),
        ("call five five five zero one two three", "call 5550123"),
        ("(415) 555-1212", "555 1212"),
        ("10:30", "10 30"),
        ("007", "7"),
        ("john's", "john is"),
    ],
)
def test_whisper_en(text: str, normalised: str) -> None:
    assert normalise(text, "whisper-en") == normalised


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("  Hello,\tWORLD!\n", "hello world"),
        ("don\u2019t", "don't"),
        ("don\u02bct", "don't"),
        ("rock \u2018n\u2019 roll", "rock n roll"),
        ("the boys' dogs", "the boys dogs"),
        ("5'10 and 1990's", "5 10 and 1990 s"),
        ("snake_case e-mail a@b.c", "snake case e mail a b c"),
        ("$5.50 + 10%", "5 50 10"),
        ("\uff21\uff22\uff23\u3000\uff11\uff12", "abc 12"),
        ("Straße", "strasse"),
        ("cafe\u0301", "café"),
        ("नमस्ते!", "नमस्ते"),
        ("สวัสดีครับ", "สวัสดีครับ"),
        ("ですね。", "ですね"),
        ("zero\u200bwidth", "zero width"),
        ("a\ue000b", "a b"),
        ("?!", ""),
        ("", ""),
    ],
)
def test_basic(text: str, normalised: str) -> None:
    assert normalise(text, "basic") == normalised


@given(st.text())
def test_basic_is_idempotent(text: str) -> None:
    once = basic(text)
    assert basic(once) == once


def test_basic_is_idempotent_for_every_character_that_folds() -> None:
    # The blocks in which folding and composition change single characters.
    blocks = [(0, 0x3100), (0xA640, 0xAC00), (0xF900, 0x10000), (0x1D400, 0x1D800)]
    every = (chr(code) for first, last in blocks for code in range(first, last))
    assert [one for one in every if basic(basic(f"a{one}b")) != basic(f"a{one}b")] == []


@given(st.text())
def test_basic_leaves_no_punctuation_and_keeps_marks(text: str) -> None:
    kept = basic(text)
    assert not [c for c in kept if unicodedata.category(c)[0] in "PSC" and c not in " '"]
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    assert [c for c in kept if unicodedata.category(c)[0] == "M"] == [
        c for c in folded if unicodedata.category(c)[0] == "M"
    ]


def test_words_are_split_at_any_white_space() -> None:
    assert tokenise("a\tb\u00a0c\u3000d  e") == ["a", "b", "c", "d", "e"]
    assert tokenise("") == []


@pytest.mark.parametrize(
    ("language", "chosen"),
    [("en", "whisper-en"), ("en-GB", "whisper-en"), ("EN-us", "whisper-en"), ("de", "basic")],
)
def test_default_by_language(language: str, chosen: str) -> None:
    assert default_normaliser(language) == chosen


def test_what_a_normaliser_is() -> None:
    every = [normaliser(one) for one in NORMALISER_IDS]
    assert [one.id for one in every] == ["whisper-en", "basic"]
    assert all(one.version and len(one.sha256) == 64 for one in every)
    assert len({one.sha256 for one in every}) == 2


def test_unknown_normalisers() -> None:
    with pytest.raises(KeyError):
        normalise("a", "whisper-de")
    with pytest.raises(KeyError):
        normaliser("whisper-de")


def test_basic_does_not_load_the_english_tables() -> None:
    code = (
        "import sys; from evalharness.dataset.normalisers import normalise;"
        "normalise('a', 'basic'); print(any('whisper' in name for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call (415) now", "(415)"),
        ("it is [noise] here", "[noise]"),
        ("it is <unk> here", "<unk>"),
        ("agent 007", "007"),
        ("call 555-1234", "555-1234"),
        ("at 10:30 please", "10:30"),
        ("1/2 a pizza", "1/2"),
        ("employee EMP343467", "EMP343467"),
        ("my code is KLMX", "KLMX"),
        ("KLMX", "KLMX"),
        ("oh no", "oh"),
        ("Oh no", "Oh"),
        ("four o five", "o"),
        ("ask O'Brien", "O"),
    ],
)
def test_lint_shows_what_would_be_mangled(text: str, shown: str) -> None:
    (finding,) = reference_lint(text, "en")
    assert finding.startswith(repr(shown))
    assert finding.endswith("write what is said, word by word")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "book a table for four on friday",
        "I'd like two tickets, please. OK?",
        "it costs $5.50",
        "room 101, gate B7",
        "EVERYTHING IN CAPITALS",
        "{ gonna / going to } leave",
    ],
)
def test_lint_finds_nothing(text: str) -> None:
    assert reference_lint(text, "en") == []


def test_lint_of_composed_form_and_of_nothing_left() -> None:
    assert ["NFC" in finding for finding in reference_lint("cafe\u0301", "fr")] == [True]
    (finding,) = reference_lint("?!", "de")
    assert "nothing of it is left after normalising with basic" in finding
    (finding,) = reference_lint("uh", "en")
    assert "nothing of it is left" in finding


def test_lint_lists_every_sort_of_finding() -> None:
    assert len(reference_lint("oh, call (415) 555-0123 at 10:30", "en")) == 5


def test_lint_of_english_troubles_is_for_english_only() -> None:
    assert reference_lint("um 10:30 Uhr, Zimmer 007", "de") == []
