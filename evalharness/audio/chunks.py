"""A clip cut into chunks and base64-encoded once, ready to be sent in many sessions."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache

from evalharness.audio.formats import AudioFormat, encode
from evalharness.audio.pcm import Pcm, concat, silence

CLIPS_KEPT = 512
"""Encoded clips kept for the sessions to come: a dataset's, for a few formats."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The bytes of one append, raw and as the wire carries them."""

    raw: bytes
    base64: str


@dataclass(frozen=True, slots=True)
class EncodedClip:
    """Chunks of `chunk_ms` each. `audio_samples` is the clip's own length; the last chunk is
    filled up with silence to a whole one."""

    fmt: AudioFormat
    chunk_ms: int
    chunks: tuple[Chunk, ...]
    audio_samples: int

    @property
    def total_samples(self) -> int:
        return sum(len(chunk.raw) for chunk in self.chunks) // self.fmt.bytes_per_sample


@lru_cache(maxsize=CLIPS_KEPT)
def encode_clip(pcm: Pcm, fmt: AudioFormat, chunk_ms: int = 20, *, tail_ms: int = 0) -> EncodedClip:
    """Cut and encode a clip, followed by `tail_ms` of silence."""
    parts = [pcm, silence(tail_ms, pcm.rate)] if tail_ms else [pcm]
    data = encode(concat(parts), fmt)
    size = round(fmt.bytes_per_ms * chunk_ms)
    filler = encode(silence(chunk_ms, fmt.rate), fmt)
    chunks = []
    for start in range(0, len(data), size):
        raw = data[start : start + size]
        raw += filler[len(raw) :]
        chunks.append(Chunk(raw, base64.b64encode(raw).decode("ascii")))
    return EncodedClip(fmt, chunk_ms, tuple(chunks), len(data) // fmt.bytes_per_sample)


@lru_cache(maxsize=CLIPS_KEPT)
def silence_clip(ms: int, fmt: AudioFormat, chunk_ms: int = 20) -> EncodedClip:
    """Silence, at least one chunk of it."""
    return encode_clip(silence(max(ms, chunk_ms), fmt.rate), fmt, chunk_ms)
