"""A string that a regular expression accepts, for the patterns people write in expectations.

Sets, groups, alternatives, repeats and anchors are understood; what needs more (look-around,
back-references) gives no sample rather than a wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import regex

_ESCAPES: dict[str, str] = {
    "d": "7",
    "w": "a",
    "s": " ",
    "D": "x",
    "W": "-",
    "S": "x",
    "n": "\n",
    "t": "\t",
    **dict.fromkeys("bBAZz", ""),
}
"""What to write for a class or an anchor; any other escaped character stands for itself."""
_TRIED = "7a A-_.,;:!?@#/+x"
"""Members to look for in a set, the likely ones first."""
_REPEAT = re.compile(r"(?P<fixed>\{(?P<least>\d*)(?:,\d*)?\}|[*+?])[?+]?")
_GROUP_HEAD = re.compile(r"\(\?(?:P?<\w+>|:|[aiLmsux]+\)|[aiLmsux]+:)|\(")
_TIMEOUT_S = 0.1


def sample(pattern: str) -> str | None:
    """The shortest string this file can think of that `pattern` matches as a whole, or None."""
    try:
        found = _Reader(pattern).alternatives()
        accepted = regex.fullmatch(pattern, found, timeout=_TIMEOUT_S)
    except (_NotUnderstood, regex.error, TimeoutError):
        return None
    return found if accepted else None


class _NotUnderstood(Exception):
    """The pattern uses more than this file knows."""


class _Reader:
    """Reads a pattern from left to right and writes what it wants to see."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def alternatives(self) -> str:
        """Up to the end of the group; the first of several branches counts."""
        first = self._branch()
        while self._take("|"):
            self._branch()
        return first

    def _branch(self) -> str:
        text = ""
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            text += self._repeated(self._atom())
        return text

    def _repeated(self, atom: str) -> str:
        found = _REPEAT.match(self._pattern, self._at)
        if found is None:
            return atom
        self._at = found.end()
        match found["fixed"]:
            case "*" | "?":
                return ""
            case "+":
                return atom
            case _:
                return atom * int(found["least"] or 0)

    def _atom(self) -> str:
        readers: dict[str, Callable[[], str]] = {
            "(": self._group,
            "[": self._set,
            "\\": self._escape,
        }
        character = self._pattern[self._at]
        if character in readers:
            return readers[character]()
        self._at += 1
        return {"^": "", "$": "", ".": "x"}.get(character, character)

    def _group(self) -> str:
        head = _GROUP_HEAD.match(self._pattern, self._at)
        assert head is not None
        self._at = head.end()
        if head.group().endswith(")"):
            return ""
        if head.group() == "(" and self._pattern[self._at : self._at + 1] == "?":
            raise _NotUnderstood(self._pattern)
        text = self.alternatives()
        if not self._take(")"):
            raise _NotUnderstood(self._pattern)
        return text

    def _set(self) -> str:
        end = self._at + 1
        # A bracket that comes first stands for itself.
        end += self._pattern.startswith("^", end)
        end += self._pattern.startswith("]", end)
        while end < len(self._pattern) and self._pattern[end] != "]":
            end += 2 if self._pattern[end] == "\\" else 1
        members = self._pattern[self._at : end + 1]
        self._at = end + 1
        for code in [*map(ord, _TRIED), *range(33, 0x250)]:
            if regex.fullmatch(members, chr(code)):
                return chr(code)
        raise _NotUnderstood(members)

    def _escape(self) -> str:
        name = self._pattern[self._at + 1 : self._at + 2]
        self._at += 2
        if name.isdigit() or not name:
            raise _NotUnderstood(self._pattern)
        return str(_ESCAPES.get(name, name))

    def _take(self, character: str) -> bool:
        if self._pattern[self._at : self._at + 1] != character:
            return False
        self._at += 1
        return True
