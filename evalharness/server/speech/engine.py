"""The offline speech engine: detects, hears, answers and speaks on this machine's CPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Self

from evalharness.audio.pcm import Pcm
from evalharness.errors import UnfitEnvironment
from evalharness.server.engine import Detector, Reply
from evalharness.server.speech import vocabulary
from evalharness.server.speech.asr import PooledRecogniser, Recogniser
from evalharness.server.speech.responder import respond
from evalharness.server.speech.tts import Speaker, best_speaker
from evalharness.server.speech.vad import VoiceDetector

_DEFAULT_VOICE = "alloy"
_REMEDY = "pip install 'evalharness[local]'"
_NEEDED = {"webrtcvad": "webrtcvad-wheels", "pocketsphinx": "pocketsphinx"}
# Answers are few and short; a run says the same ones over and over.
_SPOKEN_KEPT = 512


class SpeechEngine:
    """Implements `engine.Engine`. Close it when the last session is over.

    Raises UnfitEnvironment when the packages of the extra `local` are missing.
    """

    def __init__(
        self, recogniser: Recogniser | None = None, speaker: Speaker | None = None
    ) -> None:
        if reason := self.available():
            raise UnfitEnvironment("EH640", f"the speech engine: {reason}", hint=_REMEDY)
        self._recogniser = recogniser or PooledRecogniser()
        self._speaker = speaker or best_speaker()
        self._spoken = lru_cache(maxsize=_SPOKEN_KEPT)(self._speaker.speak)

    @staticmethod
    def available() -> str | None:
        """Why the engine cannot run here; None when it can."""
        lacking = [package for module, package in _NEEDED.items() if find_spec(module) is None]
        return f"{' and '.join(lacking)} not installed" if lacking else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def prepare(self, session: Mapping[str, Any]) -> None:
        """Begin to load what a session's speech will need, and return at once.

        The first turn of a session waits a few seconds for its vocabulary otherwise.
        """
        self._recogniser.prepare(vocabulary.of_the_model(session))
        if _transcribes(session):
            self._recogniser.prepare(vocabulary.of_the_transcriber(session))

    def detector(self, turn_detection: Mapping[str, Any], rate: int) -> Detector:
        return VoiceDetector(turn_detection, rate)

    def transcribe(self, pcm: Pcm, session: Mapping[str, Any], turn: int) -> str:  # noqa: ARG002
        return self._recogniser.transcribe(pcm, vocabulary.of_the_transcriber(session))

    def understand(self, pcm: Pcm, session: Mapping[str, Any], turn: int) -> str:  # noqa: ARG002
        return self._recogniser.transcribe(pcm, vocabulary.of_the_model(session))

    def respond(self, history: Sequence[Mapping[str, Any]], session: Mapping[str, Any]) -> Reply:
        return respond(history, session)

    def speak(self, text: str, session: Mapping[str, Any]) -> Pcm:
        output = (session.get("audio") or {}).get("output") or {}
        voice, speed = output.get("voice"), output.get("speed")
        # A custom voice is an object with an id; there is no such voice here.
        name = voice if isinstance(voice, str) else _DEFAULT_VOICE
        return self._spoken(text, name, 1.0 if speed is None else float(speed))

    def close(self) -> None:
        """End the programs and processes it started."""
        self._recogniser.close()
        self._speaker.close()


def _transcribes(session: Mapping[str, Any]) -> bool:
    audio_input = (session.get("audio") or {}).get("input") or {}
    return audio_input.get("transcription") is not None
