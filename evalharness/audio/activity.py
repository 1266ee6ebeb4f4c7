"""Where speech is in a clip, and when sound becomes audible. Deterministic, numpy only.

Speech is found by level against the clip's own noise floor: good for marking clean or moderately
noisy scripted clips once, when a dataset is annotated. It is not the server's turn detection.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalharness.audio.pcm import Pcm

FRAME_MS = 10
FLOOR_QUANTILE = 0.10
ABOVE_FLOOR_DB = 12.0
BELOW_PEAK_DB = 35.0
QUIETEST_DBFS = -55.0
"""Nothing below this is speech, whatever the floor."""
BRIDGE_MS = 250
"""Shorter gaps are stop consonants and breaths inside a phrase, not pauses."""
SHORTEST_MS = 60
FULL_SCALE = 32768.0


def speech_spans(pcm: Pcm) -> tuple[tuple[int, int], ...]:
    """Start and end of each stretch of speech, ms from the first sample."""
    levels = frame_levels_dbfs(pcm, FRAME_MS)
    if len(levels) == 0:
        return ()
    floor, peak = float(np.quantile(levels, FLOOR_QUANTILE)), float(np.max(levels))
    threshold = max(min(floor + ABOVE_FLOOR_DB, peak - 6.0), peak - BELOW_PEAK_DB, QUIETEST_DBFS)
    spans = _runs(levels > threshold)
    bridged: list[tuple[int, int]] = []
    for start, end in spans:
        if bridged and start - bridged[-1][1] < BRIDGE_MS:
            bridged[-1] = (bridged[-1][0], end)
        else:
            bridged.append((start, end))
    length_ms = int(pcm.duration_ms)
    return tuple(
        (start, min(end, length_ms)) for start, end in bridged if end - start >= SHORTEST_MS
    )


def first_audible_ms(pcm: Pcm, threshold_dbfs: float = -45.0, frame_ms: int = 20) -> float | None:
    """Where the first frame above the threshold starts; None when all is quieter."""
    loud = np.flatnonzero(frame_levels_dbfs(pcm, frame_ms) > threshold_dbfs)
    return float(loud[0] * frame_ms) if len(loud) else None


def frame_levels_dbfs(pcm: Pcm, frame_ms: int) -> NDArray[np.float64]:
    """RMS level of each whole or last partial frame, dB relative to full scale."""
    size = max(1, pcm.rate * frame_ms // 1000)
    count = -(-len(pcm.samples) // size)
    padded = np.zeros(count * size)
    padded[: len(pcm.samples)] = pcm.samples / FULL_SCALE
    power = np.mean(padded.reshape(count, size) ** 2, axis=1) if count else np.zeros(0)
    return np.asarray(10 * np.log10(np.maximum(power, 1e-12)))


def _runs(loud: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8)))
    return [
        (int(start) * FRAME_MS, int(end) * FRAME_MS)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]
