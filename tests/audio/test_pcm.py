"""Samples as an immutable value."""

from __future__ import annotations

import numpy as np
import pytest

from evalharness.audio.pcm import Pcm, concat, silence


def test_equal_sounds_are_equal_and_hash_alike() -> None:
    one, two = (Pcm(np.array([1, 2], dtype=np.int16), 8_000) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert one != Pcm(np.array([1, 2], dtype=np.int16), 16_000)
    assert one != Pcm(np.array([1, 3], dtype=np.int16), 8_000)


def test_samples_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        silence(10, 8_000).samples[0] = 1


@pytest.mark.parametrize(
    "samples", [np.zeros((2, 2), dtype=np.int16), np.zeros(2, dtype=np.float64)]
)
def test_other_arrays_are_refused(samples: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> None:
    with pytest.raises(ValueError, match="one row of int16"):
        Pcm(samples, 8_000)


def test_parts_must_be_of_one_rate() -> None:
    joined = concat([silence(10, 8_000), silence(5, 8_000)])
    assert joined.duration_ms == 15
    with pytest.raises(ValueError, match="one rate"):
        concat([silence(10, 8_000), silence(10, 16_000)])
