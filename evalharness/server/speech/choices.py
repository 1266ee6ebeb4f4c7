"""Which of a schema's enum values an utterance names."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from evalharness.server.speech.concepts import FUNCTION_WORDS, stem
from evalharness.server.speech.spoken import words_of
from evalharness.server.speech.spoken_numbers import Reading

# Two spellings of a word this alike are taken as one ("checkups", "check-up").
_ALIKE = 0.85


def choices_in(tokens: list[str], choices: Sequence[Any]) -> list[Reading]:
    """The enum values named, in order of their mention; the last is the one that holds.

    A choice of many words may be named by the words no other choice has ("deluxe" for
    "deluxe_room"). One that is denied ("not the small one") is left out.
    """
    worded = {at: _choice_words(choice) for at, choice in enumerate(choices)}
    found: list[Reading] = []
    for at, words in worded.items():
        others = {w for other, ws in worded.items() if other != at for w in ws}
        telling = [w for w in words if w not in others] or words
        mentions = _mentions(tokens, words, telling)
        found.extend(Reading(choices[at], mention.start, mention.end) for mention in mentions)
    found = _longest_first(found)
    kept = [r for r in found if not _denied(tokens, r.start)]
    return sorted(kept, key=lambda reading: reading.start)


def _choice_words(choice: Any) -> list[str]:
    words = [stem(word) for word in words_of(str(choice))]
    return [word for word in words if word not in FUNCTION_WORDS] or words


def _mentions(tokens: list[str], words: list[str], telling: list[str]) -> list[Reading]:
    said = [stem(token) for token in tokens]
    whole = "".join(words)
    found = []
    for at in range(len(said)):
        for size in range(min(len(words) + 1, len(said) - at), 0, -1):
            if _alike("".join(said[at : at + size]), whole):
                found.append(Reading(None, at, at + size))
                break
        else:
            if len(words) > 1 and any(_alike(said[at], word) for word in telling):
                found.append(Reading(None, at, at + 1))
    return found


def _alike(said: str, word: str) -> bool:
    if said == word:
        return True
    if min(len(said), len(word)) < 4:
        return False
    return SequenceMatcher(None, said, word).ratio() >= _ALIKE


def _longest_first(readings: list[Reading]) -> list[Reading]:
    """Readings that do not overlap; the longer mention of two wins ("decaf latte" over "latte")."""
    kept: list[Reading] = []
    for reading in sorted(readings, key=lambda r: (r.start - r.end, r.start)):
        if all(reading.end <= other.start or reading.start >= other.end for other in kept):
            kept.append(reading)
    return kept


def _denied(tokens: Sequence[str], at: int) -> bool:
    before = [word for word in tokens[max(0, at - 3) : at] if word not in {"the", "a", "on", "at"}]
    return before[-1:] == ["not"] or before[-2:] == ["instead", "of"]
