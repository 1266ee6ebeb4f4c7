"""Where speech starts and stops in incoming audio: the server's voice activity detection."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import soxr
import webrtcvad
from numpy.typing import NDArray

from evalharness.server.engine import SpeechStarted, SpeechStopped

FRAME_MS = 20

_NATIVE_RATES = (8000, 16_000, 32_000, 48_000)
_FALLBACK_RATE = 16_000
# Speech has begun when so many of the last frames are voiced: 100 of 160 ms. A click, a breath or
# a door is shorter; the shortest "yes" is longer.
_ONSET_FRAMES = 8
_ONSET_VOICED = 5
# A silence is broken only by two voiced frames together, so that a click does not prolong it.
_RESUME_FRAMES = 2
# Loudness a frame must have over the quietest of the last seconds to count, in dB.
_ABOVE_FLOOR_DB = 6.0
_FLOOR_FRAMES = 100
_FLOOR_DECAY = 0.2
_SILENCE_DBFS = -96.0


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What a frame must pass to be voiced.

    `aggressiveness`: webrtcvad's mode, 0 (lets most through) to 3. `least_dbfs`: frames quieter
    than this are silence whatever they sound like.
    """

    aggressiveness: int
    least_dbfs: float

    @classmethod
    def of_threshold(cls, threshold: float) -> Sensitivity:
        """From the wire's `threshold`, 0..1: "a higher threshold will require louder audio"."""
        return cls(min(3, int(threshold * 4)), -65.0 + 30.0 * threshold)


@dataclass(frozen=True, slots=True)
class EndOfTurn:
    """How long a silence must last to end the turn.

    `finished_ms` holds when the voice fell off at the end as it does after a whole sentence;
    `unfinished_ms` when it broke off loud. Server VAD has one figure for both.
    """

    finished_ms: float
    unfinished_ms: float


_DEFAULT_SILENCE_MS = 500.0
_DEFAULT_THRESHOLD = 0.5
# The wire documents longest waits of 8, 4 and 2 s. Energy alone says little of meaning, so even
# an unfinished turn waits at most half of that.
_EAGERNESS = {
    "low": EndOfTurn(1200.0, 4000.0),
    "medium": EndOfTurn(700.0, 2000.0),
    "high": EndOfTurn(400.0, 1000.0),
}
# A voice that ends this much below its usual loudness is taken to have finished, in dB.
_FALL_DB = 4.0
_FALL_FRAMES = 5


def end_of_turn(turn_detection: Mapping[str, Any]) -> EndOfTurn:
    """The silence that ends a turn under a `turn_detection` object of the session."""
    if turn_detection.get("type") == "semantic_vad":
        eagerness = turn_detection.get("eagerness") or "auto"
        return _EAGERNESS["medium" if eagerness == "auto" else eagerness]
    silence = turn_detection.get("silence_duration_ms")
    silence_ms = _DEFAULT_SILENCE_MS if silence is None else float(silence)
    return EndOfTurn(silence_ms, silence_ms)


class VoiceDetector:
    """webrtcvad over frames of 20 ms, with an energy gate and hangover.

    Implements `engine.Detector`. Positions are ms of the audio fed, which may come in any pieces.
    """

    def __init__(self, turn_detection: Mapping[str, Any], rate: int) -> None:
        threshold = turn_detection.get("threshold")
        sensitivity = Sensitivity.of_threshold(
            _DEFAULT_THRESHOLD if threshold is None else float(threshold)
        )
        self._frames = _Frames(rate)
        self._voice = _Voice(sensitivity, self._frames.rate)
        self._turns = _Turns(end_of_turn(turn_detection))

    def feed(self, pcm: bytes) -> Sequence[SpeechStarted | SpeechStopped]:
        events: list[SpeechStarted | SpeechStopped] = []
        for frame in self._frames.feed(pcm):
            event = self._turns.frame(*self._voice.of(frame))
            if event is not None:
                events.append(event)
        return events


class _Frames:
    """Cuts bytes of any length into frames at a rate webrtcvad takes."""

    def __init__(self, rate: int) -> None:
        self.rate = rate if rate in _NATIVE_RATES else _FALLBACK_RATE
        self._odd = b""
        self._resampler = (
            None
            if rate == self.rate
            else soxr.ResampleStream(rate, self.rate, 1, dtype="int16", quality="LQ")
        )
        self._samples: NDArray[np.int16] = np.zeros(0, np.int16)

    def feed(self, pcm: bytes) -> Sequence[NDArray[np.int16]]:
        data = self._odd + pcm
        even = len(data) - len(data) % 2
        self._odd = data[even:]
        samples = np.frombuffer(data[:even], "<i2").astype(np.int16, copy=False)
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples)
        waiting = np.concatenate([self._samples, samples])
        size = self.rate * FRAME_MS // 1000
        whole = len(waiting) // size
        self._samples = waiting[whole * size :]
        return [waiting[at * size : (at + 1) * size] for at in range(whole)]


@dataclass(frozen=True, slots=True)
class _Loudness:
    dbfs: float
    voiced: bool
