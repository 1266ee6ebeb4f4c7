"""Names of people and e-mail addresses out of spoken words."""

from __future__ import annotations

from evalharness.server.speech.concepts import FILLERS, FUNCTION_WORDS
from evalharness.server.speech.phrasebook import FIRST_NAMES, SURNAMES
from evalharness.server.speech.spoken import MONTHS, WEEKDAYS
from evalharness.server.speech.spoken_numbers import TAKEN, Reading, code_runs

_TITLES = frozenset({"mister", "missus", "miss", "doctor", "mr", "mrs", "dr"})
_SURE_NAME_CUES = (
    "name is", "name's", "under the name of", "under the name", "under", "surname is",
)  # fmt: skip
_NAME_CUES = ("this is", "i am", "i'm", "it's", "it is", "for", "with", "to", "speak to", "of")
_KNOWN_NAMES = frozenset({*FIRST_NAMES, *SURNAMES})
_NEVER_NAMES = FUNCTION_WORDS | FILLERS | {*MONTHS, *WEEKDAYS, "tomorrow", "today", TAKEN}
_LONGEST_NAME = 3


def names_in(tokens: list[str], *, bare: bool = False) -> list[Reading]:
    """Names of people after "my name is", "under" and the like, or known as such.

    `bare`: the whole utterance may be a name, as in the answer to "what name?".
    """
    found: list[Reading] = []
    for cues, sure in ((_SURE_NAME_CUES, True), (_NAME_CUES, False)):
        for cue in cues:
            words = cue.split()
            for at in range(len(tokens) - len(words)):
                if tokens[at : at + len(words)] == words:
                    found += _name_at(tokens, at + len(words), sure=sure)
        if found:
            return sorted(found, key=lambda reading: reading.start)
    if bare:
        start = next((at for at, t in enumerate(tokens) if t not in _NEVER_NAMES), len(tokens))
        return _name_at(tokens, start, sure=True)
    return []


def _name_at(tokens: list[str], at: int, *, sure: bool) -> list[Reading]:
    start = at + (at < len(tokens) and tokens[at] in _TITLES)
    if spelled := [r for r in code_runs(tokens) if r.start == start and r.end - r.start >= 3]:
        letters = spelled[0].value.replace("0", "O")
        return [Reading(letters.title(), start, spelled[0].end)] if letters.isalpha() else []
    end = start
    while end < len(tokens) and end - start < _LONGEST_NAME and tokens[end] not in _NEVER_NAMES:
        if not sure and tokens[end] not in _KNOWN_NAMES and start == at:
            break
        end += 1
    return [Reading(" ".join(tokens[start:end]).title(), at, end)] if end > start else []


def emails_in(tokens: list[str]) -> list[Reading]:
    """ "sam dot lee at example dot com" → sam.lee@example.com."""
    if "at" not in tokens or "dot" not in tokens[tokens.index("at") :]:
        return []
    at = tokens.index("at")
    start = at
    while start > 0 and tokens[start - 1] not in FUNCTION_WORDS | {"email", "address", TAKEN}:
        start -= 1
    end = at + 1 + tokens[at + 1 :].index("dot") + 2
    name, host = (_joined(part) for part in (tokens[start:at], tokens[at + 1 : end]))
    return [Reading(f"{name}@{host}", start, end)] if name else []


_SIGNS = {"dot": ".", "dash": "-", "hyphen": "-", "underscore": "_", "plus": "+"}


def _joined(tokens: list[str]) -> str:
    runs = {run.start: run for run in code_runs(tokens)}
    text, at = "", 0
    while at < len(tokens):
        if run := runs.get(at):
            text, at = text + run.value.lower(), run.end
        else:
            text, at = text + _SIGNS.get(tokens[at], tokens[at]), at + 1
    return text
