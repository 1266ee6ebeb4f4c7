"""What the caller said against what was transcribed: word error rate, hallucination on silence.

The transcript comes from the session's side recogniser. It measures that recogniser, not what the
model understood; function calls tell the latter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import jiwer
from jiwer.transforms import AbstractTransform

from evalharness.dataset.alternatives import readings
from evalharness.dataset.normalisers import normalise, tokenise
from evalharness.recording.timeline import TurnSpan
from evalharness.scoring.conversation import Conversation, PlayedTurn
from evalharness.scoring.score import Score

SCORER = "transcripts"


@dataclass(frozen=True, slots=True)
class WordErrors:
    """One optimal alignment's counts; their total is the same for every optimal one."""

    words: int
    hits: int
    substitutions: int
    deletions: int
    insertions: int

    @property
    def errors(self) -> int:
        return self.substitutions + self.deletions + self.insertions


class _Words(AbstractTransform):
    """Passes lists of words through: jiwer's own tokeniser keeps tabs and no-break spaces inside
    words."""

    def __call__(self, sentences: Any) -> Any:
        return sentences


_WORDS = _Words()


def word_errors(reference: Sequence[str], hypothesis: Sequence[str]) -> WordErrors:
    """Count errors between two lists of normalised words."""
    if not reference or not hypothesis:
        return WordErrors(len(reference), 0, 0, len(reference), len(hypothesis))
    found = jiwer.process_words(
        [list(reference)],  # type: ignore[list-item]
        [list(hypothesis)],  # type: ignore[list-item]
        reference_transform=_WORDS,
        hypothesis_transform=_WORDS,
    )
    return WordErrors(
        len(reference), found.hits, found.substitutions, found.deletions, found.insertions
    )


@dataclass(frozen=True, slots=True)
class AlignedWord:
    """One step of an alignment; the side that has no word is None."""

    op: Literal["hit", "substitution", "deletion", "insertion"]
    reference: str | None
    hypothesis: str | None


def align(reference: Sequence[str], hypothesis: Sequence[str]) -> list[AlignedWord]:
    """Of all alignments with the fewest errors, one with the most hits.

    jiwer's misses hits in a quarter of hard cases, so nothing is said of single words by it.
    """
    rows, columns = len(reference), len(hypothesis)
    # Each cell: (errors, -hits) of the best alignment of the first i and j words.
    best = [[(i + j, 0) for j in range(columns + 1)] for i in range(rows + 1)]
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            best[i][j] = min(
                _step(best[i - 1][j - 1], hit=reference[i - 1] == hypothesis[j - 1]),
                (best[i - 1][j][0] + 1, best[i - 1][j][1]),
                (best[i][j - 1][0] + 1, best[i][j - 1][1]),
            )
    steps: list[AlignedWord] = []
    i, j = rows, columns
    while i or j:
        hit = bool(i and j) and reference[i - 1] == hypothesis[j - 1]
        if i and j and best[i][j] == _step(best[i - 1][j - 1], hit=hit):
            op: Literal["hit", "substitution"] = "hit" if hit else "substitution"
            steps.append(AlignedWord(op, reference[i - 1], hypothesis[j - 1]))
            i, j = i - 1, j - 1
        elif i and best[i][j] == (best[i - 1][j][0] + 1, best[i - 1][j][1]):
            steps.append(AlignedWord("deletion", reference[i - 1], None))
            i -= 1
        else:
            steps.append(AlignedWord("insertion", None, hypothesis[j - 1]))
            j -= 1
    return steps[::-1]


def _step(before: tuple[int, int], *, hit: bool) -> tuple[int, int]:
    return (before[0], before[1] - 1) if hit else (before[0] + 1, before[1])


def score_transcripts(conversation: Conversation) -> Iterator[Score]:
    """`wer` of every spoken turn, undefined where it has no reference; `hallucination_rate` of
    every silent one. None where the session transcribes nothing."""
    if not _transcribes(conversation):
        return
    for turn in conversation.turns:
        if turn.script.say is not None:
            yield from _spoken(turn, turn.script.say.text, conversation.spec.normaliser)
        elif turn.script.silence is not None and turn.span is not None:
            yield _silent(turn, turn.span, conversation.spec.normaliser)


def _transcribes(conversation: Conversation) -> bool:
    """Whether the server said that it transcribes the caller, or did so."""
    for change in conversation.timeline.configs:
        found: Any = change.effective
        for key in ("audio", "input", "transcription"):
            found = found.get(key) if isinstance(found, Mapping) else None
        if found:
            return True
    items = [item for span in conversation.timeline.turns for item in span.inputs]
    return any(item.transcript is not None for item in items)


def _spoken(turn: PlayedTurn, text: str | None, normaliser: str) -> Iterator[Score]:
    heard = _heard(turn.span)
    if text is None:
        detail = {"undefined": "no reference", "hyp": heard or "", "missing": heard is None}
        yield Score(turn.index, SCORER, "wer", None, None, None, detail)
        return
    hypothesis = tokenise(normalise(heard or "", normaliser))
    read = best_reading(text, hypothesis, normaliser)
    if not read.words:
        yield _hallucination(turn.index, hypothesis)
        return
    errors = word_errors(read.words, hypothesis)
    yield Score(
        turn.index,
        SCORER,
        "wer",
        errors.errors,
        errors.words,
        errors.errors / errors.words,
        {
            "ref": text,
            "hyp": heard or "",
            "ref_norm": " ".join(read.words),
            "hyp_norm": " ".join(hypothesis),
            "missing": heard is None,
            **({"reading": read.text} if read.text != text else {}),
            **asdict(errors),
        },
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to say a reference, and its normalised words."""

    text: str
    words: Sequence[str]


def best_reading(text: str, hypothesis: Sequence[str], normaliser: str) -> Reading:
    """Of a reference's alternatives the one with the fewest errors, then the most hits, then the
    first listed. Alternatives are read before normalising, which would take the braces away."""
    found = [Reading(one, tokenise(normalise(one, normaliser))) for one in readings(text)]

    def badness(reading: Reading) -> tuple[int, int]:
        errors = word_errors(reading.words, hypothesis)
        return errors.errors, -errors.hits

    return min(found, key=badness) if len(found) > 1 else found[0]


def _heard(span: TurnSpan | None) -> str | None:
    """The turn's transcripts in the order they were spoken; None when none came."""
    items = span.inputs if span is not None else ()
    transcripts = [item.transcript for item in items if item.transcript is not None]
    return " ".join(transcripts) if transcripts else None


def _silent(turn: PlayedTurn, span: TurnSpan, normaliser: str) -> Score:
    heard = _heard(span) or ""
    return _hallucination(turn.index, tokenise(normalise(heard, normaliser)))


def _hallucination(index: int, heard: Sequence[str]) -> Score:
    # A recogniser's full stop for a silence is no word.
    words = [word for word in heard if any(character.isalnum() for character in word)]
    hallucinated = float(bool(words))
    detail = {"hyp_norm": " ".join(words), "words": len(words)}
    return Score(index, SCORER, "hallucination_rate", hallucinated, 1.0, hallucinated, detail)
