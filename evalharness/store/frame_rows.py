"""A frame as a row of `schema.frame`, and back, exactly.

Frames are nearly all of a database's rows, so a row leaves out what it would only say twice:

- `payload` NULL: a canonical append, what the pacer sends fifty times a second; its type, side,
  track and text are known.
- `type` NULL beside a payload: a server's delta whose type and ids are what its JSON says.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn

from evalharness.recording.frame import APPEND_TYPE, INPUT_TRACK, AudioRef, Frame

CANONICAL_APPEND = '{"type":"input_audio_buffer.append","audio":""}'
CANONICAL_AUDIO_AT = len(CANONICAL_APPEND) - 2
DELTA_SUFFIX = ".delta"

Values = tuple[Any, ...]
"""Column order of `schema.frame`."""


def frame_row(recording_id: int, frame: Frame) -> Values:
    """The row to insert."""
    audio = frame.audio
    offset, length = (None, None) if audio is None else (audio.offset, audio.length)
    if _is_canonical(frame):
        known = (frame.seq, frame.at_ns, frame.due_ns, "", None, None, None, None, None, None, None)
        return (recording_id, *known, offset, length, None)
    said = _said_by_payload(frame)
    return (
        recording_id,
        frame.seq,
        frame.at_ns,
        frame.due_ns,
        frame.side,
        None if said else frame.type,
        None if said else frame.event_id,
        None if said else frame.item_id,
        None if said else frame.response_id,
        frame.payload,
        frame.audio_at,
        None if audio is None else audio.track,
        offset,
        length,
        frame.binary or None,
    )


def _is_canonical(frame: Frame) -> bool:
    return (
        frame.payload == CANONICAL_APPEND
        and frame.audio_at == CANONICAL_AUDIO_AT
        and frame.audio is not None
        and frame.audio.track == INPUT_TRACK
        and frame.type == APPEND_TYPE
        and frame.side == "client"
        and not (frame.binary or frame.event_id or frame.item_id or frame.response_id)
    )


def _said_by_payload(frame: Frame) -> bool:
    """Whether type and ids can be read from the payload again, here and by the views."""
    if not frame.type.endswith(DELTA_SUFFIX):
        return False
    try:
        event = _STRICT.decode(frame.payload)
    except (ValueError, RecursionError):
        return False
    named = (frame.type, frame.event_id, frame.item_id, frame.response_id)
    return isinstance(event, dict) and named == _names(event)


def _no_json(constant: str) -> NoReturn:
    """NaN and its like, which Python reads and databases refuse."""
    raise ValueError(constant)


_STRICT = json.JSONDecoder(parse_constant=_no_json)


def _names(event: dict[str, Any]) -> Values:
    return event.get("type"), event.get("event_id"), event.get("item_id"), event.get("response_id")


def frame_from_row(row: Sequence[Any]) -> Frame:
    """The frame that was given to `frame_row`."""
    # By position: an hour has hundreds of thousands of rows, and names cost more than all the rest.
    (
        _,
        seq,
        at_ns,
        due_ns,
        side,
        kind,
        event_id,
        item_id,
        response_id,
        payload,
        audio_at,
        track,
        offset,
        length,
        binary,
    ) = row
    audio = None if length is None else AudioRef(track or INPUT_TRACK, offset, length)
    if payload is None:
        side, kind, payload, audio_at = "client", APPEND_TYPE, CANONICAL_APPEND, CANONICAL_AUDIO_AT
    elif kind is None:
        kind, event_id, item_id, response_id = _names(json.loads(payload))
    return Frame(
        seq,
        at_ns,
        side,
        kind,
        payload,
        due_ns,
        event_id,
        item_id,
        response_id,
        audio,
        audio_at,
        bool(binary),
    )
