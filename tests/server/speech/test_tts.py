"""Text as sound: the espeak program, the tone, and the choice between speakers."""

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from evalharness.audio.activity import first_audible_ms
from evalharness.server.speech import tts
from evalharness.server.speech.tts import (
    RATE,
    EspeakSpeaker,
    ProgramSpeaker,
    SynthesisFailed,
    ToneSpeaker,
    best_speaker,
    voice_named,
)

TEXT = "Your order is on its way."


@pytest.fixture(scope="module")
def espeak() -> Iterator[EspeakSpeaker]:
    speaker = EspeakSpeaker()
    yield speaker
    speaker.close()


def test_speech_has_the_wires_rate_and_a_natural_length(espeak: EspeakSpeaker) -> None:
    pcm = espeak.speak(TEXT, "alloy", 1.0)

    assert pcm.rate == RATE
    assert 800 < pcm.duration_ms < 2500
    assert first_audible_ms(pcm) is not None


def test_a_text_sounds_the_same_whatever_was_said_before(espeak: EspeakSpeaker) -> None:
    first = espeak.speak(TEXT, "alloy", 1.0)
    espeak.speak("Something else altogether.", "verse", 1.3)

    assert espeak.speak(TEXT, "alloy", 1.0) == first


def test_voices_differ_and_unknown_ones_speak_as_alloy(espeak: EspeakSpeaker) -> None:
    alloy = espeak.speak(TEXT, "alloy", 1.0)

    assert espeak.speak(TEXT, "echo", 1.0) != alloy
    assert espeak.speak(TEXT, "somebody", 1.0) == alloy


@pytest.mark.parametrize(
    "name",
    ["alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse"],
)
def test_every_voice_of_the_wire_speaks(espeak: EspeakSpeaker, name: str) -> None:
    assert len(espeak.speak("Yes.", name, 1.0).samples) > 0


def test_speed_shortens(espeak: EspeakSpeaker) -> None:
    slow, fast = (espeak.speak(TEXT, "alloy", speed).duration_ms for speed in (0.7, 1.5))

    assert fast < 0.7 * slow


def test_markup_quotes_and_nothing_are_only_text(espeak: EspeakSpeaker) -> None:
    assert len(espeak.speak('<b> "é" \n {}', "alloy", 1.0).samples) > 0
    assert espeak.speak("", "alloy", 1.0).duration_ms < 100


def test_a_refused_request_is_an_error_and_the_next_one_is_answered(
    espeak: EspeakSpeaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tts._VOICES, "broken", tts.Voice("no-such-voice", ""))

    with pytest.raises(SynthesisFailed, match="no-such-voice"):
        espeak.speak(TEXT, "broken", 1.0)
    assert len(espeak.speak("Yes.", "alloy", 1.0).samples) > 0


def test_a_closed_speaker_starts_anew() -> None:
    speaker = EspeakSpeaker()
    first = speaker.speak("Yes.", "alloy", 1.0)
    speaker.close()

    assert speaker.speak("Yes.", "alloy", 1.0) == first
    speaker.close()


@pytest.mark.parametrize("program", ["espeak-ng", "flite"])
def test_the_systems_program(program: str) -> None:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"no {program} on this machine")
    speaker = ProgramSpeaker(Path(path))

    pcm = speaker.speak("-v is no option", "alloy", 1.0)

    assert pcm.rate == RATE
    assert first_audible_ms(pcm) is not None
    assert speaker.speak("-v is no option", "alloy", 1.5).duration_ms < pcm.duration_ms
    assert len(speaker.speak(" ", "alloy", 1.0).samples) == 0


def test_a_program_that_fails_says_why(tmp_path: Path) -> None:
    program = tmp_path / "flite"
    program.write_text("#!/bin/sh\necho no voices >&2\nexit 3\n")
    program.chmod(0o755)

    with pytest.raises(SynthesisFailed, match="no voices"):
        ProgramSpeaker(program).speak("hello", "alloy", 1.0)


def test_tones_one_a_word() -> None:
    tone = ToneSpeaker()

    pcm = tone.speak("one two", "alloy", 1.0)

    assert pcm.rate == RATE
    assert pcm.duration_ms == pytest.approx(2 * (3 * 60 + 60), abs=1)
    assert tone.speak("one two", "alloy", 1.5).duration_ms < pcm.duration_ms
    assert len(tone.speak("", "alloy", 1.0).samples) == 0
    assert np.abs(pcm.samples).max() > 1000


def test_without_any_speech_program_there_is_a_tone_and_a_word_about_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(shutil, "which", lambda _: None)

    assert isinstance(best_speaker(), ToneSpeaker)
    assert "tones" in caplog.text


def test_the_wheel_comes_before_the_systems_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/flite")

    assert isinstance(best_speaker(), EspeakSpeaker)


def test_voice_table_has_a_fallback() -> None:
    assert voice_named("") == voice_named("alloy")
