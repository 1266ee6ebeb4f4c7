"""A trigram model of expected sentences, mixed with a general model, as ARPA text.

The recogniser cannot mix two models itself, so the mixing happens here, in the probabilities:
words and pairs that the expected sentences never use keep the general model's word.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

START, END = "<s>", "</s>"
_NEVER = -99.0  # log10 of a word that is only ever history
# How far above its plain frequency the general model must rate a pair for it to be listed.
_NOTABLE = 2.0


class GeneralModel(Protocol):
    """A model of the language at large."""

    def probability(self, word: str, *history: str) -> float:
        """P(word | history), history in spoken order; 0.0 for a word it does not know."""
        ...


@dataclass(frozen=True, slots=True)
class Mixture:
    """`domain`: the expected sentences' share of a word's probability with no history.

    `trust`: how many sightings of a history outweigh each different word seen after it; lower
    trusts the expected sentences more. `pairs_from`: the general model is asked for the pairs
    of this many likeliest words.
    """

    domain: float = 0.7
    trust: float = 1.0
    pairs_from: int = 400


def write_arpa(
    sentences: Iterable[Sequence[str]],
    everyday: Sequence[str],
    general: GeneralModel,
    mixture: Mixture = Mixture(),
) -> str:
    """ARPA text over the sentences' words and `everyday`, the latter likeliest first."""
    counts = _Counts(sentences)
    unigrams = _unigrams(counts, everyday, general, mixture)
    bigrams = _bigrams(counts, everyday, unigrams, general, mixture)
    trigrams = _trigrams(counts, bigrams, mixture)
    return _arpa(unigrams, bigrams, trigrams)


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
    counts: _Counts, everyday: Sequence[str], general: GeneralModel, mixture: Mixture
) -> dict[str, float]:
    words = dict.fromkeys([*counts.words, *everyday])
    at_large = {word: general.probability(word) for word in words}
    known = sum(at_large.values()) or 1.0
    total = counts.words.total() or 1
    share = mixture.domain if counts.words else 0.0
    mixed = {w: share * counts.words[w] / total + (1 - share) * at_large[w] / known for w in words}
    # A word of the sentences that the general model lacks has its share from the first term.
    return {word: p for word, p in mixed.items() if p > 0}


def _bigrams(
    counts: _Counts,
    everyday: Sequence[str],
    unigrams: dict[str, float],
    general: GeneralModel,
    mixture: Mixture,
) -> dict[str, dict[str, float]]:
    frequent = dict.fromkeys(everyday[: mixture.pairs_from])
    listed: dict[str, dict[str, float]] = {}
    for history in dict.fromkeys([START, *counts.after_one, *frequent]):
        seen = counts.after_one.get(history, Counter())
        weight = _sentences_share(seen, mixture)
        following = {
            word: weight * seen[word] / seen.total()
            + (1 - weight) * general.probability(word, history)
            for word in seen
        }
        if history in frequent or history == START:
            for word in frequent:
                p = general.probability(word, history)
                if word not in following and p > _NOTABLE * unigrams[word]:
                    following[word] = (1 - weight) * p
        if len(following) == len(unigrams):  # nothing is left to back off to
            total = sum(following.values())
            following = {word: p / total for word, p in following.items()}
        if following:
            listed[history] = following
    return listed


def _trigrams(
    counts: _Counts,
    bigrams: dict[str, dict[str, float]],
    mixture: Mixture,
) -> dict[tuple[str, str], dict[str, float]]:
    listed = {}
    for (first, second), seen in counts.after_two.items():
        weight = _sentences_share(seen, mixture)
        shorter = bigrams[second]
        listed[first, second] = {
            word: weight * seen[word] / seen.total() + (1 - weight) * shorter[word] for word in seen
        }
    return listed


def _sentences_share(seen: Counter[str], mixture: Mixture) -> float:
    """Witten and Bell: the more different words follow, the less the counts are trusted."""
    if not seen:
        return 0.0
    return seen.total() / (seen.total() + mixture.trust * len(seen))


def _backoff(listed: dict[str, float], shorter: dict[str, float]) -> float:
    """log10 of the weight that spreads what is left over the words not listed."""
    left = 1.0 - sum(listed.values())
    unlisted = 1.0 - sum(shorter.get(word, 0.0) for word in listed)
    if left <= 0 or unlisted <= 1e-9:
        return _NEVER
    return math.log10(left / unlisted)


def _arpa(
    unigrams: dict[str, float],
    bigrams: dict[str, dict[str, float]],
    trigrams: dict[tuple[str, str], dict[str, float]],
) -> str:
    one = [f"{_NEVER} {START} {_backoff(bigrams.get(START, {}), unigrams):.4f}"]
    for word, p in unigrams.items():
        back = _backoff(bigrams[word], unigrams) if word in bigrams else 0.0
        one.append(f"{math.log10(p):.4f} {word} {back:.4f}")
    two = []
    for first, following in bigrams.items():
        for second, p in following.items():
            longer = trigrams.get((first, second))
            back = _backoff(longer, bigrams[second]) if longer else 0.0
            two.append(f"{math.log10(p):.4f} {first} {second} {back:.4f}")
    three = [
        f"{math.log10(p):.4f} {first} {second} {third}"
        for (first, second), following in trigrams.items()
        for third, p in following.items()
    ]
    orders = (one, two, three)
    head = [f"ngram {n}={len(rows)}" for n, rows in enumerate(orders, start=1)]
    body = [f"\n\\{n}-grams:\n" + "\n".join(rows) for n, rows in enumerate(orders, start=1)]
    return "\n".join(["\\data\\", *head, *body, "\n\\end\\", ""])
