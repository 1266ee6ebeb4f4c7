"""The offline engine: its parts joined, with fakes where a part is slow."""

from collections.abc import Mapping
from typing import Any

import pytest

from evalharness.audio.pcm import Pcm, silence
from evalharness.errors import UnfitEnvironment
from evalharness.server.engine import Engine
from evalharness.server.speech import engine as speech
from evalharness.server.speech.engine import SpeechEngine
from evalharness.server.speech.vocabulary import Vocabulary

SESSION: Mapping[str, Any] = {
    "instructions": "You work at Rosebank.",
    "tools": [{"type": "function", "name": "get_order", "parameters": {}}],
    "audio": {
        "input": {"transcription": {"model": "gpt-transcribe", "keywords": ["Rosebank"]}},
        "output": {"voice": "echo", "speed": 1.25},
    },
}


class Ears:
    """A recogniser that notes what it was told to listen for."""

    def __init__(self) -> None:
        self.asked: list[Vocabulary] = []
        self.prepared: list[Vocabulary] = []
        self.closed = False

    def transcribe(self, pcm: Pcm, vocabulary: Vocabulary) -> str:
        self.asked.append(vocabulary)
        return f"{pcm.duration_ms:.0f}"

    def prepare(self, vocabulary: Vocabulary) -> None:
        self.prepared.append(vocabulary)

    def close(self) -> None:
        self.closed = True


class Mouth:
    """A speaker that notes what it was told to say."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, float]] = []
        self.closed = False

    def speak(self, text: str, voice: str, speed: float) -> Pcm:
        self.said.append((text, voice, speed))
        return silence(10, 24_000)

    def close(self) -> None:
        self.closed = True


def test_it_is_an_engine_that_closes_its_parts() -> None:
    ears, mouth = Ears(), Mouth()

    with SpeechEngine(ears, mouth) as speaking:
        engine: Engine = speaking
        assert engine.detector({"type": "server_vad"}, 24_000).feed(bytes(960)) == []

    assert ears.closed
    assert mouth.closed


def test_the_model_and_the_transcriber_listen_for_different_words() -> None:
    ears = Ears()
    engine = SpeechEngine(ears, Mouth())

    assert engine.understand(silence(20, 24_000), SESSION, 0) == "20"
    engine.transcribe(silence(20, 24_000), SESSION, 0)

    for_model, for_transcriber = ears.asked
    assert for_model.requests
    assert not for_transcriber.requests
    assert ("rosebank",) in for_transcriber.texts


def test_preparing_loads_what_the_session_will_use() -> None:
    ears = Ears()
    engine = SpeechEngine(ears, Mouth())

    engine.prepare(SESSION)
    engine.prepare({"audio": {"input": {"transcription": None}}})

    assert [bool(vocabulary) for vocabulary in ears.prepared] == [True, True, False]


def test_a_sentence_is_spoken_once_in_the_sessions_voice() -> None:
    mouth = Mouth()
    engine = SpeechEngine(Ears(), mouth)

    engine.speak("Hello.", SESSION)
    engine.speak("Hello.", SESSION)
    engine.speak("Hello.", {"audio": {"output": {"voice": {"id": "voice_1"}}}})
    engine.speak("Hello.", {})

    assert mouth.said == [("Hello.", "echo", 1.25), ("Hello.", "alloy", 1.0)]


def test_it_answers_what_was_heard() -> None:
    part = {"type": "input_audio", "transcript": "get my order"}
    item = {"type": "message", "role": "user", "content": [part]}

    reply = SpeechEngine(Ears(), Mouth()).respond([item], SESSION)

    assert [call.name for call in reply.calls] == ["get_order"]


def test_without_its_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "find_spec", lambda _: None)

    assert "pocketsphinx" in (SpeechEngine.available() or "")
    with pytest.raises(UnfitEnvironment) as error:
        SpeechEngine(Ears(), Mouth())
    assert error.value.hint == "pip install 'evalharness[local]'"
