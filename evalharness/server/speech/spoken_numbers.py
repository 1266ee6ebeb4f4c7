"""Numbers and codes out of spoken words: "forty two" → 42, "a b double seven" → AB77."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evalharness.server.speech.spoken import LETTERS, ONES, TENS, ordinal

TAKEN = "·"
"""Stands for a word that has been read already; it is no word to any reader."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value and the words it was read from: tokens[start:end]."""

    value: Any
    start: int
    end: int


_UNITS = {word: value for value, word in enumerate(ONES)}
_TENS = {word: 10 * (at + 2) for at, word in enumerate(TENS)}
_ZEROS = frozenset({"oh", "zero", "nought", "o"})
_REPEATS = {"double": 2, "triple": 3}
_LETTER_NAMES = {letter: letter.upper() for letter in LETTERS} | {"zed": "Z", "zee": "Z"}
_SPELLING_ALPHABET = {
    word: word[0].upper()
    for word in (
    "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet",
    "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango",
    "uniform", "victor", "whiskey", "x-ray", "yankee", "zulu",
)
}  # fmt: skip
# What a recogniser may write for a lone letter or digit. Only tried where a pattern confirms it.
_SOUNDS_LIKE = {
    "to": "2", "too": "2", "for": "4", "fore": "4", "ate": "8", "won": "1", "tree": "3",
    "be": "B", "bee": "B", "see": "C", "sea": "C", "dee": "D", "he": "E", "gee": "G", "jay": "J",
    "kay": "K", "okay": "K", "el": "L", "em": "M", "and": "N", "an": "N", "end": "N", "pea": "P",
    "queue": "Q", "cue": "Q", "are": "R", "our": "R", "ass": "S", "as": "S", "tea": "T",
    "you": "U", "we": "V", "ex": "X", "why": "Y", "hey": "A", "eye": "I",
}  # fmt: skip
_ORDINALS = {" ".join(ordinal(day)): day for day in range(1, 32)}
_LARGE = {"hundred": 100, "thousand": 1000}


def cardinal_at(tokens: list[str], at: int) -> Reading | None:
    """The number said from `at` on, as far as it goes: "two hundred and five" is one reading."""
    small = _below_hundred(tokens, at)
    if small is None and tokens[at : at + 1] == ["a"] and tokens[at + 1 : at + 2] == ["hundred"]:
        small = Reading(1, at, at + 1)
    if small is None:
        return None
    total, group, end = 0, small.value, small.end
    while end < len(tokens) and (size := _LARGE.get(tokens[end])):
        group *= size
        end += 1
        if size == 1000:
            total, group = total + group, 0
        rest = end + 1 if tokens[end : end + 1] == ["and"] else end
        if more := _below_hundred(tokens, rest):
            group, end = group + more.value, more.end
    return Reading(total + group, at, end)


def _below_hundred(tokens: list[str], at: int) -> Reading | None:
    word = tokens[at] if at < len(tokens) else ""
    if word in _UNITS:
        return Reading(_UNITS[word], at, at + 1)
    if word not in _TENS:
        return None
    ones = _UNITS.get(tokens[at + 1], 0) if at + 1 < len(tokens) else 0
    if 0 < ones < 10:
        return Reading(_TENS[word] + ones, at, at + 2)
    return Reading(_TENS[word], at, at + 1)


def ordinal_at(tokens: list[str], at: int) -> Reading | None:
    """A day of the month: "thirty first" → 31."""
    for size in (2, 1):
        day = _ORDINALS.get(" ".join(tokens[at : at + size]))
        if day and at + size <= len(tokens):
            return Reading(day, at, at + size)
    return None


@dataclass(frozen=True, slots=True)
class _Symbol:
    """One or more characters of a code and how many words said them."""

    text: str
    words: int


def code_runs(tokens: list[str], *, loosely: bool = False) -> list[Reading]:
    """Every unbroken run of letters and figures, as text: "k m four oh two" → KM402.

    `loosely` also takes words that sound like a letter or a figure ("be", "to").
    """
    runs: list[Reading] = []
    at = 0
    while at < len(tokens):
        start, text = at, ""
        while symbol := _symbol(tokens, at, loosely=loosely):
            text += symbol.text
            at += symbol.words
        if text:
            runs.append(Reading(text, start, at))
        at += not text
    return runs


def _symbol(tokens: list[str], at: int, *, loosely: bool) -> _Symbol | None:
    if at >= len(tokens):
        return None
    word = tokens[at]
    if word in _REPEATS:
        single = _symbol(tokens, at + 1, loosely=loosely)
        if single and len(single.text) == 1:
            return _Symbol(single.text * _REPEATS[word], 1 + single.words)
        return None
    if word in _ZEROS:
        return _Symbol("0", 1)
    if number := cardinal_at(tokens, at):
        return _Symbol(str(number.value), number.end - at)
    if letter := _LETTER_NAMES.get(word):
        return _Symbol(letter, 4 if _as_in(tokens, at + 1) else 1)
    if letter := _SPELLING_ALPHABET.get(word):
        return _Symbol(letter, 1)
    if loosely and (sound := _SOUNDS_LIKE.get(word)):
        return _Symbol(sound, 1)
    return None


def _as_in(tokens: list[str], at: int) -> bool:
    """Whether a letter is explained: "b as in bravo"."""
    return tokens[at : at + 2] == ["as", "in"] and at + 2 < len(tokens)


def codes_matching(tokens: list[str], pattern: str, *, strictly: bool = False) -> list[Reading]:
    """Runs, or the part of one, that the schema's pattern accepts.

    Unless `strictly`, words that sound like letters are tried where nothing else fits.
    """
    for loosely in (False,) if strictly else (False, True):
        found = [
            match
            for run in code_runs(tokens, loosely=loosely)
            if (match := _matching_part(run, pattern)) is not None
        ]
        if found:
            return found
    return []


def _matching_part(run: Reading, pattern: str) -> Reading | None:
    """The longest part of a run that matches, of equals the last, which corrects what came before.

    Letters may be in either case, and zero may be the letter O.
    """
    text = run.value
    spans = sorted(
        ((start, end) for start in range(len(text)) for end in range(start + 1, len(text) + 1)),
        key=lambda span: (span[0] - span[1], -span[0]),
    )
    for start, end in spans:
        for variant in _variants(text[start:end]):
            match = re.search(pattern, variant)
            if match and match[0] == variant:
                return Reading(variant, run.start, run.end)
    return None


def _variants(text: str) -> Sequence[str]:
    dashed = re.sub(r"(?<=[A-Z])(?=\d)", "-", text)
    return list(dict.fromkeys((text, text.lower(), dashed, text.replace("0", "O"))))


_MONEY_UNITS = frozenset((
    "dollar", "dollars", "euro", "euros", "pound", "pounds", "quid", "buck", "bucks",
))  # fmt: skip
_SMALL_UNITS = frozenset((
    "cent", "cents", "pence", "penny",
))  # fmt: skip


def money_in(tokens: list[str]) -> list[Reading]:
    """Amounts with their unit said: "twelve dollars fifty" → 12.5."""
    readings = []
    for number in numbers_in(tokens):
        unit = tokens[number.end] if number.end < len(tokens) else ""
        if unit not in _MONEY_UNITS:
            continue
        after = number.end + 1 + (tokens[number.end + 1 : number.end + 2] == ["and"])
        cents = cardinal_at(tokens, after)
        if cents and cents.value < 100 and isinstance(number.value, int):
            end = cents.end + (tokens[cents.end : cents.end + 1] == ["cents"])
            readings.append(Reading(number.value + cents.value / 100, number.start, end))
        else:
            readings.append(Reading(number.value, number.start, number.end + 1))
    return readings


_PRONOUN_BEFORE_ONE = frozenset(
    {"the", "that", "this", "which", "first", "second", "other", "another", "no"}
)


# Nobody says "for to"; a recogniser writes it for "for two".
_MISHEARD_AFTER_FOR = {"to": 2, "too": 2, "for": 4}


def numbers_in(tokens: list[str]) -> list[Reading]:
    """Plain numbers, whole or with "point"; "a couple of" is 2. "One" as a pronoun is not one."""
    readings: list[Reading] = []
    at = 0
    while at < len(tokens):
        number = cardinal_at(tokens, at)
        if tokens[at : at + 2] == ["a", "couple"]:
            number = Reading(2, at, at + 2)
        elif at and tokens[at - 1] == "for" and tokens[at] in _MISHEARD_AFTER_FOR:
            number = Reading(_MISHEARD_AFTER_FOR[tokens[at]], at, at + 1)
        pronoun = tokens[at] == "one" and at > 0 and tokens[at - 1] in _PRONOUN_BEFORE_ONE
        if number is None or pronoun:
            at += 1
            continue
        number = _with_fraction(tokens, number)
        readings.append(number)
        at = number.end
    return readings


def _with_fraction(tokens: list[str], whole: Reading) -> Reading:
    if tokens[whole.end : whole.end + 1] != ["point"]:
        return whole
    for run in code_runs(tokens):
        if run.start == whole.end + 1 and run.value.isdigit():
            return Reading(float(f"{whole.value}.{run.value}"), whole.start, run.end)
    return whole
