"""How a word that is in no dictionary is probably said: English letters to CMU phones."""

from __future__ import annotations

import re
from collections.abc import Mapping

Dictionary = Mapping[str, tuple[str, ...]]
"""A word's pronunciations, the likeliest first, each as phones parted by spaces."""

# (letters, phones). The first match at the cursor wins, so longer spellings come first.
# "^" and "$" are the word's edges.
_RULES: tuple[tuple[str, str], ...] = (
    ("^kn", "N"), ("^ps", "S"), ("^wr", "R"), ("^x", "Z"), ("^mc", "M AH K"), ("^y", "Y"),
    ("tch", "CH"), ("sch", "SH"), ("chr", "K R"), ("ch", "CH"), ("sh", "SH"), ("th", "TH"),
    ("ph", "F"), ("gh$", ""), ("ght", "T"), ("gh", "G"), ("wh", "W"), ("ck", "K"), ("qu", "K W"),
    ("ng$", "NG"), ("nk", "NG K"), ("dge", "JH"), ("tion", "SH AH N"), ("sion", "ZH AH N"),
    ("cious", "SH AH S"), ("tious", "SH AH S"), ("ture$", "CH ER"), ("ous$", "AH S"),
    ("igh", "AY"), ("eigh", "EY"), ("augh", "AO"), ("ough", "AO"),
    ("ee", "IY"), ("ea", "IY"), ("oo", "UW"), ("ou", "AW"), ("ow$", "OW"), ("ow", "AW"),
    ("oi", "OY"), ("oy", "OY"), ("ai", "EY"), ("ay", "EY"), ("au", "AO"), ("aw", "AO"),
    ("ew", "UW"), ("ey$", "IY"), ("ei", "EY"), ("ie$", "IY"), ("ie", "IY"), ("oa", "OW"),
    ("ue$", "UW"), ("ui", "UW"), ("eu", "UW"), ("ae", "EY"), ("oe", "OW"),
    ("air", "EH R"), ("are$", "EH R"), ("ear", "IH R"), ("ar", "AA R"), ("er", "ER"),
    ("ir", "ER"), ("or", "AO R"), ("ur", "ER"), ("yr", "IH R"),
    ("le$", "AH L"), ("es$", "Z"), ("ed$", "D"),
    ("bb", "B"), ("cc", "K"), ("dd", "D"), ("ff", "F"), ("gg", "G"), ("kk", "K"), ("ll", "L"),
    ("mm", "M"), ("nn", "N"), ("pp", "P"), ("rr", "R"), ("ss", "S"), ("tt", "T"), ("zz", "Z"),
    ("ce", "S"), ("ci", "S IH"), ("cy", "S IY"), ("ge$", "JH"), ("gi", "JH IH"), ("gy", "JH IY"),
    ("a$", "AH"), ("e$", ""), ("i$", "IY"), ("o$", "OW"), ("u$", "UW"), ("y$", "IY"),
    ("a", "AE"), ("b", "B"), ("c", "K"), ("d", "D"), ("e", "EH"), ("f", "F"), ("g", "G"),
    ("h", "HH"), ("i", "IH"), ("j", "JH"), ("k", "K"), ("l", "L"), ("m", "M"), ("n", "N"),
    ("o", "AA"), ("p", "P"), ("q", "K"), ("r", "R"), ("s", "S"), ("t", "T"), ("u", "AH"),
    ("v", "V"), ("w", "W"), ("x", "K S"), ("y", "IH"), ("z", "Z"),
)  # fmt: skip
_LONG_VOWELS = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW", "y": "AY"}
_MAGIC_E = re.compile(r"[aeiouy][bcdfgklmnpstvz]e(?:s|d)?$")
_OPEN_SYLLABLE = re.compile(r"[aeiou][bcdfgklmnprstvz][aeiou]")
_SUFFIXES = (("'s", "Z"), ("s", "Z"), ("ing", "IH NG"), ("ed", "D"), ("er", "ER"), ("ly", "L IY"))
# Shorter pieces join by chance: "an" + "do" is no way to read "ando".
_SHORTEST_PART = 3


def pronounce(word: str, dictionary: Dictionary) -> str | None:
    """Phones of `word`, from the dictionary, from its parts, or else from its letters.

    None when the word has letters outside a–z and the apostrophe.
    """
    if word in dictionary:
        return dictionary[word][0]
    if not re.fullmatch(r"[a-z][a-z']*", word):
        return None
    return _inflected(word, dictionary) or _compound(word, dictionary) or from_letters(word)


def from_letters(word: str) -> str:
    """Phones by spelling rules alone; one vowel is put in when the letters give none."""
    letters = word.replace("'", "")
    phones: list[str] = []
    at = 0
    while at < len(letters):
        if long := _long_vowel(letters, at):
            phones.append(long)
            at += 1
            continue
        size, said = _match(letters, at)
        phones.extend(said.split())
        at += size
    return " ".join(phones) or "AH"


def _long_vowel(letters: str, at: int) -> str | None:
    """The long sound of a vowel before consonant + e (late) or in an open syllable (o-pen)."""
    rest = letters[at:]
    if letters[at] not in _LONG_VOWELS:
        return None
    if _MAGIC_E.fullmatch(rest) and not letters.endswith(("ed", "es")):
        return _LONG_VOWELS[letters[at]]
    if letters[at] in "ou" and _OPEN_SYLLABLE.match(rest):
        return _LONG_VOWELS[letters[at]]
    return None


def _match(letters: str, at: int) -> tuple[int, str]:
    for spelling, phones in _RULES:
        plain = spelling.strip("^$")
        if not letters.startswith(plain, at):
            continue
        if spelling.startswith("^") and at:
            continue
        if spelling.endswith("$") and at + len(plain) < len(letters):
            continue
        return len(plain), phones
    raise AssertionError(f"the single letters are all in the rules, yet not {letters[at]!r}")


def _inflected(word: str, dictionary: Dictionary) -> str | None:
    for suffix, phones in _SUFFIXES:
        stem = word.removesuffix(suffix)
        if stem != word and len(stem) >= _SHORTEST_PART and stem in dictionary:
            return f"{dictionary[stem][0]} {phones}"
    return None


def _compound(word: str, dictionary: Dictionary) -> str | None:
    """Two known words written as one, as near halves as there are: front + desk."""
    cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    for cut in sorted(cuts, key=lambda cut: abs(2 * cut - len(word))):
        head, tail = word[:cut], word[cut:]
        if head in dictionary and tail in dictionary:
            return f"{dictionary[head][0]} {dictionary[tail][0]}"
    return None
