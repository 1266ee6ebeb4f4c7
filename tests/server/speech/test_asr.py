"""What is listened for, the model made of it, and the recogniser's processes."""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from pathlib import Path
from random import Random
from typing import Any

import pocketsphinx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.audio.pcm import Pcm, silence
from evalharness.server.speech import vocabulary
from evalharness.server.speech.asr import PooledRecogniser
from evalharness.server.speech.code_pattern import sample_codes
from evalharness.server.speech.general_model import (
    LOG_BASE,
    GeneralModel,
    UnknownFormat,
    read_general_model,
)
from evalharness.server.speech.language_model import END, START, Mixture, write_arpa
from evalharness.server.speech.pronunciation import from_letters, pronounce
from evalharness.server.speech.spoken import identifier_words, sentences_of, terms_of, words_of
from evalharness.server.speech.tts import EspeakSpeaker
from evalharness.server.speech.vocabulary import Vocabulary

TOOL: dict[str, Any] = {
    "type": "function",
    "name": "cancel_booking",
    "description": "Cancel an existing booking. Use YYYY-MM-DD for dates.",
    "parameters": {
        "type": "object",
        "properties": {
            "reference": {"type": "string", "pattern": r"^[A-Z]{2}\d{3}$"},
            "reason": {"type": "string", "enum": ["ill", "no_time"]},
        },
    },
}
SESSION = {"tools": [TOOL], "instructions": "You work at Rosebank Dental."}


class Flat:
    """A general model in which every known word is as likely as any other."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = set(words)

    def probability(self, word: str, *history: str) -> float:  # noqa: ARG002
        return 1 / len(self._words) if word in self._words else 0.0

    def pairs(self, among: Collection[str], count: int) -> Mapping[tuple[str, ...], float]:
        return self._listed(product(sorted(self._words & set(among)), repeat=2), count)

    def triples(self, among: Collection[str], count: int) -> Mapping[tuple[str, ...], float]:
        return self._listed(product(sorted(self._words & set(among)), repeat=3), count)

    def _listed(
        self, words: Iterable[tuple[str, ...]], count: int
    ) -> Mapping[tuple[str, ...], float]:
        return {key: self.probability(key[-1]) for key in islice(words, count)}


class Arpa:
    """A model's text, read as a decoder reads it."""

    def __init__(self, text: str) -> None:
        self._rows: dict[tuple[str, ...], tuple[float, float]] = {}
        for row in text.splitlines():
            if match := re.match(r"^(-?\d+\.\d+) (\S.*?)(?: (-?\d+\.\d+))?$", row):
                key = tuple(match[2].split())
                self._rows[key] = (10 ** float(match[1]), 10 ** float(match[3] or 0))
        self.words = [key[0] for key in self._rows if len(key) == 1 and key[0] != START]

    def probability(self, word: str, history: tuple[str, ...]) -> float:
        if (*history, word) in self._rows:
            return self._rows[(*history, word)][0]
        if not history:
            return 0.0
        weight = self._rows[history][1] if history in self._rows else 1.0
        return weight * self.probability(word, history[1:])


@pytest.fixture(scope="module")
def recogniser() -> Iterator[PooledRecogniser]:
    pooled = PooledRecogniser(workers=1)
    yield pooled
    pooled.close()


@pytest.fixture(scope="module")
def spoken() -> Pcm:
    speaker = EspeakSpeaker()
    pcm = speaker.speak("cancel my booking please", "alloy", 1.0)
    speaker.close()
    return pcm


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Room 12, please!", "room twelve please"),
        ("order 4217", "order four two one seven"),
        ("on the 31st", "on the thirty first"),
        ("in 2026", "in twenty twenty six"),
        ("Dr. Smith & Mrs Jones", "doctor smith and missus jones"),
        ("an SMS", "an s m s"),
        ("bookTable_now", "book table now"),
        ("a date (YYYY-MM-DD)", "a date"),
        ("007", "zero zero seven"),
        ("don't", "don't"),
    ],
)
def test_written_text_as_it_is_said(written: str, spoken: str) -> None:
    assert " ".join(words_of(written)) == spoken


def test_lists_in_a_text_are_terms() -> None:
    assert terms_of(
        "Drinks: flat white, mocha and tea. Be kind to everybody, and never shout."
    ) == [
        ["flat", "white"],
        ["mocha"],
        ["tea"],
        ["never", "shout"],
    ]


def test_texts_part_into_sentences_and_names_into_words() -> None:
    assert sentences_of("Be brief. Ask first!\n\n- No 24h service") == [
        ["be", "brief"],
        ["ask", "first"],
        ["no", "twenty", "four", "h", "service"],
    ]
    assert identifier_words("getOrderStatus_v2") == ["get", "order", "status"]


@pytest.mark.parametrize(
    "pattern", [r"^[A-Z]{2}\d{3}$", r"^\d{4}$", "^[a-f]{2}-?[0-9]+$", "^B[12]$"]
)
def test_sample_codes_match_their_pattern(pattern: str) -> None:
    codes = sample_codes(pattern, 20, Random(0))

    assert len(codes) == 20
    assert all(re.search(pattern, code) for code in codes)


def test_a_pattern_too_rich_gives_no_samples() -> None:
    assert sample_codes(r"^(a|b)\1$", 5, Random(0)) == []


def test_what_a_session_leads_one_to_expect() -> None:
    heard = vocabulary.of_the_model(SESSION)
    texts = {" ".join(words) for words in heard.texts}
    [request] = heard.requests

    assert {"you work at rosebank dental", "cancel an existing booking"} <= texts
    assert ("cancel", "my", "booking") in request.acts
    assert any("time" in detail for detail in request.details)
    assert vocabulary.of_the_model({}) == Vocabulary()


def test_the_transcriber_knows_its_own_hints_alone() -> None:
    transcription = {"keywords": ["Rosebank"], "prompt": "Calls to a clinic."}
    session = {**SESSION, "audio": {"input": {"transcription": transcription}}}

    heard = vocabulary.of_the_transcriber(session)

    assert heard.requests == ()
    assert ("rosebank",) in heard.texts
    assert ("calls", "to", "a", "clinic") in heard.texts
    assert not vocabulary.of_the_transcriber(SESSION)


def test_sentences_are_the_same_each_time_and_have_no_open_slots() -> None:
    heard = vocabulary.of_the_model(SESSION)
    made = vocabulary.sentences(heard, count=400)

    assert made == vocabulary.sentences(heard, count=400)
    assert not [word for words in made for word in words if "{" in word]
    assert ["cancel", "my", "booking"] in [words[-3:] for words in made]


def test_a_vocabulary_has_one_key_in_every_process() -> None:
    heard = vocabulary.of_the_model(SESSION)

    assert heard.key == vocabulary.of_the_model(dict(SESSION)).key
    assert heard.key != Vocabulary().key


_WORDS = st.sampled_from(["a", "b", "c", "d"])


@given(
    st.lists(st.lists(_WORDS, min_size=1, max_size=5), min_size=1, max_size=12),
    st.floats(0.1, 3.0),
    st.integers(0, 20),
    st.integers(0, 40),
)
def test_after_every_history_the_probabilities_sum_to_one(
    sentences: list[list[str]], trust: float, pairs: int, triples: int
) -> None:
    everyday = ["a", "b", "e", "f"]
    mixture = Mixture(trust=trust, pairs=pairs, triples=triples)
    arpa = Arpa(write_arpa(sentences, everyday, Flat([*everyday, END, "x"]), mixture))

    histories = [(), (START,), ("a",), ("e",), ("a", "b"), (START, "a"), ("e", "f")]
    for history in histories:
        known = all(word == START or word in arpa.words for word in history)
        total = sum(arpa.probability(word, history) for word in arpa.words)
        assert not known or math.isclose(total, 1.0, abs_tol=0.02)


def test_expected_sentences_are_likelier_than_others() -> None:
    everyday = ["my", "order", "booking", "weather"]
    arpa = Arpa(write_arpa([["my", "booking"]] * 5, everyday, Flat([*everyday, END])))

    assert arpa.probability("booking", (START, "my")) > 0.5
    assert 0 < arpa.probability("weather", (START, "my")) < 0.1


def test_without_sentences_the_general_model_remains() -> None:
    arpa = Arpa(write_arpa([], ["a", "b", END], Flat(["a", "b", END])))

    assert arpa.probability("a", ()) == pytest.approx(1 / 3, rel=0.01)


@pytest.fixture(scope="module")
def general() -> GeneralModel:
    return read_general_model(Path(pocketsphinx.get_model_path("en-us"), "en-us.lm.bin"))


def test_the_general_model_is_read_as_the_recogniser_reads_it(general: GeneralModel) -> None:
    scores = pocketsphinx.NGramModel.readfile(
        str(Path(pocketsphinx.get_model_path("en-us"), "en-us.lm.bin"))
    )
    words = {START, "can", "you", "tell", "me", "what", "time", "it", "is"}
    listed = {**general.pairs(words, 50), **general.triples(words, 200)}

    assert len(listed) > 150
    for key, p in listed.items():
        assert p == pytest.approx(
            LOG_BASE ** scores.prob(list(reversed(key))), rel=0.01
        )  # it rounds


def test_the_general_model_lists_what_is_frequent(general: GeneralModel) -> None:
    words = {"can", "you", "tell", "me", "zydeco"}
    frequencies = general.frequencies()

    assert frequencies["you"] > frequencies["zydeco"] > 0
    assert ("tell", "me") in general.pairs(words, 5)
    assert len(general.pairs(words, 5)) == 5
    assert general.triples(words, 0) == {}


def test_another_file_is_no_general_model(tmp_path: Path) -> None:
    path = tmp_path / "other.lm"
    path.write_bytes(b"\\data\\" * 10)

    with pytest.raises(UnknownFormat, match="other"):
        read_general_model(path)


_KNOWN = {"front": ("F R AH N T",), "desk": ("D EH S K",), "book": ("B UH K", "B AH K")}


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("book", "B UH K"),
        ("frontdesk", "F R AH N T D EH S K"),
        ("books", "B UH K Z"),
        ("booking", "B UH K IH NG"),
        ("zendo", "Z EH N D OW"),
        ("okafor", "OW K AE F AO R"),
        ("phlite", "F L AY T"),
        ("naïve", None),
        ("4", None),
    ],
)
def test_pronunciations(word: str, phones: str | None) -> None:
    assert pronounce(word, _KNOWN) == phones


@given(st.from_regex(r"[a-z]{1,12}", fullmatch=True))
def test_any_letters_can_be_said_in_the_models_phones(word: str) -> None:
    vowels = {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UW"}
    consonants = {*"BDFGKLMNPRSTVWYZ", "CH", "HH", "JH", "NG", "SH", "TH", "ZH"}
    phones = vowels | consonants

    assert set(from_letters(word).split()) <= phones


def test_speech_is_heard_in_the_sessions_words(recogniser: PooledRecogniser, spoken: Pcm) -> None:
    heard = recogniser.transcribe(spoken, vocabulary.of_the_model(SESSION))

    assert "cancel" in heard
    assert "booking" in heard


@pytest.mark.parametrize("pcm", [silence(0, 24_000), silence(50, 24_000), silence(2000, 24_000)])
def test_silence_has_no_words(recogniser: PooledRecogniser, pcm: Pcm) -> None:
    assert recogniser.transcribe(pcm, vocabulary.of_the_model(SESSION)) == ""


def test_a_killed_worker_is_replaced(recogniser: PooledRecogniser, spoken: Pcm) -> None:
    heard = recogniser.transcribe(spoken, Vocabulary())
    pool = recogniser._pool
    assert pool is not None
    for process in list(pool._processes.values()):
        process.kill()

    assert recogniser.transcribe(spoken, Vocabulary()) == heard


def test_closing_twice_is_no_error_and_use_starts_it_again() -> None:
    pooled = PooledRecogniser(workers=1)

    pooled.close()
    pooled.close()

    assert pooled.transcribe(silence(10, 16_000), Vocabulary()) == ""
