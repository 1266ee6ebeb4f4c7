"""One rate to another, with the SoX resampler."""

from __future__ import annotations

import numpy as np
import soxr

from evalharness.audio.pcm import Pcm


def resample(pcm: Pcm, rate: int) -> Pcm:
    """The same sound at `rate` Hz; unchanged when it has that rate already."""
    if pcm.rate == rate:
        return pcm
    samples = soxr.resample(pcm.samples, pcm.rate, rate, quality="HQ")
    return Pcm(np.asarray(samples, dtype=np.int16), rate)
