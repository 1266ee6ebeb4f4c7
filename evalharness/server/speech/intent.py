"""Which tool an utterance asks for, by the words of its name, description and parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evalharness.server.speech.choices import choices_in
from evalharness.server.speech.concepts import ACTIONS, concept, concepts_in
from evalharness.server.speech.spoken import words_of
from evalharness.server.speech.spoken_numbers import codes_matching
from evalharness.server.speech.tools import Kind, Tool

# How much a word tells, by where the tool has it.
_IN_NAME = 2.0
_IN_DESCRIPTION = 1.0
_IN_CHOICE = 0.9
_IN_PARAMETER = 0.6
_IN_PARAMETER_TEXT = 0.3
_OF_FINDING = 0.4  # every question asks to find something
_WHOLE_NAME = 1.5  # all words of the name were said
_CODE_FITS = 1.5  # a code was said that the tool's pattern accepts
_OTHER_ACTION = 0.3  # "cancel" was said, and the tool books

_WISHES = ("i would like", "i'd like", "can i have", "can i get", "could i have", "could i get",
           "may i have", "i'll have", "i'll take", "i want", "give me")  # fmt: skip

# Below this an utterance shares no more than a stray word with a tool.
_LEAST_SCORE = 1.4


@dataclass(frozen=True, slots=True)
class Match:
    """A tool and how strongly the utterance asks for it (no upper bound)."""

    tool: Tool
    score: float


def best_match(tools: Sequence[Tool], tokens: list[str], *, forced: bool = False) -> Match | None:
    """The tool asked for; None when none is. `forced`: the best one, however weak."""
    if not tools:
        return None
    matches = rank(tools, tokens)
    # With one tool on offer, whoever asks for something asks for that.
    only = len(tools) == 1 and any(wish in " ".join(tokens) for wish in _WISHES)
    return matches[0] if forced or only or matches[0].score >= _LEAST_SCORE else None


def rank(tools: Sequence[Tool], tokens: list[str]) -> list[Match]:
    """Every tool with its score, the best first; in equal scores the order offered."""
    profiles = [_profile(tool) for tool in tools]
    said = dict.fromkeys(concepts_in(tokens))
    rarity = {
        word: math.log2(1 + len(tools) / max(1, sum(word in profile for profile in profiles)))
        for word in said
    }
    matches = [
        Match(tool, _score(tool, profile, list(said), rarity, tokens))
        for tool, profile in zip(tools, profiles, strict=True)
    ]
    return sorted(matches, key=lambda match: -match.score)


def name_concepts(tool: Tool) -> set[str]:
    """What the tool's name says, without the verbs every tool may have."""
    return {concept(word) for word in tool.words}


def _profile(tool: Tool) -> dict[str, float]:
    weights: dict[str, float] = {}
    texts: list[tuple[float, list[str]]] = [
        (_IN_NAME, list(tool.words)),
        (_IN_DESCRIPTION, list(tool.description)),
    ]
    texts.extend((_IN_PARAMETER_TEXT, list(sentence)) for sentence in tool.sentences[1:])
    for parameter in tool.parameters:
        texts.append((_IN_PARAMETER, list(parameter.words)))
        texts.append((_IN_PARAMETER_TEXT, words_of(parameter.description)))
        texts.extend((_IN_CHOICE, words_of(str(choice))) for choice in parameter.choices)
    for weight, words in texts:
        for word in concepts_in(words):
            weights[word] = max(weight, weights.get(word, 0.0))
    return weights


def _score(
    tool: Tool,
    profile: dict[str, float],
    said: Sequence[str],
    rarity: dict[str, float],
    tokens: list[str],
) -> float:
    score = sum(
        profile.get(word, 0.0) * rarity[word] * (_OF_FINDING if word == "find" else 1.0)
        for word in said
    )
    named = name_concepts(tool)
    if named and named <= {*said, "find"}:
        score += _WHOLE_NAME
    for parameter in tool.parameters:
        if parameter.kind is Kind.CODE and parameter.pattern:
            score += _CODE_FITS * bool(codes_matching(tokens, parameter.pattern, strictly=True))
        elif parameter.kind is Kind.CHOICE:
            score += _IN_CHOICE * bool(choices_in(tokens, parameter.choices))
    wanted, done = ACTIONS & set(said), ACTIONS & profile.keys()
    if wanted and done and not wanted & done:
        score *= _OTHER_ACTION
    return score
