"""pocketsphinx with a vocabulary: what one recogniser process holds and does."""

from __future__ import annotations

import logging
import re
import tempfile
from functools import cache, lru_cache
from pathlib import Path

from evalharness.server.speech.general_model import LOG_BASE, read_general_model
from evalharness.server.speech.language_model import END, START, write_arpa
from evalharness.server.speech.pronunciation import Dictionary, pronounce
from evalharness.server.speech.vocabulary import Vocabulary, sentences

try:
    import pocketsphinx
except ModuleNotFoundError:  # of the extra `local`; SpeechEngine refuses to start without it
    pocketsphinx = None

RATE = 16_000
"""Samples a second of the acoustic model; audio must come at this rate."""

# The bundled general model knows 126,000 spellings. Beside expected phrases its likeliest words let
# a caller stray from the script without every stray word being tried; alone, more are needed. On
# the demo's clips, real time factor a core and word error rate: 1000 beside the phrases 18 x, 0.04
# (5000: 15 x, 0.04); 3000 alone 15 x, 0.48 (10,000: 9 x, 0.45; all of them: 4 x, 0.37).
_WORDS_BESIDE_PHRASES = 1000
_WORDS_ALONE = 3000
# One search pass of two, and a narrower beam at word ends: a third faster than the defaults, and
# on the demo's clips no worse. Narrower still gains little and costs half as many errors again.
_SEARCH = {"fwdflat": False, "wbeam": 1e-22}
# Marks, and short forms that sound like a word the phrases already have.
_UNSPOKEN = frozenset({"mr", "dr", "mrs", "ms", "o", "pm", START, END, "<UNK>"})
_DECODERS_KEPT = 6
_ALTERNATIVE = re.compile(r"\(\d+\)$")

log = logging.getLogger(__name__)


def recognise(pcm: bytes, vocabulary: Vocabulary) -> str:
    """Words heard in 16 kHz little-endian PCM, lower case; "" when there are none."""
    decoder = _decoder(vocabulary)
    # The level and noise of one utterance would colour the next, and the same sound must give the
    # same words whatever came before it.
    decoder.reinit_feat()
    decoder.start_utt()
    try:
        decoder.process_raw(pcm, no_search=False, full_utt=True)
    finally:  # else the next utterance could not begin
        decoder.end_utt()
    hypothesis = decoder.hyp()
    return hypothesis.hypstr if hypothesis else ""


def load(vocabulary: Vocabulary) -> None:
    """Make ready to recognise with a vocabulary, which takes a second or two the first time."""
    _decoder(vocabulary)


@lru_cache(maxsize=_DECODERS_KEPT)
def _decoder(vocabulary: Vocabulary) -> pocketsphinx.Decoder:
    model = Path(pocketsphinx.get_model_path("en-us"))
    general = _general()
    if vocabulary:
        phrases, everyday = sentences(vocabulary), general.likeliest(_WORDS_BESIDE_PHRASES)
    else:
        phrases, everyday = [], general.likeliest(_WORDS_ALONE)
    arpa = write_arpa(phrases, everyday, general)
    with tempfile.TemporaryDirectory(prefix="evalharness-") as folder:
        lm, dictionary = Path(folder, "session.lm"), Path(folder, "session.dict")
        lm.write_text(arpa, encoding="ascii", errors="ignore")
        dictionary.write_text(_pronunciations(_listed_words(arpa)), encoding="ascii")
        # Both files are read whole before the constructor returns.
        return pocketsphinx.Decoder(
            hmm=str(model / "en-us"),
            lm=str(lm),
            dict=str(dictionary),
            loglevel="FATAL",
            **_SEARCH,
        )


def _listed_words(arpa: str) -> list[str]:
    rows = arpa.split("\\1-grams:\n", 1)[1].split("\n\n", 1)[0].splitlines()
    return [word for row in rows if (word := row.split()[1]) not in (START, END)]


def _pronunciations(words: list[str]) -> str:
    known = _dictionary()
    rows: list[str] = []
    unsayable: list[str] = []
    for word in words:
        guess = pronounce(word, known)
        said = known.get(word) or ((guess,) if guess else ())
        if not said:
            unsayable.append(word)
        for at, phones in enumerate(said, start=1):
            rows.append(f"{word}({at}) {phones}" if at > 1 else f"{word} {phones}")
    if unsayable:
        log.info("no pronunciation, not listened for: %s", ", ".join(unsayable))
    return "\n".join(rows) + "\n"


@cache
def _dictionary() -> Dictionary:
    """The bundled dictionary, with the letter A said as a letter too."""
    path = Path(pocketsphinx.get_model_path("en-us"), "cmudict-en-us.dict")
    said: dict[str, list[str]] = {}
    for row in path.read_text(encoding="utf-8").splitlines():
        word, _, phones = row.partition(" ")
        said.setdefault(_ALTERNATIVE.sub("", word), []).append(phones.strip())
    return {word: tuple(phones) for word, phones in said.items()}


class _General:
    """The bundled model of conversational American English."""

    def __init__(self) -> None:
        path = Path(pocketsphinx.get_model_path("en-us"), "en-us.lm.bin")
        # pocketsphinx is the quicker at one probability; it cannot list.
        self._scores = pocketsphinx.NGramModel.readfile(str(path))
        self._model = read_general_model(path)
        self.pairs, self.triples = self._model.pairs, self._model.triples
        frequency = self._model.frequencies()
        spoken = frequency.keys() - _UNSPOKEN
        # By name too, lest equals stand in another order in another process.
        self._common = sorted(spoken, key=lambda word: (-frequency[word], word))

    def probability(self, word: str, *history: str) -> float:
        # Newest word first.
        return float(LOG_BASE ** self._scores.prob([word, *reversed(history)]))

    def likeliest(self, count: int) -> list[str]:
        return self._common[:count]


@cache
def _general() -> _General:
    return _General()
