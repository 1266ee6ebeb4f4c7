"""Mono 16-bit samples and their rate, as an immutable value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class Pcm:
    """`samples` has shape (n,), dtype int16; `rate` is in Hz."""

    samples: Samples
    rate: int

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.int16:
            raise ValueError("samples must be one row of int16")
        self.samples.flags.writeable = False

    @property
    def duration_ms(self) -> float:
        return len(self.samples) * 1000 / self.rate

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pcm):
            return NotImplemented
        return self.rate == other.rate and np.array_equal(self.samples, other.samples)

    def __hash__(self) -> int:
        return hash((self.rate, self.samples.tobytes()))


def silence(ms: float, rate: int) -> Pcm:
    """Digital silence of so many ms."""
    return Pcm(np.zeros(round(ms * rate / 1000), dtype=np.int16), rate)


def concat(parts: Sequence[Pcm]) -> Pcm:
    """One after another; all at one rate."""
    rates = {part.rate for part in parts}
    if len(rates) != 1:
        raise ValueError(f"parts of one rate are needed, not {sorted(rates)}")
    return Pcm(np.concatenate([part.samples for part in parts]), rates.pop())
