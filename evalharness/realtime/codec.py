"""Text frame to event and back. Nothing is lost, nothing is coerced, nothing raises."""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Mapping
from typing import Any, cast

from pydantic import ValidationError

from evalharness.realtime.client_events import KnownClientEvent
from evalharness.realtime.event import Undecodable, UnknownEvent, WireEvent
from evalharness.realtime.problems import problems_of
from evalharness.realtime.server_events import KnownServerEvent

ServerEvent = KnownServerEvent | UnknownEvent | Undecodable
ClientEvent = KnownClientEvent | UnknownEvent | Undecodable


def _by_type(events: Any) -> dict[str, type[WireEvent]]:
    return {event.model_fields["type"].default: event for event in typing.get_args(events)}


SERVER_EVENTS: Mapping[str, type[WireEvent]] = _by_type(KnownServerEvent)
CLIENT_EVENTS: Mapping[str, type[WireEvent]] = _by_type(KnownClientEvent)


def decode_server(text: str) -> ServerEvent:
    """Read a server's frame. What is not understood comes back whole, never as an exception."""
    return cast(ServerEvent, _decode(text, SERVER_EVENTS))


def decode_client(text: str) -> ClientEvent:
    """Read a client's frame, on the same terms."""
    return cast(ClientEvent, _decode(text, CLIENT_EVENTS))


# UTF-8 has no bytes for half of a surrogate pair, so a frame that holds one must escape it.
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def encode(event: ServerEvent | ClientEvent) -> str:
    """The event as compact JSON that any socket can send.

    A decoded event gives what was decoded, in its key order (of duplicate keys the last one);
    one built here gives the fields that were set.
    """
    match event:
        case Undecodable():
            return event.text
        case UnknownEvent():
            data = event.raw
        case _:
            data = event.wire()
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    if not text.isascii() and _LONE_SURROGATE.search(text):
        return json.dumps(data, separators=(",", ":"))
    return text


def _decode(
    text: str, events: Mapping[str, type[WireEvent]]
) -> WireEvent | UnknownEvent | Undecodable:
    try:
        data = json.loads(text)
    # RecursionError: nested deeper than the parser goes. ValueError also stands for integers
    # of more digits than Python will read.
    except (ValueError, RecursionError) as error:
        return Undecodable(text, f"not JSON: {error}")
    if not isinstance(data, dict):
        return Undecodable(text, "not a JSON object")
    name = data.get("type")
    if not isinstance(name, str):
        return Undecodable(text, "no type")
    event = events.get(name)
    if event is None:
        return UnknownEvent(name, data)
    try:
        return event.from_wire(data)
    except ValidationError as error:
        return UnknownEvent(name, data, problems_of(error, event)[0])
