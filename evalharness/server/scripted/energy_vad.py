"""Voice activity by loudness alone: exact on clean clips, and predictable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalharness.server.engine import SpeechStarted, SpeechStopped

FRAME_MS = 10
ONSET_FRAMES = 3
"""A click is shorter."""
DEFAULT_SILENCE_MS = 500
SEMANTIC_SILENCE_MS = {"low": 1200, "medium": 700, "high": 350, "auto": 700}
"""There is nothing semantic here; eagerness is patience."""
QUIETEST_DBFS, LOUDEST_DBFS = -65.0, -25.0
"""What thresholds 0 and 1 mean; 0.5 is -45 dBFS."""
FULL_SCALE = 32768.0


def power_threshold(threshold: float) -> float:
    """Mean square of a frame that is just loud enough, for the wire's `threshold` from 0 to 1."""
    dbfs = QUIETEST_DBFS + (LOUDEST_DBFS - QUIETEST_DBFS) * threshold
    return float(FULL_SCALE**2 * 10 ** (dbfs / 10))


def voiced_frames(samples: NDArray[np.int16], rate: int, least_power: float) -> NDArray[np.bool_]:
    """For each whole frame of 10 ms, whether its mean square is above `least_power`."""
    size = rate * FRAME_MS // 1000
    count = len(samples) // size
    frames = samples[: count * size].astype(np.float32).reshape(count, size)
    loud: NDArray[np.bool_] = np.einsum("ij,ij->i", frames, frames) > least_power * size
    return loud


class EnergyDetector:
    """Implements `engine.Detector`. `offset_ms` shifts the end of turns, earlier when negative."""

    def __init__(
        self, turn_detection: Mapping[str, Any], rate: int, offset_ms: float = 0.0
    ) -> None:
        threshold = turn_detection.get("threshold")
        self._least_power = power_threshold(0.5 if threshold is None else float(threshold))
        self._rate = rate
        self._frame_bytes = 2 * rate * FRAME_MS // 1000
        # A turn cannot end before its silence has begun.
        self._silence_ms = max(_silence_ms(turn_detection) + offset_ms, FRAME_MS)
        self._waiting = b""
        self._at_ms = 0
        self._loud_in_a_row = 0
        self._voice_end_ms: int | None = None

    def feed(self, pcm: bytes) -> Sequence[SpeechStarted | SpeechStopped]:
        data = self._waiting + pcm if self._waiting else pcm
        whole = len(data) - len(data) % self._frame_bytes
        self._waiting = data[whole:]
        samples = np.frombuffer(data[:whole], dtype="<i2")
        found: list[SpeechStarted | SpeechStopped] = []
        for loud in voiced_frames(samples, self._rate, self._least_power).tolist():
            self._at_ms += FRAME_MS
            event = self._frame(loud)
            if event is not None:
                found.append(event)
        return found

    def _frame(self, loud: bool) -> SpeechStarted | SpeechStopped | None:  # noqa: FBT001
        self._loud_in_a_row = self._loud_in_a_row + 1 if loud else 0
        if self._voice_end_ms is None:
            if self._loud_in_a_row < ONSET_FRAMES:
                return None
            self._voice_end_ms = self._at_ms
            return SpeechStarted(self._at_ms - ONSET_FRAMES * FRAME_MS)
        if loud:
            self._voice_end_ms = self._at_ms
        if self._at_ms - self._voice_end_ms < self._silence_ms:
            return None
        stopped = SpeechStopped(self._voice_end_ms + self._silence_ms)
        self._voice_end_ms = None
        return stopped


def _silence_ms(turn_detection: Mapping[str, Any]) -> float:
    if turn_detection.get("type") == "semantic_vad":
        return SEMANTIC_SILENCE_MS[turn_detection.get("eagerness") or "auto"]
    silence_ms = turn_detection.get("silence_duration_ms")
    return DEFAULT_SILENCE_MS if silence_ms is None else float(silence_ms)
