"""What one response may override, and how items are judged."""

from __future__ import annotations

from typing import Any

import pytest

from evalharness.realtime.items import item_problems
from evalharness.realtime.problems import dotted
from evalharness.realtime.response_options import response_problems

USER = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"conversation": "none", "output_modalities": ["text"], "metadata": {"k": "v"}},
        {"input": []},
        {"input": None},
        {"input": [USER, {"type": "item_reference", "id": "item_1"}]},
        {"audio": {"output": {"voice": "cedar", "format": {"type": "audio/pcmu"}}}},
        {"tools": [{"type": "mcp", "server_label": "named_before"}], "tool_choice": "none"},
        {"max_output_tokens": "inf", "reasoning": {"effort": "low"}, "prompt": {"id": "p"}},
    ],
)
def test_allowed(response: dict[str, Any]) -> None:
    assert response_problems(response, model="gpt-realtime-2.1") == []


@pytest.mark.parametrize(
    ("response", "path", "hint"),
    [
        ({"model": "x"}, "model", "belongs to the session"),
        ({"audio": {"input": {}}}, "audio.input", "belongs to the session"),
        ({"audio": {"output": {"speed": 1}}}, "audio.output.speed", "belongs to the session"),
        ({"conversation": "non"}, "conversation", "did you mean none?"),
        ({"metadata": {"k" * 65: "v"}}, f"metadata.{'k' * 65}", ""),
        ({"metadata": {"k": "v" * 513}}, "metadata.k", ""),
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata", ""),
        ({"metadata": {"k": 1}}, "metadata.k", ""),
        ({"input": [{"type": "item_reference"}]}, "input[0].id", "add id"),
        ({"input": [{"type": "mesage"}]}, "input[0].type", "did you mean message?"),
        ({"input": [USER, 3]}, "input[1]", ""),
        ({"reasoning": {}}, "reasoning", "take it out"),
    ],
)
def test_refused(response: dict[str, Any], path: str, hint: str) -> None:
    (problem,) = response_problems(response, model="gpt-realtime")
    assert dotted(problem.path) == path
    assert hint in problem.hint


@pytest.mark.parametrize(
    "item",
    [
        USER,
        {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "AA=="}]},
        {"type": "message", "role": "system", "content": []},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "x"}],
        },
        {"type": "function_call", "name": "f", "arguments": "{}", "call_id": "c"},
        {"type": "function_call_output", "call_id": "c", "output": "{}"},
        {"type": "mcp_approval_response", "approval_request_id": "r", "approve": True},
    ],
)
def test_items_a_client_may_create(item: dict[str, Any]) -> None:
    assert item_problems(item) == []


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ({}, "item.type"),
        ({"type": "item_reference", "id": "only inside a response's input"}, "item.type"),
        ({"type": "message", "content": []}, "item.role"),
        ({"type": "message", "role": "robot", "content": []}, "item.role"),
        ({"type": "message", "role": "user"}, "item.content"),
        ({"type": "message", "role": "user", "content": [{}]}, "item.content[0].type"),
        (
            {"type": "message", "role": "user", "content": [{"type": "input_text"}]},
            "item.content[0].text",
        ),
        (
            {"type": "message", "role": "assistant", "content": [{"type": "output_audio"}]},
            "item.content[0].type",
        ),
        ({"type": "function_call_output", "output": "x"}, "item.call_id"),
        ({"type": "function_call_output", "call_id": "c", "output": {}}, "item.output"),
    ],
)
def test_items_a_client_may_not_create(item: dict[str, Any], path: str) -> None:
    assert [dotted(problem.path) for problem in item_problems(item, at=("item",))] == [path]
