"""Written text as the words a person would say: lower case, no figures, no punctuation."""

from __future__ import annotations

import re
from collections.abc import Sequence

ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LETTERS = "abcdefghijklmnopqrstuvwxyz"

_IRREGULAR_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_WRITTEN_SHORT = {
    "&": "and",
    "%": "percent",
    "+": "plus",
    "@": "at",
    "dr": "doctor",
    "mr": "mister",
    "mrs": "missus",
    "ms": "miss",
    "e.g": "for example",
}
# An acronym longer than this is more often shouted text than something spelled aloud.
_LONGEST_ACRONYM = 4
_LONGEST_TERM = 3
_LIST_JOINT = re.compile(r",\s*(?:and|or)?\s*|\s+(?:and|or)\s+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_|-")
_TOKEN = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d+(?:st|nd|rd|th)?|[&%+@]")
# A format named in a description (YYYY-MM-DD, HH:MM) is for programs and never said.
_FORMAT = re.compile(r"\b(?:YYYY|DD|MM|HH|SS|AM|PM)(?:[-/:T]+(?:YYYY|DD|MM|HH|SS))*\b")
_SENTENCE_END = re.compile(r"[.!?;:\n]+(?:\s|$)|\n|[()\"“”]")


def cardinal(number: int) -> list[str]:
    """0 to 999,999 in words: 305 → three hundred and five."""
    if number < 20:
        return [ONES[number]]
    if number < 100:
        tens, ones = divmod(number, 10)
        return [TENS[tens - 2], *([ONES[ones]] if ones else [])]
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if number >= size:
            head, rest = divmod(number, size)
            joint = ["and"] if 0 < rest < 100 else []
            return [*cardinal(head), name, *joint, *(cardinal(rest) if rest else [])]
    raise AssertionError("every number from 100 on has a hundred or a thousand")


def ordinal(number: int) -> list[str]:
    """1 to 99 in words: 31 → thirty first."""
    *head, last = cardinal(number)
    if last in _IRREGULAR_ORDINALS:
        return [*head, _IRREGULAR_ORDINALS[last]]
    if last.endswith("y"):
        return [*head, last[:-1] + "ieth"]
    return [*head, last + "th"]


def spelled(code: str) -> list[str]:
    """A code character by character: AB7 → a b seven. Other signs are not said."""
    return [ONES[int(c)] if c.isdigit() else c.lower() for c in code if c.isascii() and c.isalnum()]


def identifier_words(name: str) -> list[str]:
    """The words of a camelCase, snake_case or kebab-case name."""
    return [word.lower() for word in _CAMEL.split(name) if word and word.isalpha()]


def words_of(text: str) -> list[str]:
    """A piece of written text as spoken words."""
    words: list[str] = []
    for token in _TOKEN.findall(_CAMEL.sub(" ", _FORMAT.sub(" ", text.replace("’", "'")))):
        words.extend(_say(token))
    return words


def sentences_of(text: str) -> list[Sequence[str]]:
    """Each sentence of a text as spoken words; empty ones are left out."""
    spoken = (words_of(sentence) for sentence in _SENTENCE_END.split(text))
    return [words for words in spoken if words]


def terms_of(text: str) -> list[Sequence[str]]:
    """The items of the lists in a text, as spoken words: what stands between commas, and the last
    one after "and" or "or"."""
    terms: list[Sequence[str]] = []
    for sentence in _SENTENCE_END.split(text):
        parts = _LIST_JOINT.split(sentence)
        said = [words_of(part) for part in parts] if len(parts) > 1 else []
        terms.extend(words for words in said if 0 < len(words) <= _LONGEST_TERM)
    return terms


def _say(token: str) -> list[str]:
    if token[0].isdigit():
        return _say_figures(token)
    lower = token.lower()
    if lower in _WRITTEN_SHORT:
        return _WRITTEN_SHORT[lower].split()
    if token.isupper() and 1 < len(token) <= _LONGEST_ACRONYM and not _pronounceable(lower):
        return list(lower)
    return [lower]


def _say_figures(token: str) -> list[str]:
    digits = token.rstrip("stndrh")
    number = int(digits)
    if digits != token and 0 < number < 100:
        return ordinal(number)
    # Long figures and those with a leading zero are identifiers, said one by one.
    if digits[:2] == "20" and len(digits) == 4 and digits[2:] >= "10":
        return [*cardinal(20), *cardinal(number - 2000)]
    if len(digits) > 3 or (digits.startswith("0") and number):
        return spelled(digits)
    return cardinal(number)


def _pronounceable(word: str) -> bool:
    """Whether capitals are a shouted word (NOTE, ALL) and not an acronym (SMS, VIP)."""
    return re.search(r"[aeiou]", word) is not None and len(word) > 2 and word not in {"vip", "faq"}
