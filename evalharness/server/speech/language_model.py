"""A trigram model of expected sentences, mixed with a general model, as ARPA text.

The recogniser cannot mix two models itself, so the mixing happens here, in the probabilities:
what the expected sentences never say keeps the general model's word.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

START, END = "<s>", "</s>"
_NEVER = -99.0  # log10 of a word that is only ever history


class General(Protocol):
    """A model of the language at large."""

    def probability(self, word: str, *history: str) -> float:
        """P(word | history), history in spoken order; 0.0 for a word it does not know."""
        ...

    def pairs(self, among: Collection[str], count: int) -> Mapping[tuple[str, ...], float]:
        """The most frequent pairs of the given words, with P(second | first)."""
        ...

    def triples(self, among: Collection[str], count: int) -> Mapping[tuple[str, ...], float]:
        """The most frequent triples of the given words, with P(third | first, second)."""
        ...


@dataclass(frozen=True, slots=True)
class Mixture:
    """`domain`: the expected sentences' share of a word's probability with no history.

    `trust`: how many sightings of a history outweigh each different word seen after it; lower
    trusts the expected sentences more. `pairs` and `triples`: how many of the general model's are
    taken over; more are slower to load.
    """

    domain: float = 0.5
    trust: float = 3.0
    pairs: int = 50_000
    triples: int = 20_000


_After = dict[str, float]
"""A history's following words and their probabilities."""


def write_arpa(
    sentences: Iterable[Sequence[str]],
    everyday: Sequence[str],
    general: General,
    mixture: Mixture = Mixture(),
) -> str:
    """ARPA text over the words of the sentences and `everyday`."""
    counts = _Counts(sentences)
    one = _unigrams(counts, everyday, general, mixture)
    two = _bigrams(counts, one, general, mixture)
    three = _trigrams(counts, two, general, mixture)
    return _arpa(one, two, three)


class _Counts:
    """How often each word, pair and triple stands in the sentences."""

    def __init__(self, sentences: Iterable[Sequence[str]]) -> None:
        self.words: Counter[str] = Counter()
        self.after_one: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.after_two: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for sentence in sentences:
            padded = [START, *sentence, END]
            self.words.update(padded[1:])
            for at in range(1, len(padded)):
                self.after_one[padded[at - 1]][padded[at]] += 1
                if at > 1:
                    self.after_two[padded[at - 2], padded[at - 1]][padded[at]] += 1


def _unigrams(
    counts: _Counts, everyday: Sequence[str], general: General, mixture: Mixture
) -> _After:
    words = dict.fromkeys([*counts.words, *everyday, END])
    at_large = {word: general.probability(word) for word in words}
    known = sum(at_large.values()) or 1.0
    total = counts.words.total() or 1
    share = mixture.domain if counts.words else 0.0
    mixed = {w: share * counts.words[w] / total + (1 - share) * at_large[w] / known for w in words}
    return {word: p for word, p in mixed.items() if p > 0}


def _bigrams(counts: _Counts, one: _After, general: General, mixture: Mixture) -> dict[str, _After]:
    listed: defaultdict[str, _After] = defaultdict(dict)
    for first, seen in counts.after_one.items():
        share = _share(seen, mixture)
        for word, count in seen.items():
            at_large = general.probability(word, first)
            listed[first][word] = share * count / seen.total() + (1 - share) * at_large
    for (first, word), p in general.pairs({START, *one}, mixture.pairs).items():
        seen = counts.after_one.get(first, Counter())
        listed[first].setdefault(word, (1 - _share(seen, mixture)) * p)
    return {first: _whole(after, one) for first, after in listed.items()}


def _trigrams(
    counts: _Counts, two: dict[str, _After], general: General, mixture: Mixture
) -> dict[tuple[str, str], _After]:
    at_large = {
        (first, second, word): p
        for (first, second, word), p in general.triples({START, *two}, mixture.triples).items()
        if second in two.get(first, {}) and word in two.get(second, {})
    }
    listed: defaultdict[tuple[str, str], _After] = defaultdict(dict)
    for history, seen in counts.after_two.items():
        share, shorter = _share(seen, mixture), two[history[1]]
        for word, count in seen.items():
            rest = at_large.get((*history, word), shorter[word])
            listed[history][word] = share * count / seen.total() + (1 - share) * rest
    for (first, second, word), p in at_large.items():
        seen = counts.after_two.get((first, second), Counter())
        listed[first, second].setdefault(word, (1 - _share(seen, mixture)) * p)
    return {history: _whole(after, two[history[1]]) for history, after in listed.items()}


def _share(seen: Counter[str], mixture: Mixture) -> float:
    """Witten and Bell: the more different words follow, the less the counts are trusted."""
    return seen.total() / (seen.total() + mixture.trust * len(seen)) if seen else 0.0


def _whole(after: _After, shorter: _After) -> _After:
    """Scaled to sum to one where nothing is left to back off to, or more than one was given."""
    total = sum(after.values())
    if total < 1.0 and _unlisted(after, shorter) > 0:
        return after
    # A little is kept back, so that no word becomes impossible.
    kept = 1.0 if _unlisted(after, shorter) <= 0 else 0.99
    return {word: kept * p / total for word, p in after.items()}


def _unlisted(after: _After, shorter: _After) -> float:
    left = 1.0 - sum(shorter.get(word, 0.0) for word in after)
    return left if left > 1e-9 else 0.0


def _backoff(after: _After | None, shorter: _After) -> float:
    """log10 of the weight that spreads what is left over the words not listed."""
    if not after:
        return 0.0
    left, unlisted = 1.0 - sum(after.values()), _unlisted(after, shorter)
    return math.log10(left / unlisted) if left > 1e-9 and unlisted else _NEVER


def _arpa(one: _After, two: dict[str, _After], three: dict[tuple[str, str], _After]) -> str:
    rows: tuple[list[str], ...] = (
        [
            f"{_NEVER} {START} {_backoff(two.get(START), one):.4f}",
            *(
                f"{math.log10(p):.4f} {word} {_backoff(two.get(word), one):.4f}"
                for word, p in one.items()
            ),
        ],
        [
            f"{math.log10(p):.4f} {first} {word} "
            f"{_backoff(three.get((first, word)), two.get(word, {})):.4f}"
            for first, after in two.items()
            for word, p in after.items()
        ],
        [
            f"{math.log10(p):.4f} {first} {second} {word}"
            for (first, second), after in three.items()
            for word, p in after.items()
        ],
    )
    head = [f"ngram {n}={len(listed)}" for n, listed in enumerate(rows, start=1)]
    body = [f"\n\\{n}-grams:\n" + "\n".join(listed) for n, listed in enumerate(rows, start=1)]
    return "\n".join(["\\data\\", *head, *body, "\n\\end\\", ""])
