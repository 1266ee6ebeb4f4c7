"""Any frame comes back from its row as it was, however much the row leaves out."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evalharness.recording.frame import APPEND_TYPE, INPUT_TRACK, OUTPUT_TRACK, AudioRef, Frame
from evalharness.store import schema
from evalharness.store.frame_rows import CANONICAL_APPEND, frame_from_row, frame_row
from tests.store.conversations import AUDIO_AT

DELTA = "response.output_text.delta"
names = st.none() | st.sampled_from(["", "e1", "i1"]) | st.text()


def came_back(frame: Frame) -> Frame:
    return frame_from_row(frame_row(1, frame))


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    ids = {name: draw(names) for name in ("event_id", "item_id", "response_id")}
    kind = draw(st.sampled_from([APPEND_TYPE, DELTA, "", "x"]))
    said = {"type": kind, **{name: value for name, value in ids.items() if draw(st.booleans())}}
    payloads = [CANONICAL_APPEND, json.dumps(said), '{"type":"x.delta","n":NaN}', "[]", "{"]
    refs = st.builds(
        AudioRef, st.sampled_from([INPUT_TRACK, OUTPUT_TRACK]), st.integers(0), st.integers(0)
    )
    return Frame(
        seq=draw(st.integers(0)),
        at_ns=draw(st.integers(0)),
        side=draw(st.sampled_from(["client", "server"])),
        type=kind,
        payload=draw(st.sampled_from(payloads) | st.text()),
        due_ns=draw(st.none() | st.integers(0)),
        **ids,
        audio=draw(st.none() | refs),
        audio_at=draw(st.none() | st.just(AUDIO_AT) | st.integers(0)),
        binary=draw(st.booleans()),
    )


CANONICAL = Frame(
    seq=0,
    at_ns=2,
    side="client",
    type=APPEND_TYPE,
    payload=CANONICAL_APPEND,
    due_ns=1,
    audio=AudioRef(INPUT_TRACK, 0, 960),
    audio_at=AUDIO_AT,
)
EMPTY_APPEND = Frame(0, 2, "client", APPEND_TYPE, CANONICAL_APPEND)


@given(frames())
@example(CANONICAL)
@example(EMPTY_APPEND)
def test_frame_comes_back(frame: Frame) -> None:
    assert came_back(frame) == frame


def test_canonical_append_keeps_only_times_and_place() -> None:
    kept = [value for value in frame_row(1, CANONICAL) if value not in (None, "")]
    assert kept == [1, 0, 2, 1, 0, 960]


DELTAS = [
    (json.dumps({"type": DELTA, "item_id": "i1"}), True),
    (json.dumps({"type": DELTA, "item_id": "i2"}), False),
    (json.dumps({"type": DELTA}), False),
    ('{"type":"' + DELTA + '","item_id":"i1"', False),
    ('{"type":"' + DELTA + '","item_id":"i1","x":Infinity}', False),
]


@pytest.mark.parametrize(("payload", "left_out"), DELTAS)
def test_names_are_left_out_only_where_the_payload_says_them(payload: str, left_out: bool) -> None:
    frame = Frame(0, 0, "server", DELTA, payload, item_id="i1")
    row = dict(
        zip([column.name for column in schema.frame.columns], frame_row(1, frame), strict=True)
    )
    assert (row["type"] is None) == left_out
    assert (row["item_id"] is None) == left_out
