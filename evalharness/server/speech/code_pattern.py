"""Sample codes of the shape a JSON Schema `pattern` asks for, so that they can be listened for."""

from __future__ import annotations

import re
from random import Random

_PIECE = re.compile(
    r"(?P<set>\[[^\]]+\]|\\d|\\w|\\-|\\\.|[A-Za-z0-9]|[-# ])"
    r"(?P<many>\{\d+(?:,\d*)?\}|[?*+])?"
)
_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# How many an open-ended "+" or "*" or "{4,}" is taken to mean.
_OPEN_END = 4


def sample_codes(pattern: str, count: int, random: Random) -> list[str]:
    """`count` codes that match `pattern`; none when it uses more than sets and repeats."""
    pieces = _pieces(pattern.removeprefix("^").removesuffix("$"))
    if pieces is None:
        return []
    codes = ["".join(piece.draw(random) for piece in pieces) for _ in range(count)]
    return [code for code in codes if re.search(pattern, code)]


class _Piece:
    """One character set and how often it may stand."""

    def __init__(self, characters: str, fewest: int, most: int) -> None:
        self._characters = characters
        self._fewest = fewest
        self._most = most

    def draw(self, random: Random) -> str:
        length = random.randint(self._fewest, self._most)
        return "".join(random.choice(self._characters) for _ in range(length))


def _pieces(pattern: str) -> list[_Piece] | None:
    pieces: list[_Piece] = []
    at = 0
    while at < len(pattern):
        match = _PIECE.match(pattern, at)
        if match is None:
            return None
        characters = _members(match["set"])
        if not characters:
            return None
        fewest, most = _bounds(match["many"])
        pieces.append(_Piece(characters, fewest, most))
        at = match.end()
    return pieces


def _members(written: str) -> str:
    """The digits and letters of a set, upper case; other signs stand for themselves."""
    if written == r"\d":
        return _DIGITS
    if written == r"\w":
        return _DIGITS + _LETTERS
    if not written.startswith("["):
        return written.removeprefix("\\")
    if written.startswith("[^"):
        return ""
    allowed = re.compile(written)
    return "".join(c for c in _DIGITS + _LETTERS if allowed.match(c)) or "".join(
        c.lower() for c in _LETTERS if allowed.match(c.lower())
    )


def _bounds(many: str | None) -> tuple[int, int]:
    match many:
        case None:
            return 1, 1
        case "?":
            return 0, 1
        case "*" | "+":
            return 1, _OPEN_END
    fewest, comma, most = many.strip("{}").partition(",")
    least = int(fewest)
    if not comma:
        return least, least
    return least, int(most) if most else max(least, _OPEN_END)
