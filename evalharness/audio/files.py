"""Sound files: wav, flac, ogg and mp3, in any rate and channel count, through libsndfile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from evalharness.audio.pcm import Pcm
from evalharness.errors import EvalharnessError


class AudioUnreadable(EvalharnessError):
    """A file that is missing, empty, cut short or no sound; the message says which."""


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """`frames` counts samples per channel; `format` is libsndfile's name (WAV, FLAC ...)."""

    rate: int
    channels: int
    frames: int
    format: str

    @property
    def duration_ms(self) -> float:
        return self.frames * 1000 / self.rate


@dataclass(frozen=True, slots=True)
class SoundLibrary:
    """What reads the files: its version, and which of our formats it knows."""

    version: str
    formats: tuple[str, ...]


def sound_library() -> SoundLibrary:
    known = soundfile.available_formats()
    ours = tuple(name for name in ("WAV", "FLAC", "OGG", "MP3") if name in known)
    return SoundLibrary(str(soundfile.__libsndfile_version__), ours)


def audio_info(path: Path) -> AudioInfo:
    """A file's header. Raises AudioUnreadable."""
    _must_have_bytes(path)
    try:
        info = soundfile.info(str(path))
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise AudioUnreadable(f"{path.name} is not a sound file libsndfile can read") from error
    return AudioInfo(info.samplerate, info.channels, info.frames, info.format)


def read_audio(path: Path) -> Pcm:
    """The whole file, its channels averaged, at its own rate. Raises AudioUnreadable."""
    _must_have_bytes(path)
    try:
        samples, rate = soundfile.read(str(path), dtype="int16", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise AudioUnreadable(f"{path.name} is not a sound file libsndfile can read") from error
    if len(samples) == 0:
        raise AudioUnreadable(f"{path.name} has a header but no sound")
    if samples.shape[1] == 1:
        return Pcm(np.ascontiguousarray(samples[:, 0]), int(rate))
    return Pcm(np.rint(samples.mean(axis=1)).astype(np.int16), int(rate))


def write_audio(path: Path, pcm: Pcm) -> None:
    """Write 16-bit samples; the suffix chooses the format."""
    soundfile.write(str(path), pcm.samples, pcm.rate, subtype=_subtype(path))


def _subtype(path: Path) -> str | None:
    return "PCM_16" if path.suffix.lower() in (".wav", ".flac") else None


def _must_have_bytes(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise AudioUnreadable(f"{path.name} cannot be opened: {error.strerror}") from error
    if size == 0:
        raise AudioUnreadable(f"{path.name} is empty (0 bytes)")
