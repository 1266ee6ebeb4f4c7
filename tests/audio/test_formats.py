"""The wire's encodings against the standard's own values, and there and back again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.audio.formats import AudioFormat, decode, encode
from evalharness.audio.pcm import Pcm

PCM = AudioFormat("audio/pcm", 24_000)
MU_LAW, A_LAW = AudioFormat("audio/pcmu", 8_000), AudioFormat("audio/pcma", 8_000)


def pcm(values: list[int], rate: int) -> Pcm:
    return Pcm(np.array(values, dtype=np.int16), rate)


# ITU-T G.711, tables 2a/2b (mu-law, 14-bit values times 4) and 1a/1b (A-law, 13-bit times 8).
@pytest.mark.parametrize(
    ("fmt", "code", "value"),
    [
        (MU_LAW, 0x00, -32124),
        (MU_LAW, 0x80, 32124),
        (MU_LAW, 0xFF, 0),
        (MU_LAW, 0x7F, 0),
        (MU_LAW, 0xFE, 8),
        (MU_LAW, 0xEF, 132),
        (A_LAW, 0xD5, 8),
        (A_LAW, 0x55, -8),
        (A_LAW, 0xAA, 32256),
        (A_LAW, 0x2A, -32256),
        (A_LAW, 0xC5, 264),
    ],
)
def test_codes_mean_what_the_standard_says(fmt: AudioFormat, code: int, value: int) -> None:
    assert decode(bytes([code]), fmt).samples.tolist() == [value]


@pytest.mark.parametrize("fmt", [MU_LAW, A_LAW])
def test_every_code_comes_back_as_sound(fmt: AudioFormat) -> None:
    every = bytes(range(256))
    values = decode(every, fmt)
    assert decode(encode(values, fmt), fmt) == values


@given(st.lists(st.integers(-32768, 32767), min_size=1), st.sampled_from([MU_LAW, A_LAW]))
def test_companding_is_never_far_off(values: list[int], fmt: AudioFormat) -> None:
    sound = pcm(values, 8_000)
    error = np.abs(decode(encode(sound, fmt), fmt).samples.astype(int) - sound.samples)
    assert (error <= np.maximum(16, np.abs(sound.samples.astype(int)) // 16)).all()


@given(st.lists(st.integers(-32768, 32767)))
def test_pcm_comes_back_to_the_bit(values: list[int]) -> None:
    sound = pcm(values, 24_000)
    data = encode(sound, PCM)
    assert len(data) == 2 * len(values)
    assert decode(data, PCM) == sound
    assert decode(data + b"\x7f", PCM) == sound


def test_pcm_is_little_endian() -> None:
    assert encode(pcm([0x0102], 24_000), PCM) == b"\x02\x01"


def test_sound_of_another_rate_is_resampled() -> None:
    assert len(encode(pcm([0] * 16_000, 16_000), PCM)) == 2 * 24_000
    assert len(encode(pcm([0] * 24_000, 24_000), MU_LAW)) == 8_000


@pytest.mark.parametrize(
    ("wire", "fmt"),
    [
        (None, PCM),
        ({}, PCM),
        ({"type": "audio/pcm"}, PCM),
        ({"type": "audio/pcm", "rate": 16_000}, AudioFormat("audio/pcm", 16_000)),
        ({"type": "audio/pcmu"}, MU_LAW),
        ({"type": "audio/pcma"}, A_LAW),
    ],
)
def test_from_the_wire(wire: dict[str, object] | None, fmt: AudioFormat) -> None:
    assert AudioFormat.from_wire(wire) == fmt
    assert AudioFormat.from_wire(fmt.to_wire()) == fmt


def test_an_encoding_we_do_not_know() -> None:
    with pytest.raises(ValueError, match="audio/opus"):
        AudioFormat.from_wire({"type": "audio/opus"})


def test_bytes_per_ms() -> None:
    assert [fmt.bytes_per_ms for fmt in (PCM, MU_LAW)] == [48, 8]
