"""The wire's three encodings: PCM16 little-endian, G.711 mu-law and A-law.

G.711 is done in tables made from the standard's own arithmetic (ITU-T G.711), since Python's
audioop is gone from 3.13.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evalharness.audio.pcm import Pcm
from evalharness.audio.resample import resample

FormatType = Literal["audio/pcm", "audio/pcmu", "audio/pcma"]

G711_RATE = 8_000
DEFAULT_PCM_RATE = 24_000


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """An encoding and its rate in Hz (always 8000 for G.711)."""

    type: FormatType
    rate: int

    @property
    def bytes_per_sample(self) -> int:
        return 2 if self.type == "audio/pcm" else 1

    @property
    def bytes_per_ms(self) -> float:
        """48 for PCM at 24 kHz, 8 for G.711."""
        return self.rate * self.bytes_per_sample / 1000

    @classmethod
    def from_wire(cls, value: Mapping[str, Any] | None) -> AudioFormat:
        """From a session's `format` object; PCM at 24 kHz where none is given.

        Raises ValueError for an encoding that is none of the three.
        """
        fields = value or {}
        match fields.get("type", "audio/pcm"):
            case "audio/pcm":
                return cls("audio/pcm", int(fields.get("rate") or DEFAULT_PCM_RATE))
            case "audio/pcmu":
                return cls("audio/pcmu", G711_RATE)
            case "audio/pcma":
                return cls("audio/pcma", G711_RATE)
            case unknown:
                raise ValueError(f"unknown audio format {unknown}")

    def to_wire(self) -> dict[str, Any]:
        if self.type == "audio/pcm":
            return {"type": self.type, "rate": self.rate}
        return {"type": self.type}


def encode(pcm: Pcm, fmt: AudioFormat) -> bytes:
    """The sound as the wire's bytes, resampled to the format's rate if need be."""
    samples = resample(pcm, fmt.rate).samples
    match fmt.type:
        case "audio/pcm":
            return samples.astype("<i2").tobytes()
        case "audio/pcmu":
            return _mu_law_codes()[samples.view(np.uint16)].tobytes()
        case "audio/pcma":
            return _a_law_codes()[samples.view(np.uint16)].tobytes()


def decode(data: bytes, fmt: AudioFormat) -> Pcm:
    """The wire's bytes as sound. A trailing half sample is left out."""
    match fmt.type:
        case "audio/pcm":
            whole = len(data) // 2 * 2
            return Pcm(np.frombuffer(data[:whole], dtype="<i2").astype(np.int16), fmt.rate)
        case "audio/pcmu":
            return Pcm(_mu_law_values()[np.frombuffer(data, dtype=np.uint8)], fmt.rate)
        case "audio/pcma":
            return Pcm(_a_law_values()[np.frombuffer(data, dtype=np.uint8)], fmt.rate)


@lru_cache(maxsize=1)
def _mu_law_values() -> NDArray[np.int16]:
    """What each of the 256 codes means."""
    codes = ~np.arange(256, dtype=np.int64) & 0xFF
    segment, step = (codes >> 4) & 7, codes & 15
    size = ((2 * step + 33) << segment) - 33
    return np.where(codes & 0x80, -4 * size, 4 * size).astype(np.int16)


@lru_cache(maxsize=1)
def _a_law_values() -> NDArray[np.int16]:
    codes = np.arange(256, dtype=np.int64) ^ 0x55
    segment, step = (codes >> 4) & 7, codes & 15
    size = np.where(segment == 0, 2 * step + 1, (2 * step + 33) << np.maximum(segment - 1, 0))
    return np.where(codes & 0x80, 8 * size, -8 * size).astype(np.int16)


@lru_cache(maxsize=1)
def _mu_law_codes() -> NDArray[np.uint8]:
    return _nearest_codes(_mu_law_values())


@lru_cache(maxsize=1)
def _a_law_codes() -> NDArray[np.uint8]:
    return _nearest_codes(_a_law_values())


def _nearest_codes(values: NDArray[np.int16]) -> NDArray[np.uint8]:
    """For each sample, indexed as uint16, the code whose value is nearest."""
    order = np.argsort(values, kind="stable")
    ladder = values[order].astype(np.int64)
    samples = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int64)
    above = np.clip(np.searchsorted(ladder, samples), 1, len(ladder) - 1)
    below = above - 1
    nearer = np.where(samples - ladder[below] <= ladder[above] - samples, below, above)
    return order[nearer].astype(np.uint8)
