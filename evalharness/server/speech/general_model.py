"""The recogniser's general language model, opened so that its word sequences can be listed.

pocketsphinx answers how likely a given sequence is, but does not say which ones its model holds.
Its file (a trie of words, newest first, with probabilities quantised to 16 bits) is read here;
all values are logarithms to the base 1.0001.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LOG_BASE = 1.0001

_MAGIC = b"Trie Language Model"
_ORDER = 3
_QUANTA = 1 << 16
_QUANT_BITS = 16
_UNIGRAM = np.dtype([("log_p", "<f4"), ("backoff", "<f4"), ("next", "<u4")])
_PADDING = 8  # bytes after each packed table, for readers of whole machine words

Ids = NDArray[np.int32]
Logs = NDArray[np.float32]
Sequences = Mapping[tuple[str, ...], float]
"""Words in spoken order, and the probability of the last after the others."""


class UnknownFormat(ValueError):
    """The file is not the trigram trie this module reads."""


@dataclass(frozen=True, slots=True, eq=False)
class GeneralModel:
    """A trigram model as arrays. Row i of the pairs is the word `pair_word[i]` after
    `pair_before[i]`; row j of the triples extends pair `triple_pair[j]` one word further back.
    """

    words: tuple[str, ...]
    word_log_p: Logs
    pair_word: Ids
    pair_before: Ids
    pair_log_p: Logs
    triple_pair: Ids
    triple_before: Ids
    triple_log_p: Logs

    def frequencies(self) -> dict[str, float]:
        """Each word's probability without any history."""
        return dict(zip(self.words, np.power(LOG_BASE, self.word_log_p).tolist(), strict=True))

    def pairs(self, among: Iterable[str], count: int) -> Sequences:
        """The `count` most frequent pairs of the given words."""
        known = self._mask(among)
        rows = np.flatnonzero(known[self.pair_word] & known[self.pair_before])
        frequency = self.pair_log_p[rows] + self.word_log_p[self.pair_before[rows]]
        rows = rows[_largest(frequency, count)]
        return {
            (self.words[before], self.words[word]): p
            for before, word, p in zip(
                self.pair_before[rows].tolist(),
                self.pair_word[rows].tolist(),
                np.power(LOG_BASE, self.pair_log_p[rows]).tolist(),
                strict=True,
            )
        }

    def triples(self, among: Iterable[str], count: int) -> Sequences:
        """The `count` most frequent triples of the given words."""
        known = self._mask(among)
        word, before = self.pair_word[self.triple_pair], self.pair_before[self.triple_pair]
        rows = np.flatnonzero(known[word] & known[before] & known[self.triple_before])
        word, before, first = word[rows], before[rows], self.triple_before[rows]
        # How often the history itself stands is near enough told by its two words.
        frequency = self.triple_log_p[rows] + self.word_log_p[before] + self.word_log_p[first]
        best = _largest(frequency, count)
        return {
            (self.words[a], self.words[b], self.words[c]): p
            for a, b, c, p in zip(
                first[best].tolist(),
                before[best].tolist(),
                word[best].tolist(),
                np.power(LOG_BASE, self.triple_log_p[rows][best]).tolist(),
                strict=True,
            )
        }

    def _mask(self, among: Iterable[str]) -> NDArray[np.bool_]:
        wanted = set(among)
        return np.fromiter((word in wanted for word in self.words), bool, len(self.words))


def _largest(values: Logs, count: int) -> NDArray[np.intp]:
    if count >= len(values):
        return np.arange(len(values))
    return np.sort(np.argpartition(values, -count)[-count:]) if count else np.zeros(0, np.intp)


def read_general_model(path: Path) -> GeneralModel:
    """Read pocketsphinx's binary trigram model. Raises UnknownFormat for any other file."""
    reader = _Reader(np.fromfile(path, np.uint8))
    if reader.take(len(_MAGIC)).tobytes() != _MAGIC or reader.take(1)[0] != _ORDER:
        raise UnknownFormat(f"{path.name} is no trigram trie of pocketsphinx")
    word_count, pair_count, triple_count = struct.unpack("<3I", reader.take(12).tobytes())
    reader.take(4)  # the kind of quantisation, of which there is one
    quanta = reader.array(np.dtype("<f4"), 3 * _QUANTA).reshape(3, _QUANTA)
    unigrams = reader.array(_UNIGRAM, word_count + 1)
    word_bits, next_bits = word_count.bit_length(), triple_count.bit_length()
    pairs = reader.packed(pair_count, word_bits + 2 * _QUANT_BITS + next_bits)
    triples = reader.packed(triple_count, word_bits + _QUANT_BITS)
    (letters,) = struct.unpack("<I", reader.take(4).tobytes())
    words = tuple(reader.take(letters).tobytes().decode().split("\0")[:-1])

    pair_starts = unigrams["next"].astype(np.int64)
    pair_count = int(pair_starts[-1])  # the table may have a few rows to spare
    triple_starts = pairs.field(word_bits + 2 * _QUANT_BITS, next_bits, pair_count + 1)
    return GeneralModel(
        words=words,
        word_log_p=unigrams["log_p"][:-1].copy(),
        pair_word=np.repeat(np.arange(word_count, dtype=np.int32), np.diff(pair_starts)),
        pair_before=pairs.field(0, word_bits, pair_count),
        pair_log_p=quanta[0][pairs.field(word_bits + _QUANT_BITS, _QUANT_BITS, pair_count)],
        triple_pair=np.repeat(np.arange(pair_count, dtype=np.int32), np.diff(triple_starts)),
        triple_before=triples.field(0, word_bits, triple_count),
        triple_log_p=quanta[2][triples.field(word_bits, _QUANT_BITS, triple_count)],
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Packed:
    """Rows of `row_bits` bits each, without gaps."""

    data: NDArray[np.uint8]
    row_bits: int

    def field(self, shift: int, bits: int, count: int) -> Ids:
        """The unsigned field at `shift` bits into each of the first `count` rows."""
        position = np.arange(count, dtype=np.int64) * self.row_bits + shift
        byte, offset = position >> 3, position & 7
        value = np.zeros(count, np.int64)
        for at in range((bits + 7 + 7) // 8):  # the field may begin in mid-byte
            value |= self.data[byte + at].astype(np.int64) << (8 * at)
        return ((value >> offset) & ((1 << bits) - 1)).astype(np.int32)


class _Reader:
    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> NDArray[np.uint8]:
        self._at += size
        return self._data[self._at - size : self._at]

    def array(self, dtype: np.dtype, count: int) -> NDArray:  # type: ignore[type-arg]
        return np.frombuffer(self.take(count * dtype.itemsize).tobytes(), dtype)

    def packed(self, count: int, row_bits: int) -> _Packed:
        return _Packed(self.take(((1 + count) * row_bits + 7) // 8 + _PADDING), row_bits)
