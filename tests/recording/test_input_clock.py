"""When each sample of the caller's audio left, as a microphone would have had it."""

from __future__ import annotations

from datetime import UTC, datetime

from evalharness.recording.frame import APPEND_TYPE, AudioRef, Frame
from evalharness.recording.input_clock import InputClock
from evalharness.recording.recording import Header, Recording
from tests.recordings import RecordingBuilder

MS = 1_000_000


def clock(recording: Recording) -> InputClock:
    return InputClock(recording.header, recording.frames)


def two_clips() -> InputClock:
    """20 ms chunks from 0 to 100 ms, a pause, and again from 1000 ms, 30 ms late each."""
    builder = RecordingBuilder().microphone(100).at(1000).microphone(100, late_ms=30)
    return clock(builder.build())


def test_a_sample_left_before_its_chunk_by_what_came_after_it() -> None:
    sent = two_clips()
    assert sent.sent_ns(0) == 0
    assert sent.sent_ns(240) == 10 * MS
    assert sent.sent_ns(481) == 20 * MS + 1_000_000_000 // 24_000 + 1


def test_the_end_of_a_chunk_belongs_to_it_even_when_the_next_came_much_later() -> None:
    sent = two_clips()
    assert sent.sent_ns(2400) == 100 * MS
    assert sent.lateness_ms(2400) == 0
    assert sent.sent_ns(2401) is not None
    assert sent.lateness_ms(2401) == 30


def test_what_was_never_sent_has_no_time() -> None:
    sent = two_clips()
    assert sent.sent_ns(4800) == 1130 * MS
    assert sent.sent_ns(4801) is None
    assert sent.sent_ns(-1) is None
    assert sent.lateness_ms(4801) == 0
    assert clock(RecordingBuilder().build()).sent_ns(0) is None


def test_unpaced_chunks_are_not_late() -> None:
    builder = RecordingBuilder().client("input_audio_buffer.append", audio="AAAA" * 4)
    sent = clock(builder.build())
    assert sent.lateness_ms(3) == 0
    assert sent.sent_ns(6) == 0


def test_telephone_audio_has_one_byte_a_sample() -> None:
    wall = datetime(2026, 1, 1, tzinfo=UTC)
    header = Header("k", "run", "ws://x", "ga", None, wall, True, "audio/pcmu", 8_000)
    chunks = [
        Frame(
            n, (n + 1) * 20 * MS, "client", APPEND_TYPE, "", audio=AudioRef("input", n * 160, 160)
        )
        for n in range(2)
    ]
    sent = InputClock(header, chunks)
    assert sent.sent_ns(80) == 10 * MS
    assert sent.sent_ns(320) == 40 * MS
    assert sent.sent_ns(321) is None
