"""Where speech starts and stops in incoming audio: the server's voice activity detection."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from evalharness.server.engine import SpeechStarted, SpeechStopped

try:
    import webrtcvad
except ModuleNotFoundError:  # of the extra `local`; SpeechEngine refuses to start without it
    webrtcvad = None

FRAME_MS = 20

# webrtcvad looks at 80 to 4,000 Hz and brings every rate it takes down to this one.
_RATE = 8000
_FRAME_SAMPLES = _RATE * FRAME_MS // 1000
# Speech has begun when so many of the last frames are voiced: 100 of 160 ms. A click, a breath or
# a door is shorter; the shortest "yes" is longer.
_ONSET_FRAMES = 8
_ONSET_VOICED = 5
# A silence is broken only by two voiced frames together, so that a click does not prolong it.
_RESUME_FRAMES = 2
# Loudness a frame must have over the quietest of the last three seconds to count, in dB: steady
# noise lifts its own floor and drops out, speech has a pause or a soft consonant in every second.
_ABOVE_FLOOR_DB = 5.0
_FLOOR_FRAMES = 150
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
# The wire documents longest waits of 8, 4 and 2 s for a model that understands the words. Energy
# alone says less, so even a turn that seems unfinished waits well under these.
_EAGERNESS = {
    "low": EndOfTurn(1000.0, 2400.0),
    "medium": EndOfTurn(600.0, 1200.0),
    "high": EndOfTurn(300.0, 600.0),
}
# A voice that ends this much below its usual loudness is taken to have finished, in dB.
_FALL_DB = 3.0
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
        self._voice = _Voice(sensitivity)
        self._turns = _Turns(end_of_turn(turn_detection))

    def feed(self, pcm: bytes) -> Sequence[SpeechStarted | SpeechStopped]:
        events: list[SpeechStarted | SpeechStopped] = []
        for frame in self._frames.feed(pcm):
            event = self._turns.frame(self._voice.judge(frame))
            if event is not None:
                events.append(event)
        return events


class _Frames:
    """Cuts bytes of any length into frames of 8 kHz."""

    def __init__(self, rate: int) -> None:
        self._waiting = b""
        self._odd = b""
        # Averaging neighbours is filter enough here, and many times cheaper than a good resampler.
        self._block = rate // _RATE if rate % _RATE == 0 else 1
        self._resampler = (
            soxr.ResampleStream(rate, _RATE, 1, dtype="int16", quality="LQ")
            if rate % _RATE
            else None
        )

    def feed(self, pcm: bytes) -> Sequence[NDArray[np.float64]]:
        """Whole frames, each of 160 samples."""
        if self._resampler is not None:
            pcm = self._resampled(pcm)
        waiting = self._waiting + pcm
        size = 2 * _FRAME_SAMPLES * self._block
        whole = len(waiting) - len(waiting) % size
        self._waiting = waiting[whole:]
        samples = np.frombuffer(waiting[:whole], "<i2")
        return list(samples.reshape(-1, _FRAME_SAMPLES, self._block).mean(axis=2))

    def _resampled(self, pcm: bytes) -> bytes:
        data = self._odd + pcm
        even = len(data) - len(data) % 2
        self._odd = data[even:]
        assert self._resampler is not None
        samples = np.frombuffer(data[:even], "<i2").astype(np.int16, copy=False)
        return np.asarray(self._resampler.resample_chunk(samples), "<i2").tobytes()


@dataclass(frozen=True, slots=True)
class _Frame:
    voiced: bool
    dbfs: float


class _Voice:
    """Tells a voiced frame from noise and silence."""

    def __init__(self, sensitivity: Sensitivity) -> None:
        self._vad = webrtcvad.Vad(sensitivity.aggressiveness)
        self._least_dbfs = sensitivity.least_dbfs
        # Taken as quiet before the first frame: a clip may begin in the middle of a word.
        quiet = [sensitivity.least_dbfs - _ABOVE_FLOOR_DB] * _FLOOR_FRAMES
        self._recent = deque(quiet, maxlen=_FLOOR_FRAMES)

    def judge(self, frame: NDArray[np.float64]) -> _Frame:
        dbfs = _loudness_dbfs(frame)
        self._recent.append(dbfs)
        loud = dbfs >= max(self._least_dbfs, min(self._recent) + _ABOVE_FLOOR_DB)
        # webrtcvad learns from every frame, so it must see the quiet ones too.
        sounds_like_speech = self._vad.is_speech(frame.astype("<i2").tobytes(), _RATE)
        return _Frame(loud and sounds_like_speech, dbfs)


def _loudness_dbfs(frame: NDArray[np.float64]) -> float:
    square = float(np.dot(frame, frame)) / len(frame)
    return 10.0 * math.log10(square / 32768.0**2) if square > 0 else _SILENCE_DBFS


class _Turns:
    """Voiced frames in, starts and stops out."""

    def __init__(self, end: EndOfTurn) -> None:
        self._end = end
        self._position_ms = 0.0
        self._window: deque[bool] = deque(maxlen=_ONSET_FRAMES)
        self._speaking = False
        self._voiced_in_a_row = 0
        self._voice_end_ms = 0.0
        self._loudness: list[float] = []

    def frame(self, frame: _Frame) -> SpeechStarted | SpeechStopped | None:
        self._position_ms += FRAME_MS
        self._voiced_in_a_row = self._voiced_in_a_row + 1 if frame.voiced else 0
        if frame.voiced:
            self._loudness.append(frame.dbfs)
        return self._in_speech() if self._speaking else self._in_silence(voiced=frame.voiced)

    def _in_silence(self, *, voiced: bool) -> SpeechStarted | None:
        self._window.append(voiced)
        if sum(self._window) < _ONSET_VOICED:
            if not any(self._window):
                self._loudness.clear()
            return None
        since_first = len(self._window) - list(self._window).index(True)
        self._window.clear()
        self._speaking = True
        self._voice_end_ms = self._position_ms
        return SpeechStarted(self._position_ms - since_first * FRAME_MS)

    def _in_speech(self) -> SpeechStopped | None:
        if self._voiced_in_a_row >= _RESUME_FRAMES:
            self._voice_end_ms = self._position_ms
        silent_ms = self._position_ms - self._voice_end_ms
        wanted_ms = self._end.finished_ms
        if silent_ms >= wanted_ms and not self._finished():
            wanted_ms = self._end.unfinished_ms
        if silent_ms < max(wanted_ms, FRAME_MS):
            return None
        self._speaking = False
        self._loudness.clear()
        return SpeechStopped(self._position_ms)

    def _finished(self) -> bool:
        """Whether the voice ended well below its usual loudness."""
        if self._end.finished_ms == self._end.unfinished_ms or not self._loudness:
            return True
        last = self._loudness[-_FALL_FRAMES:]
        usual = sum(self._loudness) / len(self._loudness)
        return sum(last) / len(last) <= usual - _FALL_DB
