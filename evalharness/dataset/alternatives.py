r"""Alternatives in what a caller says: `{ gonna / going to / @ } leave`, nested as one likes.

`@` alone is nothing; `\{`, `\}` and `\/` are the characters themselves; a slash outside braces is
only a slash. The grammar is sclite's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import product

NOTHING = "@"
MOST_READINGS = 256
"""Of one text. Eight choices of two each reach it."""

ESCAPED = ("\\{", "\\}", "\\/")
_TOKEN = re.compile(r"\\[{}/]|[{}/]|[^\\{}/]+|\\")


class BadAlternatives(ValueError):
    """The braces of a text cannot be read; the message says why."""


@lru_cache(maxsize=4096)
def readings(text: str) -> Sequence[str]:
    """Every way to say `text`, in the order listed; only itself when there are no alternatives.

    Raises BadAlternatives.
    """
    return _Reader(text).whole()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)
        self._at = 0

    def whole(self) -> Sequence[str]:
        found = self._sequence(inside=False)
        if self._at < len(self._tokens):
            raise BadAlternatives("a } closes nothing")
        return tuple(" ".join(reading.split()) for reading in found)

    def _sequence(self, *, inside: bool) -> list[str]:
        """Readings up to the end, or inside braces up to a slash or the closing brace."""
        parts: list[list[str]] = []
        while self._at < len(self._tokens):
            piece = self._tokens[self._at]
            if piece == "}" or (inside and piece == "/"):
                break
            self._at += 1
            if piece == "{":
                parts.append(self._choice())
            else:
                parts.append([piece[1:] if piece in ESCAPED else piece])
        if inside and all(len(part) == 1 and not part[0].strip() for part in parts):
            raise BadAlternatives("an alternative is empty; write @ for nothing")
        return _joined(parts)

    def _choice(self) -> list[str]:
        found: list[str] = []
        while True:
            options = self._sequence(inside=True)
            found += ["" if option.strip() == NOTHING else option.strip() for option in options]
            if self._at == len(self._tokens):
                raise BadAlternatives("a { is never closed")
            self._at += 1
            if self._tokens[self._at - 1] == "}":
                return _checked(found)


def _joined(parts: list[list[str]]) -> list[str]:
    count = 1
    for part in parts:
        count *= len(part)
    if count > MOST_READINGS:
        _refuse(count)
    return ["".join(chosen) for chosen in product(*parts)]


def _checked(found: list[str]) -> list[str]:
    if len(found) > MOST_READINGS:
        _refuse(len(found))
    return found


def _refuse(count: int) -> None:
    raise BadAlternatives(f"{count} ways to say it, more than {MOST_READINGS}")
