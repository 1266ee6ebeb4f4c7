"""When each sample of the caller's audio was sent.

A live microphone emits a chunk when its last sample exists, so a sample inside a chunk left as
long before the chunk's sending as it lies before the chunk's end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from evalharness.recording.frame import INPUT_TRACK, Frame
from evalharness.recording.recording import Header


class InputClock:
    """Maps positions on the input axis to times of sending."""

    def __init__(self, header: Header, frames: Iterable[Frame]) -> None:
        self._bytes_per_sample = 2 if header.input_format == "audio/pcm" else 1
        self._rate = header.input_rate
        self._starts: list[int] = []
        self._chunks: list[Frame] = []
        for frame in frames:
            if frame.audio is not None and frame.audio.track == INPUT_TRACK:
                self._starts.append(frame.audio.offset)
                self._chunks.append(frame)
        last = self._chunks[-1].audio if self._chunks else None
        self._end = last.offset + last.length if last else 0

    def sent_ns(self, sample: int) -> int | None:
        """When the sound up to a sample (counted from the session's first) had been sent; None when
        it was not. At the very end of a chunk that is with the chunk, not with the one after it,
        which may have come a minute later."""
        chunk = self._chunk(sample)
        if chunk is None or chunk.audio is None:
            return None
        end = (chunk.audio.offset + chunk.audio.length) // self._bytes_per_sample
        return chunk.at_ns - (end - sample) * 1_000_000_000 // self._rate

    def lateness_ms(self, sample: int) -> float:
        """How late the chunk with this sample was; 0 for one that was not paced."""
        chunk = self._chunk(sample)
        if chunk is None or chunk.due_ns is None:
            return 0.0
        return (chunk.at_ns - chunk.due_ns) / 1e6

    def _chunk(self, sample: int) -> Frame | None:
        position = sample * self._bytes_per_sample
        if not self._chunks or not 0 <= position <= self._end:
            return None
        return self._chunks[max(bisect_left(self._starts, position) - 1, 0)]
