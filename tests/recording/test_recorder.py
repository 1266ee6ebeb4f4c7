"""Frames as they pass the socket: numbered, timed, their audio laid on tracks, secrets gone."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from evalharness.recording.frame import APPEND_TYPE, AudioRef
from evalharness.recording.recorder import MemorySink, Recorder, event_type
from evalharness.recording.recording import Footer, Header, Recording
from evalharness.recording.redact import REDACTED, Redactor

KEY = 'sk-"quoted"-0123456789'


class Recorded:
    """A recorder into memory, and what it has recorded so far."""

    def __init__(self, *secrets: str) -> None:
        self.sink = MemorySink()
        header = Header("rec-1", "run", "ws://x", "ga", "m", datetime(2026, 1, 1, tzinfo=UTC))
        self.recorder = Recorder(header, self.sink, Redactor(secrets))

    @property
    def value(self) -> Recording:
        return self.sink.recording("rec-1")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"type":"a.b"}', "a.b"),
        ('{ "event_id" : "e" , "type" : "a.b" }', "a.b"),
        ('{"item":{"type":"inner"},"type":"outer"}', "outer"),
        ('{"type":"with \\u0041"}', "with A"),
        ('{"type":7}', ""),
        ("[1]", ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_the_type_wherever_it_stands(text: str, name: str) -> None:
    assert event_type(text) == name


def test_frames_are_numbered_in_order_with_their_times_and_names() -> None:
    recorded = Recorded()
    recorded.recorder.sent('{"type":"session.update","event_id":"e1","session":{}}', 5)
    recorded.recorder.received('{"type":"x","item_id":"i1","response_id":"r1"}', 9)
    first, second = recorded.value.frames
    assert (first.seq, first.at_ns, first.side, first.type) == (0, 5, "client", "session.update")
    assert first.event_id == "e1"
    assert (second.seq, second.side) == (1, "server")
    assert (second.item_id, second.response_id) == ("i1", "r1")


def test_audio_of_each_direction_lies_on_its_own_track() -> None:
    recorded = Recorded()
    recorder = recorded.recorder
    append = '{"type":"input_audio_buffer.append","audio":""}'
    recorder.sent_audio(append, len(append) - 2, b"abcd", 10, 8)
    delta = base64.b64encode(b"xyz").decode()
    recorder.received(f'{{"type":"response.output_audio.delta","delta":"{delta}"}}', 11)
    recorder.sent(f'{{"type":"{APPEND_TYPE}","audio":"{base64.b64encode(b"efg").decode()}"}}', 12)
    paced, heard, sent = recorded.value.frames
    assert (paced.audio, paced.due_ns) == (AudioRef("input", 0, 4), 8)
    assert heard.audio == AudioRef("output", 0, 3)
    assert (sent.audio, sent.due_ns) == (AudioRef("input", 4, 3), None)
    assert recorded.value.audio == {"input": b"abcdefg", "output": b"xyz"}
    assert recorder.input_offset == 7
    assert recorded.value.text(paced) == '{"type":"input_audio_buffer.append","audio":"YWJjZA=="}'


def test_binary_messages_are_kept_as_base64() -> None:
    recorded = Recorded()
    recorded.recorder.received(b"\x00\xff", 1)
    (frame,) = recorded.value.frames
    assert frame.binary
    assert base64.b64decode(frame.payload) == b"\x00\xff"


def test_secrets_are_gone_before_anything_is_kept() -> None:
    recorded = Recorded(KEY, "Bearer " + KEY, "short")
    recorded.recorder.sent(f"as it is: Bearer {KEY}", 1)
    recorded.recorder.received('{"type":"error","key":"sk-\\"quoted\\"-0123456789"}', 2)
    recorded.recorder.received(b"\x00" + KEY.encode() + b"\xff", 3)
    recorded.recorder.received("a short word stays", 4)
    plain, echoed, binary, word = (frame.payload for frame in recorded.value.frames)
    assert plain == f"as it is: {REDACTED}"
    assert echoed == f'{{"type":"error","key":"{REDACTED}"}}'
    assert base64.b64decode(binary) == b"\x00" + REDACTED.encode() + b"\xff"
    assert word == "a short word stays"


def test_marks_and_the_end() -> None:
    recorded = Recorded()
    detail = {"kind": "say"}
    recorded.recorder.mark("turn_started", 3, 0, detail)
    detail["kind"] = "changed later"
    assert recorded.value.footer is None
    recorded.recorder.close(Footer(9))
    (mark,) = recorded.value.marks
    assert (mark.at_ns, mark.kind, mark.turn, mark.detail) == (
        3,
        "turn_started",
        0,
        {"kind": "say"},
    )
    assert recorded.value.footer == Footer(9)
