"""Which configuration was asked for, and which one the server said is in force, over a session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evalharness.recording.frame import Frame
from evalharness.recording.loose_json import mapping, object_in

CONFIG_TYPES = frozenset({"session.created", "session.update", "session.updated", "error"})
"""The only frames that tell of it."""


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """A `session.update` and what came of it.

    `effective` is the session that answered it, None when it was refused or never answered;
    `error` is the refusal. What the server told of itself, as it does when it begins, has nothing
    requested.
    """

    seq: int
    at_ns: int
    requested: Mapping[str, Any] | None
    effective: Mapping[str, Any] | None
    error: Mapping[str, Any] | None = None


@dataclass(slots=True)
class _Asked:
    seq: int
    at_ns: int
    event_id: str | None
    session: Mapping[str, Any]
    effective: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    answered: bool = False


def config_history(frames: Iterable[Frame]) -> list[ConfigChange]:
    """Pair updates with their answers. Frames of other types, and broken ones, are passed over.

    A server answers updates in order, and its answer does not name the update; an error does.
    """
    told: list[ConfigChange] = []
    asked: list[_Asked] = []
    for frame in frames:
        if frame.type not in CONFIG_TYPES:
            continue
        event = object_in(frame.payload)
        if not event:
            continue
        match frame.type:
            case "session.created":
                session = mapping(event.get("session"))
                told.append(ConfigChange(frame.seq, frame.at_ns, None, session))
            case "session.update":
                session = mapping(event.get("session"))
                event_id = event.get("event_id")
                asked.append(_Asked(frame.seq, frame.at_ns, event_id, session))
            case "session.updated":
                waiting = next((one for one in asked if not one.answered), None)
                session = mapping(event.get("session"))
                if waiting is not None:
                    waiting.effective, waiting.answered = session, True
                else:
                    told.append(ConfigChange(frame.seq, frame.at_ns, None, session))
            case _:
                error = mapping(event.get("error"))
                refused = _refused(asked, error.get("event_id"))
                if refused is not None:
                    refused.error, refused.answered = error, True
    changes = [
        ConfigChange(one.seq, one.at_ns, one.session, one.effective, one.error) for one in asked
    ]
    return sorted([*told, *changes], key=lambda change: change.seq)


def _refused(asked: list[_Asked], event_id: object) -> _Asked | None:
    if event_id is None:
        return None
    return next((one for one in asked if one.event_id == event_id and not one.answered), None)
