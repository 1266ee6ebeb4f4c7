"""Our words against those of the official `openai` package: what it has and we lack, or reverse.

Only annotations are compared. Parsing with that package proves nothing: it builds an unknown
event as the first member of its union and keeps the fields.
"""

from __future__ import annotations

import importlib
import typing
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from evalharness.realtime.codec import CLIENT_EVENTS, SERVER_EVENTS
from evalharness.realtime.response_options import ResponseOptions
from evalharness.realtime.session import SERVER_FIELDS, RealtimeSession, TranscriptionSession
from evalharness.realtime.session_rules import (
    PLAIN_MODELS,
    REASONING_MODELS,
    TRANSCRIPTION_MODELS,
)

pytest.importorskip("openai")
ROOT = "openai.types.realtime"

VERBATIM: dict[str, tuple[str, ...]] = {
    # Events keep sessions and response options as they were said; both have tests of their own.
    "session.created": ("session.",),
    "session.updated": ("session.",),
    "session.update": ("session.",),
    "response.create": ("response.",),
    # Input items are judged by `item_problems`; a prompt's variables are passed on unread, and
    # stored prompts end in November 2026.
    "ResponseOptions": ("input[].", "prompt.variables.*."),
    "RealtimeSession": ("prompt.variables.*.",),
    "session": ("prompt.variables.*.",),
}
"""Below these paths the package has types and we, on purpose, have none."""

WE_ADD: dict[str, set[str]] = {
    # Optional on every event, since other servers may number theirs.
    "input_audio_buffer.dtmf_event_received": {"event_id"},
    # One shape of an error, one shape of a content part.
    "conversation.item.input_audio_transcription.failed": {"error.event_id"},
    "response.content_part.added": {"part.image_url", "part.detail"},
    "response.content_part.done": {"part.image_url", "part.detail"},
}
"""Our fields that the package does not have."""


def official(name: str) -> Any:
    """A type of the package, by name or by module and name."""
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(f"{ROOT}.{module}" if module else ROOT), attribute)


def members(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models an annotation is made of, through unions, lists and Annotated."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for argument in typing.get_args(annotation):
        yield from members(argument)


def fields(annotation: Any, at: str = "") -> Iterator[str]:
    """Every field below an annotation, dotted; lists as `[]`, maps as `*`, unions merged."""
    origin = typing.get_origin(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            path = f"{at}.{name}" if at else name
            yield path
            yield from fields(field.annotation, path)
    elif origin is list:
        yield from fields(typing.get_args(annotation)[0], f"{at}[]")
    elif origin is dict:
        yield from fields(typing.get_args(annotation)[1], f"{at}.*")
    elif origin is not Literal:
        for argument in typing.get_args(annotation):
            yield from fields(argument, at)


def words(annotation: Any, at: str = "") -> Iterator[str]:
    """Every literal below an annotation, as `path=value`."""
    origin = typing.get_origin(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield from words(field.annotation, f"{at}.{name}" if at else name)
    elif origin is Literal:
        yield from (f"{at}={value}" for value in typing.get_args(annotation))
    else:
        for argument in typing.get_args(annotation):
            yield from words(argument, at)


def event_types(union: Any) -> dict[str, type[BaseModel]]:
    return {
        typing.get_args(event.model_fields["type"].annotation)[0]: event for event in members(union)
    }


def drift(what: str, ours: Iterable[str], theirs: Iterable[str]) -> list[str]:
    """The differences, one readable line each."""
    ours, theirs = set(ours), set(theirs)
    missing = {name for name in theirs - ours if not name.startswith(VERBATIM.get(what, ()))}
    extra = ours - theirs - WE_ADD.get(what, set())
    return [f"{what}: missing {name}" for name in sorted(missing)] + [
        f"{what}: extra {name}" for name in sorted(extra)
    ]


def test_drift_is_told_in_both_directions() -> None:
    assert drift("x", {"ours", "both"}, {"theirs", "both"}) == [
        "x: missing theirs",
        "x: extra ours",
    ]


SIDES = [
    ("RealtimeServerEvent", SERVER_EVENTS, 46),
    ("RealtimeClientEvent", CLIENT_EVENTS, 11),
]


@pytest.mark.parametrize(("union", "ours", "count"), SIDES)
def test_event_names(union: str, ours: dict[str, Any], count: int) -> None:
    lines = drift(union, ours, event_types(official(union)))
    assert not lines, "\n".join(lines)
    assert len(ours) == count


@pytest.mark.parametrize(("union", "ours", "count"), SIDES)
def test_event_fields(union: str, ours: dict[str, Any], count: int) -> None:
    theirs = event_types(official(union))
    lines = [
        line
        for name in ours.keys() & theirs.keys()
        for line in drift(name, fields(ours[name]), fields(theirs[name]))
    ]
    assert not lines, "\n".join(sorted(lines))
    assert len(theirs) == count


CONFIGURATIONS: list[tuple[type[BaseModel], str]] = [
    (RealtimeSession, "RealtimeSessionCreateRequest"),
    (TranscriptionSession, "RealtimeTranscriptionSessionCreateRequest"),
    (ResponseOptions, "RealtimeResponseCreateParams"),
]


@pytest.mark.parametrize(("ours", "name"), CONFIGURATIONS)
def test_configuration_fields(ours: type[BaseModel], name: str) -> None:
    lines = drift(ours.__name__, fields(ours), fields(official(name)))
    assert not lines, "\n".join(lines)


OPEN_WORDS = (
    # Any string is allowed; the lists of names are compared below or are no rule.
    "model=",
    "audio.output.voice=",
    "audio.input.transcription.model=",
    # Verbatim: see NOT_COMPARED.
    "input",
    "prompt.variables",
    # A range on our side, so that its error has the server's code.
    "audio.input.format.rate=24000",
    "audio.output.format.rate=24000",
)


@pytest.mark.parametrize(("ours", "name"), CONFIGURATIONS)
def test_configuration_words(ours: type[BaseModel], name: str) -> None:
    theirs = {word for word in words(official(name)) if not word.startswith(OPEN_WORDS)}
    mine = {word for word in words(ours) if not word.startswith(OPEN_WORDS)}
    lines = drift(ours.__name__, mine, theirs)
    assert not lines, "\n".join(lines)


def test_a_server_shows_no_session_field_we_do_not_know() -> None:
    shown = official("realtime_session_create_response.RealtimeSessionCreateResponse")
    ours = {*fields(RealtimeSession), *SERVER_FIELDS}
    lines = [line for line in drift("session", ours, fields(shown)) if "missing" in line]
    assert not lines, "\n".join(lines)


def test_model_names() -> None:
    request = set(words(official("RealtimeSessionCreateRequest")))
    prefix = "audio.input.transcription.model="
    theirs = {word.removeprefix("model=") for word in request if word.startswith("model=")}
    recognisers = {word.removeprefix(prefix) for word in request if word.startswith(prefix)}
    lines = drift("models", {*REASONING_MODELS, *PLAIN_MODELS}, theirs)
    lines += drift("transcription models", TRANSCRIPTION_MODELS, recognisers)
    assert not lines, "\n".join(lines)
