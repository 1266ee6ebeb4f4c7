"""Sound files of every make, and what is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from evalharness.audio.files import AudioUnreadable, audio_info, read_audio, write_audio
from evalharness.audio.pcm import Pcm


def sine(rate: int, seconds: float = 0.5) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate) * 0.5


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_make_rate_and_channel_count(
    tmp_path: Path, suffix: str, rate: int, channels: int
) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, np.stack([sine(rate)] * channels, axis=1), rate)
    pcm = read_audio(path)
    assert pcm.rate == rate
    assert pcm.duration_ms == pytest.approx(500, abs=60)  # mp3 pads
    rms = float(np.sqrt(np.mean((pcm.samples / 32768) ** 2)))
    assert rms == pytest.approx(0.5 / np.sqrt(2), rel=0.1)
    info = audio_info(path)
    assert (info.rate, info.channels) == (rate, channels)


def test_channels_are_averaged(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.array([[1000, 3000], [-5, -6]], dtype=np.int16), 8_000)
    assert read_audio(path).samples.tolist() == [2000, -6]


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_samples_come_back_to_the_bit(tmp_path: Path, suffix: str) -> None:
    pcm = Pcm(np.arange(-100, 100, dtype=np.int16), 24_000)
    write_audio(tmp_path / f"a.{suffix}", pcm)
    assert read_audio(tmp_path / f"a.{suffix}") == pcm


def cannot(path: Path) -> str:
    messages = set()
    for read in (read_audio, audio_info):
        with pytest.raises(AudioUnreadable) as refused:
            read(path)
        messages.add(str(refused.value))
    assert len(messages) == 1
    return messages.pop()


def test_what_is_no_sound(tmp_path: Path) -> None:
    text, empty = tmp_path / "a.wav", tmp_path / "b.wav"
    text.write_text("this is a letter")
    empty.write_bytes(b"")
    assert cannot(text) == "a.wav is not a sound file libsndfile can read"
    assert cannot(empty) == "b.wav is empty (0 bytes)"
    assert "cannot be opened: No such file" in cannot(tmp_path / "c.wav")


def test_a_header_without_sound(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0, dtype=np.int16), 8_000)
    with pytest.raises(AudioUnreadable, match="a header but no sound"):
        read_audio(tmp_path / "a.wav")
