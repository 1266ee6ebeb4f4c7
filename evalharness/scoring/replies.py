"""What the assistant said against what it should have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import regex

from evalharness.dataset.models import ReplyExpectation
from evalharness.dataset.normalisers import BASIC, normalise, tokenise
from evalharness.dataset.text_matching import REGEX_TIMEOUT_S

CheckName = Literal["contains", "not_contains", "regex", "equals", "one_of", "max_words"]


@dataclass(frozen=True, slots=True)
class ReplyCheck:
    """One check of a reply, what it asks in words ("says 'shipped'"), and whether it held."""

    name: CheckName
    what: str
    passed: bool


def check_reply(expected: ReplyExpectation, reply: str) -> tuple[ReplyCheck, ...]:
    """Every check that was declared. Texts are compared, and searched, normalised (basic) unless
    `raw`: then as they came."""
    return tuple(_checks(expected, reply))


def _checks(expected: ReplyExpectation, reply: str) -> Iterator[ReplyCheck]:
    def form(text: str) -> str:
        return text if expected.raw else normalise(text, BASIC)

    def says(text: str) -> bool:
        return text in reply if expected.raw else _says(said, form(text))

    said = form(reply)
    for text in expected.contains:
        yield ReplyCheck("contains", f"says {text!r}", says(text))
    for text in expected.not_contains:
        yield ReplyCheck("not_contains", f"does not say {text!r}", not says(text))
    if expected.regex is not None:
        yield _search(expected.regex, said)
    if expected.equals is not None:
        yield ReplyCheck("equals", f"is {expected.equals!r}", said == form(expected.equals))
    if expected.one_of:
        held = said in [form(text) for text in expected.one_of]
        yield ReplyCheck("one_of", f"is one of {list(expected.one_of)}", held)
    if expected.max_words is not None:
        held = len(tokenise(normalise(reply, BASIC))) <= expected.max_words
        yield ReplyCheck("max_words", f"has at most {expected.max_words} words", held)


_JOINED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー"
"""Scripts in which words stand without spaces between them, or carry particles."""


def _says(said: str, text: str) -> bool:
    """Whether whole words of a normalised reply are those of a text: "ship" is not in "shipped".
    Of a text that normalises to nothing nothing can be said."""
    if not text:
        return False
    start = "" if regex.match(f"[{_JOINED}]", text) else rf"(?<![^\s{_JOINED}])"
    end = "" if regex.match(f"[{_JOINED}]", text[-1]) else rf"(?![^\s{_JOINED}])"
    return bool(regex.search(f"{start}{regex.escape(text, literal_spaces=True)}{end}", said))


def _search(pattern: str, said: str) -> ReplyCheck:
    what = f"matches /{pattern}/"
    try:
        held = bool(regex.search(pattern, said, timeout=REGEX_TIMEOUT_S))
    except TimeoutError:
        gave_up = f"{what} (given up after {REGEX_TIMEOUT_S} s)"
        return ReplyCheck("regex", gave_up, passed=False)
    return ReplyCheck("regex", what, held)
