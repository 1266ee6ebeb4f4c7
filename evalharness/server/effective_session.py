"""The session in force: the server's defaults, and what updates and responses lay over it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from evalharness.realtime.error_codes import CANNOT_UPDATE_VOICE, INVALID_VALUE
from evalharness.realtime.problems import FieldProblem, dotted
from evalharness.realtime.response_options import response_problems
from evalharness.realtime.session import session_problems
from evalharness.realtime.session_rules import session_rule_problems
from evalharness.server.outbox import Refusal

Session = Mapping[str, Any]

DEFAULT_MODEL = "gpt-realtime-2.1"
DEFAULT_INSTRUCTIONS = (
    "You are a helpful voice assistant. Be brief and friendly, use the tools you have when they "
    "help, and ask when something is missing."
)
PCM = {"type": "audio/pcm", "rate": 24000}
VAD_DEFAULTS: Mapping[str, Session] = {
    "server_vad": {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        # As documented; sessions of the hosted server have been seen to show 200.
        "silence_duration_ms": 500,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    },
    "semantic_vad": {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    },
}
_CLEARED_BY_NULL = ("include", "prompt", "tracing", "reasoning", "parallel_tool_calls")
"""Null elsewhere says nothing."""


def initial_session(session_id: str, model: str, expires_at: int) -> dict[str, Any]:
    """A conversation's session as `session.created` shows it. `expires_at` in epoch seconds."""
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": session_id,
        "model": model,
        "output_modalities": ["audio"],
        "instructions": DEFAULT_INSTRUCTIONS,
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": None,
        "truncation": "auto",
        "prompt": None,
        "expires_at": expires_at,
        "audio": {
            "input": _initial_input(),
            "output": {"format": dict(PCM), "voice": "marin", "speed": 1.0},
        },
        "include": None,
    }


def initial_transcription_session(session_id: str, expires_at: int) -> dict[str, Any]:
    """The session of a connection with `intent=transcription`: it only listens."""
    return {
        "type": "transcription",
        "object": "realtime.transcription_session",
        "id": session_id,
        "expires_at": expires_at,
        "audio": {"input": _initial_input()},
        "include": None,
    }


def _initial_input() -> dict[str, Any]:
    return {
        "format": dict(PCM),
        "transcription": None,
        "noise_reduction": None,
        "turn_detection": dict(VAD_DEFAULTS["server_vad"]),
    }


def updated(session: Session, update: Session, *, voice_locked: bool) -> dict[str, Any]:
    """`session` after a `session.update`. Raises Refusal: one bad field rejects the whole."""
    _refuse_first(session_problems(update, mid_session=True), "session")
    _refuse_fixed(session, update)
    merged = _merged(session, update)
    _refuse_first(list(session_rule_problems(merged, mid_session=True)), "session")
    if voice_locked and voice_of(merged) != voice_of(session):
        raise _voice_refusal("session.audio.output.voice")
    if session.get("tracing") is not None and merged["tracing"] != session["tracing"]:
        message = "Cannot update tracing once it has been enabled."
        raise Refusal(INVALID_VALUE, message, "session.tracing")
    return merged


def for_response(session: Session, overrides: Session, *, voice_locked: bool) -> dict[str, Any]:
    """The session as one response sees it. Raises Refusal for a malformed `response`."""
    _refuse_first(response_problems(overrides, model=session.get("model")), "response")
    said = {name: value for name, value in _said(overrides).items() if name in session}
    audio = said.pop("audio", {})
    seen = {**session, **said}
    if audio.get("output"):
        output = {**session["audio"]["output"], **_said(audio["output"])}
        seen["audio"] = {**session["audio"], "output": output}
    if voice_locked and voice_of(seen) != voice_of(session):
        raise _voice_refusal("response.audio.output.voice")
    return seen


def voice_of(session: Session) -> Any:
    return session["audio"].get("output", {}).get("voice")


def turn_detection_of(session: Session) -> Session | None:
    settings: Session | None = session["audio"]["input"]["turn_detection"]
    return settings


def _refuse_first(problems: list[FieldProblem], owner: str) -> None:
    if problems:
        first = problems[0]
        hint = f" ({first.hint})" if first.hint else ""
        raise Refusal(first.code, f"{first.message}{hint}", dotted((owner, *first.path)))


def _refuse_fixed(session: Session, update: Session) -> None:
    for name in ("type", "model"):
        if update.get(name) is not None and update[name] != session.get(name):
            message = f"Cannot change the {name} of a session once it has begun."
            raise Refusal(INVALID_VALUE, message, f"session.{name}")


def _voice_refusal(param: str) -> Refusal:
    message = "Cannot update a conversation's voice if assistant audio is present."
    return Refusal(CANNOT_UPDATE_VOICE, message, param)


def _merged(session: Session, update: Session) -> dict[str, Any]:
    merged: dict[str, Any] = copy.deepcopy(dict(session))
    for name, value in update.items():
        if name == "audio":
            continue
        if value is not None or name in _CLEARED_BY_NULL:
            merged[name] = copy.deepcopy(value)
    audio = update.get("audio") or {}
    _merge_input(merged["audio"]["input"], audio.get("input") or {})
    for name, value in (audio.get("output") or {}).items():
        if value is not None:
            merged["audio"]["output"][name] = _format(value) if name == "format" else value
    return merged


def _merge_input(audio: dict[str, Any], update: Session) -> None:
    for name, value in update.items():
        match name:
            case "format":
                audio[name] = _format(value or PCM)
            case "turn_detection":
                audio[name] = _turn_detection(audio[name], value)
            case "transcription":
                audio[name] = _transcription(audio[name], value)
            case "noise_reduction":
                # The strength is 1 when first enabled; an update without it keeps the old value.
                audio[name] = value and {"strength": 1, **(audio[name] or {}), **value}
            case _:
                audio[name] = value


def _format(value: Session) -> dict[str, Any]:
    return {**PCM, **_said(value)} if value["type"] == "audio/pcm" else {"type": value["type"]}


def _turn_detection(old: Session | None, value: Session | None) -> dict[str, Any] | None:
    if value is None:
        return None
    same = old is not None and old["type"] == value["type"]
    base = old if same and old is not None else VAD_DEFAULTS[value["type"]]
    # No time-out is a value of its own; other nulls leave the default.
    timeout = {"idle_timeout_ms": None} if value.get("idle_timeout_ms", 0) is None else {}
    return {**base, **_said(value), **timeout}


def _transcription(old: Session | None, value: Session | None) -> dict[str, Any] | None:
    if value is None:
        return None
    # Another model takes other fields, so only the same one keeps what it was told before.
    another = value.get("model") not in (None, (old or {}).get("model"))
    return dict(value) if another else {**(old or {}), **value}


def _said(value: Session) -> dict[str, Any]:
    return {name: inner for name, inner in value.items() if inner is not None}
