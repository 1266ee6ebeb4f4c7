"""Frames go through the codec and come out saying the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.realtime.client_events import (
    InputAudioAppend,
    ItemCreate,
    KnownClientEvent,
    ResponseCreate,
    SessionUpdate,
)
from evalharness.realtime.codec import (
    CLIENT_EVENTS,
    SERVER_EVENTS,
    ClientEvent,
    ServerEvent,
    decode_client,
    decode_server,
    encode,
)
from evalharness.realtime.event import Undecodable, UnknownEvent, WireEvent
from evalharness.realtime.items import Content, FunctionCallItem, Message, OtherItem
from evalharness.realtime.response import Response
from evalharness.realtime.response_events import (
    AudioDelta,
    OutputItemAdded,
    ResponseDone,
)
from evalharness.realtime.server_events import ErrorEvent, TranscriptionSegment

Decode = Callable[[str], ServerEvent | ClientEvent]
BOTH: list[Decode] = [decode_server, decode_client]

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
TYPES = st.sampled_from([*SERVER_EVENTS, *CLIENT_EVENTS]) | st.text()
FIELDS = st.sampled_from(
    ["event_id", "item_id", "item", "response", "delta", "session", "output_index", "new_field"]
)


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@st.composite
def frames(draw: st.DrawFn) -> dict[str, Any]:
    fields = draw(st.dictionaries(FIELDS | st.text(), JSON, max_size=5))
    pairs = draw(st.permutations([*fields.items(), ("type", draw(TYPES))]))
    return dict(pairs)


ID = st.text(max_size=6)
INDEX = st.integers(0, 3)
CONTENT = st.fixed_dictionaries(
    {}, optional={"type": ID, "text": ID, "transcript": st.none() | ID, "future": JSON}
)
ITEMS = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("message"), "role": ID, "content": st.lists(CONTENT, max_size=2)},
        optional={"id": ID, "status": ID, "phase": JSON},
    ),
    st.fixed_dictionaries(
        {"type": st.just("function_call"), "name": ID, "arguments": ID}, optional={"call_id": ID}
    ),
    st.fixed_dictionaries({"type": st.just("a_new_kind")}, optional={"anything": JSON}),
)
RESPONSES = st.fixed_dictionaries(
    {"id": ID, "output": st.lists(ITEMS, max_size=2)},
    optional={
        "status": ID,
        "status_details": st.none() | ID | st.fixed_dictionaries({"reason": ID, "extra": JSON}),
        "usage": st.none() | st.fixed_dictionaries({"total_tokens": INDEX, "thinking": JSON}),
        "max_output_tokens": st.just("inf") | INDEX,
    },
)
WELL_FORMED = st.one_of(
    st.fixed_dictionaries({"type": st.just("response.done"), "response": RESPONSES}),
    st.fixed_dictionaries(
        {
            "type": st.just("response.output_item.added"),
            "item": ITEMS,
            "response_id": ID,
            "output_index": INDEX,
        },
        optional={"event_id": ID, "new": JSON},
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("conversation.item.input_audio_transcription.segment"),
            **dict.fromkeys(("item_id", "id", "text", "speaker"), ID),
            "content_index": INDEX,
            "start": INDEX | st.floats(0, 9),
            "end": INDEX | st.floats(0, 9),
        }
    ),
)


@given(frames())
def test_decoding_then_encoding_gives_the_same_text(frame: dict[str, Any]) -> None:
    text = compact(frame)
    for decode in BOTH:
        # Text, and not JSON, is compared: key order, 1 against 1.0, -0.0 and all.
        assert json.loads(encode(decode(text))) == frame
        if text.isascii():
            assert encode(decode(text)) == text


@given(WELL_FORMED)
def test_typed_fields_alone_say_the_same(frame: dict[str, Any]) -> None:
    event = decode_server(compact(frame))
    assert isinstance(event, WireEvent)
    built = event.model_copy()
    assert built == event
    # Sorted: a built event has its own key order. As text: 1 must not become 1.0.
    assert json.dumps(json.loads(encode(built)), sort_keys=True) == json.dumps(
        frame, sort_keys=True
    )


@given(st.text())
def test_any_text_decodes_to_something(text: str) -> None:
    for decode in BOTH:
        event = decode(text)
        assert encode(event) == text or not isinstance(event, Undecodable)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("\ufeff{}", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"type":"error","n":' + "9" * 5000 + "}", "not JSON"),
        ("[]", "not a JSON object"),
        ("null", "not a JSON object"),
        ("{}", "no type"),
        ('{"type":null}', "no type"),
        ('{"type":["error"]}', "no type"),
    ],
)
def test_what_is_no_event_is_kept_whole(text: str, reason: str) -> None:
    for decode in BOTH:
        event = decode(text)
        assert isinstance(event, Undecodable)
        assert event.reason.startswith(reason)
        assert encode(event) == text


def test_an_unknown_type_is_no_problem() -> None:
    event = decode_server('{"type":"response.hologram.delta","x":1}')
    assert event == UnknownEvent("response.hologram.delta", event.raw, None)  # type: ignore[union-attr]


def test_a_known_type_of_the_wrong_shape_says_where() -> None:
    event = decode_client('{"type":"conversation.item.truncate","item_id":"i","content_index":0}')
    assert isinstance(event, UnknownEvent)
    assert event.problem is not None
    assert event.problem.path == ("audio_end_ms",)
    assert event.problem.code == "missing_required_parameter"


def test_paths_of_problems_name_no_branch_of_a_union() -> None:
    event = decode_client(
        '{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[5]}}'
    )
    assert isinstance(event, UnknownEvent)
    assert event.problem is not None
    assert event.problem.path == ("item", "content", 0)


@pytest.mark.parametrize("value", ["1", "1.0", "1e3", "-0.0", "12345678901234567890123", "true"])
def test_numbers_stay_what_they_were(value: str) -> None:
    text = f'{{"type":"session.updated","session":{{"speed":{value}}}}}'
    sent = json.loads(encode(decode_server(text)))["session"]["speed"]
    assert repr(sent) == repr(json.loads(value))


def test_of_duplicate_keys_the_last_one_counts() -> None:
    event = decode_server('{"type":"error","error":{"message":"a"},"error":{"message":"b"}}')
    assert isinstance(event, ErrorEvent)
    assert event.error.message == "b"


def test_not_a_number_passes() -> None:
    text = '{"type":"session.updated","session":{"speed":NaN}}'
    assert encode(decode_server(text)) == text


@pytest.mark.parametrize("name", ["response.output_text.delta", "unheard.of"])
def test_half_a_surrogate_pair_can_still_be_sent(name: str) -> None:
    text = (
        '{"type":"%s","response_id":"r","item_id":"i","output_index":0,"content_index":0,'
        '"delta":"\\ud83d"}'
    ).replace("%s", name)
    sent = encode(decode_server(text))
    assert json.loads(sent.encode("utf-8")) == json.loads(text)


def test_text_beyond_ascii_is_not_escaped() -> None:
    text = '{"type":"session.update","session":{"instructions":"Grüße 😀"}}'
    assert encode(decode_client(text)) == text


def test_events_are_typed_to_the_bottom() -> None:
    frame = {
        "type": "response.done",
        "response": {
            "id": "resp_1",
            "status": "completed",
            "output": [
                {"type": "message", "role": "assistant", "content": [{"type": "output_audio"}]},
                {"type": "function_call", "name": "f", "arguments": "{}"},
                {"type": "force_message", "text": "another vendor's"},
            ],
            "usage": {"total_tokens": 7, "input_token_details": {"cached_tokens": 3}},
        },
    }
    event = decode_server(compact(frame))
    assert isinstance(event, ResponseDone)
    response: Response = event.response
    assert response.output is not None
    assert [type(item) for item in response.output] == [Message, FunctionCallItem, OtherItem]
    assert response.usage is not None
    assert response.usage.input_token_details is not None
    assert response.usage.input_token_details.cached_tokens == 3


def test_seconds_may_be_whole() -> None:
    event = decode_server(
        '{"type":"conversation.item.input_audio_transcription.segment","item_id":"i","id":"s",'
        '"content_index":0,"text":"t","speaker":"A","start":1,"end":1.5}'
    )
    assert isinstance(event, TranscriptionSegment)
    assert (repr(event.start), repr(event.end)) == ("1", "1.5")


BUILT: list[tuple[KnownClientEvent, dict[str, Any]]] = [
    (
        SessionUpdate(session={"type": "realtime", "tracing": None}),
        {"type": "session.update", "session": {"type": "realtime", "tracing": None}},
    ),
    (InputAudioAppend(audio="AAAA"), {"type": "input_audio_buffer.append", "audio": "AAAA"}),
    (ResponseCreate(event_id="e1"), {"type": "response.create", "event_id": "e1"}),
    (
        ItemCreate(
            item=Message(
                type="message", role="user", content=[Content(type="input_text", text="hi")]
            )
        ),
        {
            "type": "conversation.item.create",
            "item": {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "hi"}],
            },
        },
    ),
]


@pytest.mark.parametrize(("event", "frame"), BUILT)
def test_built_events_say_only_what_was_set(event: KnownClientEvent, frame: dict[str, Any]) -> None:
    assert json.loads(encode(event)) == frame
    assert decode_client(encode(event)) == event


def test_a_changed_copy_says_the_change() -> None:
    event = decode_server(
        '{"type":"response.output_audio.delta","response_id":"r","item_id":"i","output_index":0,'
        '"content_index":0,"delta":"AAAA"}'
    )
    assert isinstance(event, AudioDelta)
    changed = event.model_copy(update={"response_id": "other"})
    assert json.loads(encode(changed))["response_id"] == "other"
    assert event.response_id == "r"


def test_items_in_progress_may_be_nearly_empty() -> None:
    event = decode_server(
        '{"type":"response.output_item.added","response_id":"r","output_index":0,'
        '"item":{"id":"i","type":"message","status":"in_progress","role":"assistant","content":[]}}'
    )
    assert isinstance(event, OutputItemAdded)
    assert event.item.status == "in_progress"
