"""Audio lifted out of a frame and put back, to the byte."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evalharness.recording.frame import APPEND_TYPE, DELTA_TYPES, Frame, lift

KEYS = {APPEND_TYPE: "audio", **dict.fromkeys(DELTA_TYPES, "delta")}


def put_back(event_type: str, text: str) -> str:
    lifted = lift(event_type, text)
    frame = Frame(0, 0, "client", event_type, lifted.payload, audio_at=lifted.audio_at)
    return frame.text(lifted.audio)


@given(st.sampled_from(sorted(KEYS)), st.binary(max_size=60), st.booleans())
def test_canonical_audio_is_lifted_and_put_back(kind: str, audio: bytes, spaced: bool) -> None:
    event = {"type": kind, "event_id": "e1", KEYS[kind]: base64.b64encode(audio).decode()}
    text = json.dumps(event) if spaced else json.dumps(event, separators=(",", ":"))
    lifted = lift(kind, text)
    assert lifted.audio == audio
    assert put_back(kind, text) == text
    if audio:
        assert lifted.audio_at is not None
        assert len(lifted.payload) == len(text) - 4 * ((len(audio) + 2) // 3)


pieces = st.sampled_from(['"audio"', '"delta"', ":", '"', "{", "}", "AAAA", "AAA=", "A", "\\", " "])


@given(st.sampled_from(sorted(KEYS)), st.lists(pieces, max_size=12).map("".join))
@example(APPEND_TYPE, '{"audio":"AAA="}')
@example(APPEND_TYPE, '{"audio":"AAB="}')  # stray bits: decodes, but does not come back
@example(APPEND_TYPE, '{"audio":"AA\\/A"}')
@example(APPEND_TYPE, '{"audio":"AAAA')
def test_any_text_comes_back_as_it_was(kind: str, text: str) -> None:
    assert put_back(kind, text) == text


@pytest.mark.parametrize("encoded", ["AAB=", "AA==AA==", "AAA", "A\\u0041AA", "", "-_-_"])
def test_what_would_not_come_back_stays(encoded: str) -> None:
    text = f'{{"type":"{APPEND_TYPE}","audio":"{encoded}"}}'
    lifted = lift(APPEND_TYPE, text)
    assert (lifted.payload, lifted.audio_at, lifted.audio) == (text, None, b"")


def test_other_events_keep_their_audio() -> None:
    text = '{"type":"conversation.item.create","audio":"AAAA"}'
    assert lift("conversation.item.create", text).audio_at is None
