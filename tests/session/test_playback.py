"""When the assistant's audio would have been heard, and how much of it at an interruption."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evalharness.session.playback import Heard, PlaybackClock

MS = 1_000_000


def test_pieces_play_one_after_another_and_stall_when_late() -> None:
    clock = PlaybackClock()
    clock.arrived("a", 0, 100 * MS, 0)
    clock.arrived("a", 0, 100 * MS, 10 * MS)
    assert clock.ends_ns == 200 * MS
    clock.arrived("a", 0, 50 * MS, 300 * MS)
    assert clock.ends_ns == 350 * MS


def test_an_interruption_says_what_was_playing() -> None:
    clock = PlaybackClock()
    clock.arrived("a", 0, 100 * MS, 0)
    clock.arrived("b", 1, 500 * MS, 0)
    assert clock.interrupt(300 * MS) == Heard("b", 1, 200)
    assert clock.ends_ns == 300 * MS
    assert clock.interrupt(301 * MS) is None


def test_nothing_heard_is_nothing_to_truncate() -> None:
    clock = PlaybackClock()
    assert clock.interrupt(0) is None
    clock.arrived("a", 0, 100 * MS, 0)
    assert clock.interrupt(0) is None
    clock.arrived("b", 0, 100 * MS, 0)
    assert clock.interrupt(100 * MS) is None


@given(
    st.lists(st.tuples(st.integers(1, 200), st.integers(0, 300)), min_size=1), st.integers(0, 999)
)
def test_never_more_heard_than_came(pieces: list[tuple[int, int]], wait_ms: int) -> None:
    clock, now_ms = PlaybackClock(), 0
    for length_ms, gap_ms in pieces:
        now_ms += gap_ms
        clock.arrived("a", 0, length_ms * MS, now_ms * MS)
    heard = clock.interrupt((now_ms + wait_ms) * MS)
    if heard is not None:
        assert 0 < heard.played_ms <= sum(length for length, _ in pieces)
