"""What the assistant said against what it should have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from evalharness.dataset.matchers import REGEX_TIMEOUT_S
from evalharness.dataset.models import ReplyExpectation
from evalharness.dataset.normalisers import BASIC, normalise, tokenise


@dataclass(frozen=True, slots=True)
class ReplyCheck:
    """One check of a reply, in words, and whether it held."""

    what: str
    passed: bool


def check_reply(expected: ReplyExpectation, reply: str) -> Sequence[ReplyCheck]:
    """Every check that was declared. Texts are compared normalised (basic) unless `raw`."""
    return list(_checks(expected, reply))


def _checks(expected: ReplyExpectation, reply: str) -> Iterator[ReplyCheck]:
    def form(text: str) -> str:
        return text if expected.raw else normalise(text, BASIC)

    said = form(reply)
    for text in expected.contains:
        yield ReplyCheck(f"says {text!r}", _contains(said, form(text), raw=expected.raw))
    for text in expected.not_contains:
        held = not _contains(said, form(text), raw=expected.raw)
        yield ReplyCheck(f"does not say {text!r}", held)
    if expected.regex is not None:
        yield ReplyCheck(f"matches /{expected.regex}/", _found(expected.regex, reply))
    if expected.equals is not None:
        yield ReplyCheck(f"is {expected.equals!r}", said == form(expected.equals))
    if expected.one_of:
        held = said in [form(text) for text in expected.one_of]
        yield ReplyCheck(f"is one of {list(expected.one_of)}", held)
    if expected.max_words is not None:
        count = len(tokenise(normalise(reply, BASIC)))
        yield ReplyCheck(f"has at most {expected.max_words} words", count <= expected.max_words)


def _contains(said: str, text: str, *, raw: bool) -> bool:
    """Normalised texts are compared by whole words: "ship" is not in "shipped"."""
    return text in said if raw else f" {text} " in f" {said} "


def _found(pattern: str, reply: str) -> bool:
    try:
        return bool(regex.search(pattern, reply, timeout=REGEX_TIMEOUT_S))
    except TimeoutError:
        return False
