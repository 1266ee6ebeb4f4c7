"""Where speech is in a clip, and when sound becomes audible."""

from __future__ import annotations

import numpy as np
import pytest

from evalharness.audio.activity import first_audible_ms, frame_levels_dbfs, speech_spans
from evalharness.audio.pcm import Pcm, concat, silence
from evalharness.audio.resample import resample

RATE = 24_000


def tone(ms: int, level: float = 0.5) -> Pcm:
    at = np.arange(RATE * ms // 1000) / RATE
    return Pcm((level * 32767 * np.sin(2 * np.pi * 300 * at)).astype(np.int16), RATE)


def noise(ms: int, level: float) -> Pcm:
    values = np.random.default_rng(0).normal(0, level * 32767, RATE * ms // 1000)
    return Pcm(np.clip(values, -32768, 32767).astype(np.int16), RATE)


def quiet(ms: int) -> Pcm:
    return silence(ms, RATE)


def test_stretches_of_speech_with_pauses_between_them() -> None:
    spans = speech_spans(concat([quiet(200), tone(400), quiet(500), tone(300), quiet(100)]))
    assert spans == ((200, 600), (1100, 1400))


def test_short_gaps_are_inside_a_phrase() -> None:
    assert speech_spans(concat([tone(300), quiet(200), tone(300)])) == ((0, 800),)


def test_clicks_are_not_speech() -> None:
    assert speech_spans(concat([quiet(300), tone(40), quiet(300)])) == ()


@pytest.mark.parametrize(
    "pcm", [quiet(500), Pcm(np.zeros(0, dtype=np.int16), RATE), tone(500, 0.001)]
)
def test_nothing_is_said(pcm: Pcm) -> None:
    assert speech_spans(pcm) == ()


def test_speech_stands_out_of_noise() -> None:
    heard = concat([noise(500, 0.01), tone(500), noise(500, 0.01)])
    ((start, end),) = speech_spans(heard)
    assert (start, end) == (500, 1000)


def test_no_span_ends_after_the_clip() -> None:
    clip = Pcm(tone(505).samples[:12_101], RATE)
    assert speech_spans(clip) == ((0, 504),)


def test_when_sound_becomes_audible() -> None:
    assert first_audible_ms(concat([quiet(130), tone(100)])) == 120
    assert first_audible_ms(tone(100, 0.004)) is None
    assert first_audible_ms(tone(100, 0.004), threshold_dbfs=-60) == 0
    assert first_audible_ms(Pcm(np.zeros(0, dtype=np.int16), RATE)) is None


def test_levels_are_relative_to_full_scale() -> None:
    square = Pcm(np.array([16384, -16384] * 240, dtype=np.int16), RATE)
    assert frame_levels_dbfs(square, 10).tolist() == pytest.approx([-6.02, -6.02], abs=0.01)


def test_resampling_keeps_length_and_level() -> None:
    low = resample(tone(500), 8_000)
    assert len(low.samples) == 4_000
    assert float(frame_levels_dbfs(low, 100)[2]) == pytest.approx(-9.03, abs=0.1)
    same = tone(10)
    assert resample(same, RATE) is same
