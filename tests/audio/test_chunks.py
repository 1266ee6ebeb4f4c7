"""Clips cut and encoded once: nothing lost, the last chunk filled up."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.audio.chunks import encode_clip, silence_clip
from evalharness.audio.formats import AudioFormat, FormatType, decode
from evalharness.audio.pcm import Pcm

PCM = AudioFormat("audio/pcm", 24_000)


@given(st.integers(1, 3_000), st.sampled_from([20, 40, 100]))
def test_chunks_are_whole_and_their_sum_is_the_clip(samples: int, chunk_ms: int) -> None:
    sound = Pcm(np.arange(1, samples + 1, dtype=np.int16), 24_000)
    clip = encode_clip(sound, PCM, chunk_ms)
    assert {len(chunk.raw) for chunk in clip.chunks} == {chunk_ms * 48}
    assert all(base64.b64decode(chunk.base64) == chunk.raw for chunk in clip.chunks)
    back = decode(b"".join(chunk.raw for chunk in clip.chunks), PCM).samples
    assert (back[:samples] == sound.samples).all()
    assert (back[samples:] == 0).all()
    assert clip.audio_samples == samples
    assert clip.total_samples == len(back) < samples + chunk_ms * 24


def test_a_tail_is_silence_of_the_clips_own() -> None:
    clip = encode_clip(Pcm(np.full(240, 9, dtype=np.int16), 24_000), PCM, tail_ms=50)
    assert clip.audio_samples == 240 + 1200
    assert len(clip.chunks) == 3


@pytest.mark.parametrize(("kind", "quiet"), [("audio/pcmu", 0xFF), ("audio/pcma", 0xD5)])
def test_silence_is_silence_in_every_encoding(kind: FormatType, quiet: int) -> None:
    clip = silence_clip(40, AudioFormat(kind, 8_000))
    heard = {abs(int(v)) for c in clip.chunks for v in decode(c.raw, clip.fmt).samples}
    assert len(clip.chunks) == 2
    assert heard <= {0, 8}
    assert {value for c in clip.chunks for value in c.raw} <= {quiet, quiet ^ 0x80}


def test_silence_has_at_least_one_chunk() -> None:
    assert len(silence_clip(1, PCM, 20).chunks) == 1
