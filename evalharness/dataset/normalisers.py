"""What counts as the same words: normalisers with an id, a version and a hash.

`whisper-en` is Whisper's English normaliser, the field's standard; `basic` serves every other
language. Word error rates under different normalisers cannot be compared, so the hash is part of
the scoring spec.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import unicodedata
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import regex

WHISPER_EN = "whisper-en"
BASIC = "basic"
KEPT = 100_000
"""Normalised texts kept: references come again in every run."""


@dataclass(frozen=True, slots=True)
class Normaliser:
    """`sha256` covers the id, the version and the tables it uses."""

    id: str
    version: str
    sha256: str


NORMALISER_IDS = (WHISPER_EN, BASIC)


def default_normaliser(language: str) -> str:
    """whisper-en for English, basic for every other language."""
    return WHISPER_EN if language.lower().partition("-")[0] == "en" else BASIC


@lru_cache(maxsize=KEPT)
def normalise(text: str, normaliser: str) -> str:
    """The text in the form that is compared. Normalise once: whisper-en is not idempotent.

    Raises KeyError for an unknown id.
    """
    return _function(normaliser)(text)


def tokenise(normalised: str) -> list[str]:
    """Words of a normalised text: split at any white space."""
    return normalised.split()


@cache
def normaliser(normaliser_id: str) -> Normaliser:
    """What a normaliser is, for the scoring spec. Raises KeyError for an unknown id."""
    if normaliser_id == BASIC:
        version, tables = "1", unicodedata.unidata_version.encode()
    elif normaliser_id == WHISPER_EN:
        version = importlib.metadata.version("whisper-normalizer")
        tables = (files("whisper_normalizer") / "normalizers" / "english.json").read_bytes()
    else:
        raise KeyError(normaliser_id)
    digest = hashlib.sha256(f"{normaliser_id} {version} ".encode() + tables)
    return Normaliser(normaliser_id, version, digest.hexdigest())


@cache
def _function(normaliser_id: str) -> Callable[[str], str]:
    if normaliser_id == BASIC:
        return basic
    if normaliser_id == WHISPER_EN:
        return _whisper_en()
    raise KeyError(normaliser_id)


def _whisper_en() -> Callable[[str], str]:
    # Imported where it is needed: it costs 60 ms, and most commands never score. Its source has
    # an invalid escape that newer Pythons would tell the user about.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from whisper_normalizer.english import EnglishTextNormalizer  # noqa: PLC0415

    normalizer: Callable[[str], str] = EnglishTextNormalizer()
    return normalizer


_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u02bc", "'"))
_INNER_APOSTROPHE = regex.compile(r"(?<=[\p{L}\p{M}])'(?=\p{L})")
_PLACEHOLDER = "\ue000"
"""A private-use character that stands for an apostrophe between letters while the rest go."""


def basic(text: str) -> str:
    """NFKC, case folded; punctuation, symbols and controls become spaces, except apostrophes
    between letters. Marks stay: without them Indic and Thai words lose their vowels. Idempotent.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    folded = folded.replace(_PLACEHOLDER, " ").translate(_APOSTROPHES)
    folded = _INNER_APOSTROPHE.sub(_PLACEHOLDER, folded)
    kept = (
        character
        if character == _PLACEHOLDER or unicodedata.category(character)[0] not in "PSC"
        else " "
        for character in folded
    )
    return " ".join("".join(kept).split()).replace(_PLACEHOLDER, "'")


# What whisper-en does to references, found by running it; each finding names the remedy.
_LINT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\([^)]*\)|\[[^\]]*\]|<[^>]*>"), "text in brackets is deleted"),
    (re.compile(r"\b0\d+\b"), "leading zeros are lost"),
    (re.compile(r"\b\d+-\d+"), "hyphenated digit groups are split"),
    (re.compile(r"\b\d{1,2}:\d{2}\b"), "10:30 and ten thirty become different words"),
    (re.compile(r"\b\d+/\d+\b"), "fractions are split"),
    (re.compile(r"\b(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{3,}\b"), "codes and spelled codes differ"),
    (re.compile(r"\boh?\b", re.IGNORECASE), "o and oh are read as zero"),
)
_LETTER_CODE = re.compile(r"\b[A-Z]{3,}\b")
ADVICE = "write what is said, word by word"


def reference_lint(text: str, language: str) -> list[str]:
    """What a normaliser would mangle in a reference, one finding of each sort; empty when
    nothing."""
    findings = []
    if unicodedata.normalize("NFC", text) != text:
        findings.append("the text is not in Unicode's composed form (NFC)")
    chosen = default_normaliser(language)
    if chosen == WHISPER_EN:
        findings += [
            f"{match.group(0)!r}: {what}; {ADVICE}"
            for pattern, what in _LINT
            if (match := pattern.search(text)) is not None
        ]
        code = _LETTER_CODE.search(text)
        # Where all of a sentence is in capitals, capitals say nothing.
        if code is not None and (code.group(0) == text.strip() or not text.isupper()):
            findings.append(f"{code.group(0)!r}: letters spelled one by one differ; {ADVICE}")
    if text.strip() and not normalise(text, chosen):
        findings.append(f"nothing of it is left after normalising with {chosen}; {ADVICE}")
    return findings
