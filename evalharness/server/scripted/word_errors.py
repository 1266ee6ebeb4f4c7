"""A transcript with a declared share of wrong words, as the scorer will count them.

Errors are made in whole units that normalise by themselves: "four two" becomes one word "42" in
the scorer's eyes, so half of it cannot be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from evalharness.dataset.alternatives import readings
from evalharness.dataset.normalisers import normalise

# Plain words that no normaliser changes; those of the reference itself are left out when used.
STRANGERS = (
    *("walnut", "zebra", "lantern", "copper", "meadow", "violin", "harbour", "pebble"),
    *("cactus", "ribbon", "thunder", "saddle", "orchid", "marble", "falcon", "velvet"),
)
_LEFT_OUT = 0.15
_PUT_IN = 0.15
"""Of all errors; the others replace a word."""


def spoken_text(text: str) -> str:
    """The reference with the first of each set of alternatives: what the speaker says."""
    return readings(text)[0]


def misheard(text: str, rate: float, normaliser: str, rng: Random) -> Sequence[str]:
    """The units of `text`, each with its errors; joined by spaces they are the transcript.

    Each of the normalised words is wrong with probability `rate`, independently.
    """
    known = set(normalise(text, normaliser).split())
    strangers = [word for word in STRANGERS if word not in known]
    units = [_Unit.of(unit, rate, normaliser, rng) for unit in _units(text, normaliser)]
    heard = [unit.heard(strangers, rng) for unit in units]
    counted = normalise(" ".join(heard), normaliser).split()
    if counted != [word for unit in heard for word in normalise(unit, normaliser).split()]:
        # A word left out made its neighbours one ("four or two"): replace words instead.
        heard = [unit.heard(strangers, rng, replace_only=True) for unit in units]
    return heard


@dataclass(frozen=True, slots=True)
class _Unit:
    """As it was said, as it normalises, and which of its normalised words are wrong."""

    said: str
    words: Sequence[str]
    wrong: Sequence[bool]

    @classmethod
    def of(cls, said: str, rate: float, normaliser: str, rng: Random) -> _Unit:
        words = normalise(said, normaliser).split()
        return cls(said, words, [rng.random() < rate for _ in words])

    def heard(self, strangers: Sequence[str], rng: Random, *, replace_only: bool = False) -> str:
        if not any(self.wrong):
            return self.said
        heard: list[str] = []
        for word, is_wrong in zip(self.words, self.wrong, strict=True):
            how = 1.0 if replace_only else rng.random()
            heard += _mistaken(word, how, rng.choice(strangers)) if is_wrong else [word]
        return " ".join(heard)


def _mistaken(word: str, how: float, stranger: str) -> Sequence[str]:
    if how < _LEFT_OUT:
        return []
    return [word, stranger] if how < _LEFT_OUT + _PUT_IN else [stranger]


def _units(text: str, normaliser: str) -> Iterator[str]:
    """The fewest words that normalise alike alone and in the text."""
    words = text.split()
    whole = normalise(text, normaliser).split()
    start = 0
    for end in range(1, len(words) + 1):
        before, after = " ".join(words[:end]), " ".join(words[end:])
        apart = normalise(before, normaliser).split() + normalise(after, normaliser).split()
        if apart == whole or end == len(words):
            yield " ".join(words[start:end])
            start = end
