from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.server.engine import SpeechStarted, SpeechStopped
from evalharness.server.scripted.energy_vad import EnergyDetector, power_threshold

VAD = {"type": "server_vad", "threshold": 0.5, "silence_duration_ms": 300}


def sound(*parts: tuple[int, int], rate: int = 24_000) -> bytes:
    """Stretches of (ms, level)."""
    return b"".join(np.full(ms * rate // 1000, level, dtype="<i2").tobytes() for ms, level in parts)


CLIP = sound((100, 0), (400, 3_000), (200, 0), (300, 3_000), (500, 0), (200, 3_000), (400, 0))
TURNS = [
    SpeechStarted(100),
    SpeechStopped(1_300),
    SpeechStarted(1_500),
    SpeechStopped(2_000),
]


def test_pauses_shorter_than_the_silence_do_not_end_a_turn() -> None:
    assert EnergyDetector(VAD, 24_000).feed(CLIP) == TURNS


@given(st.lists(st.integers(1, 9_000), max_size=30))
def test_pieces_of_any_length_give_the_same(sizes: list[int]) -> None:
    detector = EnergyDetector(VAD, 24_000)
    found: list[Any] = []
    at = 0
    for size in [*sizes, len(CLIP)]:
        found += detector.feed(CLIP[at : at + size])
        at += size
    assert found == TURNS


def test_a_click_is_no_speech() -> None:
    assert EnergyDetector(VAD, 24_000).feed(sound((100, 0), (20, 9_000), (500, 0))) == []


@pytest.mark.parametrize(("threshold", "heard"), [(0.0, True), (0.5, False), (1.0, False)])
def test_the_threshold_decides_what_is_too_quiet(threshold: float, heard: bool) -> None:
    detector = EnergyDetector({**VAD, "threshold": threshold}, 8_000)
    assert bool(detector.feed(sound((200, 60), rate=8_000))) is heard


def test_thresholds_are_levels() -> None:
    assert power_threshold(0.5) == pytest.approx((32_768 * 10 ** (-45 / 20)) ** 2)


@pytest.mark.parametrize(
    ("eagerness", "silence_ms"), [("low", 1_200), ("auto", 700), ("high", 350)]
)
def test_semantic_eagerness_is_patience(eagerness: str, silence_ms: int) -> None:
    detector = EnergyDetector({"type": "semantic_vad", "eagerness": eagerness}, 24_000)
    found = detector.feed(sound((500, 3_000), (2_000, 0)))
    assert found[-1] == SpeechStopped(500 + silence_ms)


def test_a_turn_cannot_end_before_its_silence_begins() -> None:
    detector = EnergyDetector(VAD, 24_000, offset_ms=-5_000)
    assert detector.feed(sound((500, 3_000), (100, 0)))[-1] == SpeechStopped(510)
