"""The session's rules, one row each: what is allowed, and what is said when it is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from evalharness.realtime.problems import dotted
from evalharness.realtime.session import RealtimeSession, session_problems

VAD = ("audio", "input", "turn_detection")
TRANSCRIPTION = ("audio", "input", "transcription")
FUNCTION = {"type": "function", "name": "get_order", "description": "", "parameters": {}}
MCP = {"type": "mcp", "server_label": "docs", "server_url": "https://example.com"}


def at(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for part in reversed(path):
        value = {part: value}
    return dict(value)


VALID = [
    {},
    {"type": "realtime"},
    {"type": "realtime", "model": "some-future-model", "reasoning": {"effort": "xhigh"}},
    {"model": "gpt-realtime-2", "reasoning": {"effort": "minimal"}, "parallel_tool_calls": True},
    {"model": "gpt-realtime", "reasoning": None},
    {"output_modalities": ["audio"]},
    {"output_modalities": ["text"]},
    {"instructions": ""},
    {"include": ["item.input_audio_transcription.logprobs"]},
    {"include": None},
    {"max_output_tokens": 1},
    {"max_output_tokens": 4096},
    {"max_output_tokens": "inf"},
    {"tracing": "auto"},
    {"tracing": None},
    {"tracing": {"workflow_name": "w", "group_id": "g", "metadata": {"a": [1]}}},
    {"truncation": "auto"},
    {"truncation": "disabled"},
    {"truncation": {"type": "retention_ratio", "retention_ratio": 0}},
    {
        "truncation": {
            "type": "retention_ratio",
            "retention_ratio": 0.8,
            "token_limits": {"post_instructions": 0},
        }
    },
    {"prompt": {"id": "p", "version": "2", "variables": {"a": "x", "b": {"type": "input_text"}}}},
    {"tools": []},
    {"tools": [FUNCTION, MCP], "tool_choice": "required"},
    {"tools": [{"type": "mcp", "server_label": "m", "connector_id": "connector_gmail"}]},
    {"tools": [{"type": "mcp", "server_label": "m", "tunnel_id": "t", "headers": {"X": "y"}}]},
    {"tools": [MCP | {"allowed_tools": ["a"], "require_approval": "never"}]},
    {"tools": [MCP | {"allowed_tools": {"read_only": True}, "allowed_callers": ["direct"]}]},
    {"tools": [MCP | {"require_approval": {"always": {"tool_names": ["a"]}, "never": {}}}]},
    {"tool_choice": {"type": "function", "name": "get_order"}},
    {"tool_choice": {"type": "mcp", "server_label": "docs"}},
    at(VAD, None),
    at(VAD, {"type": "server_vad", "threshold": 1, "prefix_padding_ms": 0}),
    at(VAD, {"type": "server_vad", "threshold": 0.0, "silence_duration_ms": 200}),
    at(VAD, {"type": "server_vad", "idle_timeout_ms": 5000}),
    at(VAD, {"type": "server_vad", "idle_timeout_ms": None, "create_response": False}),
    at(VAD, {"type": "semantic_vad", "eagerness": "auto", "interrupt_response": True}),
    at(TRANSCRIPTION, None),
    at(TRANSCRIPTION, {"model": "gpt-transcribe", "languages": ["en"], "keywords": []}),
    at(TRANSCRIPTION, {"model": "gpt-realtime-whisper", "delay": "low", "language": "en"}),
    at(TRANSCRIPTION, {"model": "a-new-one", "delay": "low", "languages": ["de"], "prompt": "p"}),
    at(TRANSCRIPTION, {"keywords": ["partial update: the model is already set"]}),
    at(("audio", "input", "format"), {"type": "audio/pcm", "rate": 24000}),
    at(("audio", "input", "format"), {"type": "audio/pcma"}),
    at(("audio", "input", "noise_reduction"), {"type": "far_field", "strength": 3}),
    at(("audio", "output"), {"voice": "marin", "speed": 0.25}),
    at(("audio", "output"), {"voice": {"id": "voice_1"}, "speed": 1.5}),
    {"type": "transcription", "audio": {"input": {"transcription": {"model": "gpt-transcribe"}}}},
]


@pytest.mark.parametrize("session", VALID)
def test_allowed(session: dict[str, Any]) -> None:
    assert session_problems(session) == []


INVALID = [
    # session, path, part of the message, hint
    ({"type": "realtme"}, "type", "unknown session type", "did you mean realtime?"),
    ({"type": 3}, "type", "unknown session type 3", ""),
    ({"instructons": "x"}, "instructons", "unknown field", "did you mean instructions?"),
    ({"voice": "alloy"}, "voice", "unknown field", "it lives in audio.output.voice"),
    ({"modalities": ["text"]}, "modalities", "unknown field", "output_modalities"),
    ({"temperature": 0.8}, "temperature", "unknown field", "take it out"),
    ({"id": "sess_1"}, "id", "unknown field", "the server sets it"),
    ({"output_modalities": ["audio", "text"]}, "output_modalities", "with one entry", ""),
    ({"output_modalities": []}, "output_modalities", "with one entry", ""),
    ({"output_modalities": ["audo"]}, "output_modalities[0]", "unknown", "did you mean audio?"),
    ({"instructions": 5}, "instructions", "must be text, not 5", ""),
    ({"max_output_tokens": 0}, "max_output_tokens", "at least 1, not 0", ""),
    ({"max_output_tokens": 4097}, "max_output_tokens", "at most 4096, not 4097", ""),
    ({"max_output_tokens": 10.5}, "max_output_tokens", "must be a whole number", ""),
    ({"max_output_tokens": "in"}, "max_output_tokens", "expected inf", "did you mean inf?"),
    ({"max_output_tokens": True}, "max_output_tokens", "1 to 4096 or inf, not true", ""),
    ({"parallel_tool_calls": "yes"}, "parallel_tool_calls", "must be true or false", "quotes"),
    ({"tracing": "on"}, "tracing", "unknown tracing", ""),
    ({"tracing": {"workflow": "x"}}, "tracing.workflow", "unknown field", "workflow_name"),
    ({"truncation": "disable"}, "truncation", "auto or disabled", "did you mean disabled?"),
    (
        {"truncation": {"type": "retention_ratio"}},
        "truncation.retention_ratio",
        "is missing",
        "add retention_ratio",
    ),
    (
        {"truncation": {"type": "retention_ratio", "retention_ratio": 1.1}},
        "truncation.retention_ratio",
        "at most 1, not 1.1",
        "",
    ),
    ({"truncation": {"retention_ratio": 1}}, "truncation.type", "needs a type", "add type"),
    ({"prompt": {}}, "prompt.id", "id is missing", "add id"),
    ({"prompt": {"id": "p", "variables": {"a": 1}}}, "prompt.variables.a", "text or an", ""),
    ({"reasoning": {"effort": "hih"}}, "reasoning.effort", "unknown effort", "did you mean high?"),
    ({"model": "gpt-realtime", "reasoning": {}}, "reasoning", "does not take", "gpt-realtime-2"),
    (
        {"model": "gpt-realtime-mini", "parallel_tool_calls": True},
        "parallel_tool_calls",
        "does not take",
        "gpt-realtime-2",
    ),
    ({"tools": {}}, "tools", "must be a list, not an object", ""),
    ({"tools": [{"name": "x"}]}, "tools[0].type", "needs a type: function or mcp", "add type"),
    ({"tools": [FUNCTION, {"type": "func"}]}, "tools[1].type", "unknown", "did you mean function"),
    ({"tools": [{"type": "function"}]}, "tools[0].name", "name is missing", ""),
    ({"tools": [FUNCTION | {"parameters": "{}"}]}, "tools[0].parameters", "an object", ""),
    ({"tools": [FUNCTION | {"strict": True}]}, "tools[0].strict", "unknown", "no strict field"),
    ({"tools": [FUNCTION | {"function": {}}]}, "tools[0].function", "unknown", "flat"),
    ({"tools": [{"type": "mcp", "server_label": "m"}]}, "tools[0]", "needs one of", "server_url"),
    ({"tools": [MCP | {"tunnel_id": "t"}]}, "tools[0]", "takes one of", "server_url or tunnel_id"),
    ({"tools": [MCP | {"connector_id": "gmail"}]}, "tools[0].connector_id", "unknown", ""),
    ({"tools": [MCP | {"allowed_tools": "a"}]}, "tools[0].allowed_tools", "a list of names", ""),
    ({"tools": [MCP | {"allowed_tools": [1]}]}, "tools[0].allowed_tools[0]", "must be text", ""),
    (
        {"tools": [MCP | {"require_approval": {"alway": {}}}]},
        "tools[0].require_approval.alway",
        "unknown field",
        "did you mean always?",
    ),
    ({"tool_choice": "atuo"}, "tool_choice", "none, auto or required", "did you mean auto?"),
    ({"tool_choice": {"type": "functon"}}, "tool_choice.type", "unknown", "did you mean function"),
    ({"tool_choice": {"type": "function"}}, "tool_choice.name", "name is missing", ""),
    (at(VAD, "server_vad"), "audio.input.turn_detection", "must be an object", ""),
    (at(VAD, "none"), "audio.input.turn_detection", "or null", "write null"),
    (at(VAD, {}), "audio.input.turn_detection.type", "needs a type", "add type"),
    (
        at(VAD, {"type": "sematic_vad"}),
        "audio.input.turn_detection.type",
        'unknown turn_detection type "sematic_vad"; expected server_vad or semantic_vad',
        "did you mean semantic_vad?",
    ),
    (
        at(VAD, {"type": "semantic_vad", "silence_duration_ms": 300}),
        "audio.input.turn_detection.silence_duration_ms",
        "unknown field",
        "only server_vad has it",
    ),
    (
        at(VAD, {"type": "server_vad", "eagerness": "low"}),
        "audio.input.turn_detection.eagerness",
        "unknown field",
        "only semantic_vad has it",
    ),
    (
        at(VAD, {"type": "server_vad", "threshold": 1.5}),
        "audio.input.turn_detection.threshold",
        "at most 1, not 1.5",
        "",
    ),
    (
        at(VAD, {"type": "server_vad", "threshold": float("nan")}),
        "audio.input.turn_detection.threshold",
        "finite",
        "",
    ),
    (
        at(VAD, {"type": "server_vad", "idle_timeout_ms": 4999}),
        "audio.input.turn_detection.idle_timeout_ms",
        "at least 5000, not 4999",
        "",
    ),
    (
        at(VAD, {"type": "server_vad", "silence_duration_ms": 200.0}),
        "audio.input.turn_detection.silence_duration_ms",
        "must be a whole number, not 200.0",
        "",
    ),
    (
        at(VAD, {"type": "server_vad", "silence_duration_ms": "200"}),
        "audio.input.turn_detection.silence_duration_ms",
        'must be a whole number, not text ("200")',
        "take the quotes away",
    ),
    (
        at(TRANSCRIPTION, {"model": "whisper-1", "languages": ["en"]}),
        "audio.input.transcription.languages",
        "whisper-1 does not take languages",
        "gpt-transcribe or gpt-live-transcribe",
    ),
    (
        at(TRANSCRIPTION, {"model": "gpt-4o-transcribe", "keywords": ["x"]}),
        "audio.input.transcription.keywords",
        "does not take keywords",
        "",
    ),
    (
        at(TRANSCRIPTION, {"model": "gpt-realtime-whisper", "prompt": "x"}),
        "audio.input.transcription.prompt",
        "does not take prompt",
        "",
    ),
    (
        at(TRANSCRIPTION, {"model": "gpt-transcribe", "delay": "low"}),
        "audio.input.transcription.delay",
        "does not take delay",
        "",
    ),
    (
        at(TRANSCRIPTION, {"model": "gpt-transcribe", "languages": []}),
        "audio.input.transcription.languages",
        "at least 1 entry",
        "",
    ),
    (at(("audio", "input", "format"), "pcm16"), "audio.input.format", "audio/pcm", ""),
    (
        at(("audio", "input", "format"), {"type": "audio/pcm", "rate": 16000}),
        "audio.input.format.rate",
        "at least 24000, not 16000",
        "",
    ),
    (
        at(("audio", "output", "format"), {"type": "audio/pcmu", "rate": 8000}),
        "audio.output.format.rate",
        "unknown field",
        "audio/pcmu has no rate",
    ),
    (
        at(("audio", "input", "noise_reduction"), {"type": "near"}),
        "audio.input.noise_reduction.type",
        "near_field or far_field",
        "did you mean near_field?",
    ),
    (at(("audio", "output", "speed"), 1.51), "audio.output.speed", "at most 1.5", ""),
    (at(("audio", "output", "speed"), "1.2"), "audio.output.speed", "a number", "quotes"),
    (at(("audio", "output", "voice"), {}), "audio.output.voice.id", "id is missing", "add id"),
    (at(("audio", "output", "voice"), 4), "audio.output.voice", "a voice's name", ""),
    (
        {"type": "transcription", "audio": {"output": {}}},
        "audio.output",
        "unknown field",
        "no output",
    ),
    ({"type": "transcription", "instructions": "x"}, "instructions", "unknown field", ""),
    (
        {"type": "transcription"}
        | {"audio": {"input": {"transcription": {"model": "gpt-realtime-whisper"}, VAD[2]: {}}}},
        "audio.input.turn_detection",
        "no turn detection here",
        "write null",
    ),
]


@pytest.mark.parametrize(("session", "path", "message", "hint"), INVALID)
def test_refused(session: dict[str, Any], path: str, message: str, hint: str) -> None:
    found = {dotted(problem.path): problem for problem in session_problems(session)}
    assert path in found, found
    assert message in found[path].message
    assert hint in found[path].hint


def test_every_problem_is_told_at_once() -> None:
    session = {
        "type": "realtime",
        "model": "gpt-realtime",
        "reasoning": {"effort": "maximum"},
        "tools": [{"type": "mcp", "server_label": "m"}, {"type": "nope"}],
        "audio": {
            "input": {
                "turn_detection": {"type": "server_vad", "threshold": 2, "silence": 1},
                "transcription": {"model": "whisper-1", "keywords": ["a"]},
            },
            "output": {"speed": 9},
        },
        "nonsense": 1,
    }
    assert {dotted(problem.path) for problem in session_problems(session)} == {
        "reasoning.effort",
        "reasoning",
        "tools[0]",
        "tools[1].type",
        "audio.input.turn_detection.threshold",
        "audio.input.turn_detection.silence",
        "audio.input.transcription.keywords",
        "audio.output.speed",
        "nonsense",
    }


def test_unknown_fields_may_be_let_through_while_known_ones_are_checked() -> None:
    session = {
        "new_field": 1,
        "audio": {"input": {"turn_detection": {"type": "server_vad", "sharpness": 3}}},
        "tools": [FUNCTION | {"new": True}],
    }
    assert len(session_problems(session)) == 3
    assert session_problems(session, allow_unknown=True) == []
    session["max_output_tokens"] = 0
    (only,) = session_problems(session, allow_unknown=True)
    assert only.path == ("max_output_tokens",)


def test_an_update_may_name_a_known_mcp_server_by_its_label() -> None:
    update = {"tools": [{"type": "mcp", "server_label": "docs"}]}
    assert session_problems(update) != []
    assert session_problems(update, mid_session=True) == []


@pytest.mark.parametrize(
    ("session", "code"),
    [
        ({"nope": 1}, "unknown_parameter"),
        ({"prompt": {}}, "missing_required_parameter"),
        (
            at(("audio", "input", "format"), {"type": "audio/pcm", "rate": 8000}),
            "integer_below_min_value",
        ),
        ({"max_output_tokens": 5000}, "integer_above_max_value"),
        (at(("audio", "output", "speed"), 0), "decimal_below_min_value"),
        ({"instructions": []}, "invalid_type"),
        ({"tool_choice": "x"}, "invalid_value"),
    ],
)
def test_codes_are_those_a_server_answers(session: dict[str, Any], code: str) -> None:
    assert [problem.code for problem in session_problems(session)] == [code]


def test_absent_differs_from_null() -> None:
    session = RealtimeSession.model_validate({"tracing": None, "instructions": ""})
    assert session.model_dump(exclude_unset=True) == {"tracing": None, "instructions": ""}


def test_built_in_code_it_is_as_strict_as_from_a_file() -> None:
    with pytest.raises(ValidationError):
        RealtimeSession.model_validate({"max_output_tokens": "12"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(sorted(RealtimeSession.model_fields))


@given(st.dictionaries(FIELDS, JSON, max_size=4))
def test_no_object_makes_it_fail(session: dict[str, Any]) -> None:
    for problem in session_problems(session):
        assert problem.message
        assert all(isinstance(part, str | int) for part in problem.path)
