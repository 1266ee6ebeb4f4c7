"""Texts that are the same for a matcher: by letter case, by letters and digits, by words."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import regex

from evalharness.dataset.normalisers import normalise, tokenise

REGEX_TIMEOUT_S = 0.1
"""An expectation is compared with text from outside; a pattern must not be able to hang a run."""


def matches_pattern(pattern: str, text: str) -> bool:
    """Whether a pattern covers the whole text; a pattern that takes too long does not."""
    try:
        return bool(regex.fullmatch(pattern, text, timeout=REGEX_TIMEOUT_S))
    except TimeoutError:
        return False


def same_but_for_case(left: str, right: str) -> bool:
    """White space at the ends, and how much of it, does not count either."""
    return _spaced_once(left).casefold() == _spaced_once(right).casefold()


def _spaced_once(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def letters_and_digits(text: str) -> str:
    """What of a telephone number, an id or a number plate tells it from others."""
    return "".join(character for character in _folded(text) if character.isalnum())


def contains(whole: str, part: str) -> bool:
    """Whether a part occurs in a text, in whatever case."""
    return _folded(part) in _folded(whole)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def word_error_rate(wanted: str, found: str, normaliser_id: str) -> float:
    """Errors per word wanted, after normalising; without such words 0 or infinity."""
    words = tokenise(normalise(wanted, normaliser_id))
    others = tokenise(normalise(found, normaliser_id))
    if words == others:
        return 0.0
    return _edits(words, others) / len(words) if words else float("inf")


def _edits(wanted: Sequence[str], found: Sequence[str]) -> int:
    """Levenshtein's distance in words."""
    row = list(range(len(found) + 1))
    for index, word in enumerate(wanted, start=1):
        diagonal, row[0] = row[0], index
        for column, other in enumerate(found, start=1):
            cost = min(diagonal + (word != other), row[column] + 1, row[column - 1] + 1)
            diagonal, row[column] = row[column], cost
    return row[-1]
