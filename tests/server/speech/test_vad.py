"""Where the server hears speech begin and end."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evalharness.audio.formats import AudioFormat, encode
from evalharness.audio.pcm import Pcm, concat, silence
from evalharness.server.engine import SpeechStarted, SpeechStopped
from evalharness.server.speech.tts import RATE, EspeakSpeaker
from evalharness.server.speech.vad import FRAME_MS, EndOfTurn, VoiceDetector, end_of_turn

LEAD_MS, TAIL_MS = 600.0, 3000.0


@pytest.fixture(scope="module")
def spoken() -> Pcm:
    """A sentence between silences."""
    speaker = EspeakSpeaker()
    words = speaker.speak("Where is my order?", "alloy", 1.0)
    speaker.close()
    return concat([silence(LEAD_MS, RATE), words, silence(TAIL_MS, RATE)])


def _feed(
    pcm: Pcm, turn_detection: dict[str, Any], chunk: int = 960
) -> Sequence[SpeechStarted | SpeechStopped]:
    detector = VoiceDetector(turn_detection, pcm.rate)
    data = encode(pcm, AudioFormat("audio/pcm", pcm.rate))
    pieces = (data[at : at + chunk] for at in range(0, len(data), chunk))
    return [event for piece in pieces for event in detector.feed(piece)]


def _noise(dbfs: float, seconds: float) -> NDArray[np.int16]:
    wave = np.random.default_rng(0).standard_normal(int(seconds * RATE)) * 32768 * 10 ** (dbfs / 20)
    return wave.clip(-32768, 32767).astype(np.int16)


def test_one_sentence_is_one_turn(spoken: Pcm) -> None:
    started, stopped = _feed(spoken, {"type": "server_vad", "silence_duration_ms": 500})

    assert isinstance(started, SpeechStarted)
    assert isinstance(stopped, SpeechStopped)
    assert LEAD_MS - FRAME_MS <= started.at_ms <= LEAD_MS + 150
    end_of_words_ms = spoken.duration_ms - TAIL_MS
    assert end_of_words_ms - 300 <= stopped.at_ms - 500 <= end_of_words_ms + FRAME_MS


@pytest.mark.parametrize("silence_ms", [200, 480, 700])
def test_the_silence_asked_for_is_kept_to_the_frame(spoken: Pcm, silence_ms: int) -> None:
    _, shorter = _feed(spoken, {"type": "server_vad", "silence_duration_ms": silence_ms})
    _, longer = _feed(spoken, {"type": "server_vad", "silence_duration_ms": silence_ms + 100})

    assert longer.at_ms - shorter.at_ms == 100


@settings(max_examples=15, deadline=None)
@given(chunk=st.integers(1, 5000))
def test_the_pieces_it_comes_in_change_nothing(spoken: Pcm, chunk: int) -> None:
    turn_detection = {"type": "server_vad"}

    assert _feed(spoken, turn_detection, chunk + 200) == _feed(spoken, turn_detection)


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 48_000])
def test_other_rates_hear_the_same(spoken: Pcm, rate: int) -> None:
    resampled = Pcm(np.frombuffer(encode(spoken, AudioFormat("audio/pcm", rate)), "<i2"), rate)

    started, stopped = _feed(resampled, {"type": "server_vad"})
    same_started, same_stopped = _feed(spoken, {"type": "server_vad"})

    assert started.at_ms == pytest.approx(same_started.at_ms, abs=60)
    assert stopped.at_ms == pytest.approx(same_stopped.at_ms, abs=60)


@pytest.mark.parametrize("dbfs", [-70.0, -50.0, -35.0])
def test_noise_is_no_speech(dbfs: float) -> None:
    assert _feed(Pcm(_noise(dbfs, 4.0), RATE), {"type": "server_vad"}) == []


def test_silence_and_clicks_are_no_speech() -> None:
    clicks = np.zeros(4 * RATE, np.int16)
    clicks[RATE :: RATE // 2] = 30_000

    assert _feed(Pcm(clicks, RATE), {"type": "server_vad"}) == []


def test_a_high_threshold_wants_loud_audio(spoken: Pcm) -> None:
    quiet = Pcm((spoken.samples // 40).astype(np.int16), RATE)

    assert _feed(quiet, {"type": "server_vad", "threshold": 0.95}) == []
    assert len(_feed(quiet, {"type": "server_vad", "threshold": 0.2})) == 2


def test_two_sentences_are_two_turns_or_one_by_the_silence(spoken: Pcm) -> None:
    words = Pcm(spoken.samples[: -int(2 * RATE)], RATE)
    both = concat([words, words, silence(3000, RATE)])

    assert len(_feed(both, {"type": "server_vad", "silence_duration_ms": 500})) == 4
    assert len(_feed(both, {"type": "server_vad", "silence_duration_ms": 2500})) == 2


def test_an_eager_semantic_detector_waits_less(spoken: Pcm) -> None:
    ends = [
        _feed(spoken, {"type": "semantic_vad", "eagerness": eagerness})[-1].at_ms
        for eagerness in ("high", "auto", "low")
    ]

    assert ends == sorted(ends)
    assert ends[0] < ends[-1]


def test_a_voice_that_breaks_off_loud_is_given_more_time() -> None:
    speech = np.random.default_rng(1).standard_normal(RATE) * 8000
    speech *= np.abs(np.sin(np.arange(RATE) / RATE * 2 * np.pi * 4))  # syllables
    fading = speech * np.linspace(1.0, 0.05, RATE)
    rising = speech * np.linspace(0.3, 1.0, RATE)

    def stopped_ms(wave: NDArray[np.float64]) -> float:
        clip = Pcm(wave.clip(-32768, 32767).astype(np.int16), RATE)
        pcm = concat([silence(500, RATE), clip, silence(3000, RATE)])
        return _feed(pcm, {"type": "semantic_vad", "eagerness": "low"})[-1].at_ms

    assert stopped_ms(rising) - stopped_ms(fading) > 1000


def test_server_vad_has_one_silence_and_the_documented_default() -> None:
    assert end_of_turn({"type": "server_vad"}) == EndOfTurn(500.0, 500.0)
    assert end_of_turn({"type": "server_vad", "silence_duration_ms": 0}) == EndOfTurn(0.0, 0.0)
    assert end_of_turn({"type": "semantic_vad", "eagerness": "auto"}) == end_of_turn(
        {"type": "semantic_vad"}
    )
