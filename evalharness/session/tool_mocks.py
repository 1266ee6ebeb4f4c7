"""What the harness answers when the model calls a tool: the dataset's mocked results."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalharness.dataset.matchers import is_absent, is_optional, matches
from evalharness.dataset.models import ToolResult


@dataclass(frozen=True, slots=True)
class MockAnswer:
    """The `output` string of a function_call_output, and how long the tool takes.

    `declared` is False when the dataset has no result for this call.
    """

    output: str
    delay_ms: int
    declared: bool


class ToolMocks:
    """The first result whose name is the call's and whose `when` holds answers it."""

    def __init__(self, results: Sequence[ToolResult]) -> None:
        self._results = tuple(results)

    def answer(self, name: str, arguments: str) -> MockAnswer:
        given = _object(arguments)
        for result in self._results:
            if result.name == name and _holds(result.when, given):
                output = result.output
                text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
                return MockAnswer(text, result.delay_ms, declared=True)
        error = {"error": f"the dataset declares no result for this call of {name}"}
        return MockAnswer(json.dumps(error), 0, declared=False)


def _object(arguments: str) -> Mapping[str, Any]:
    try:
        value = json.loads(arguments)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _holds(when: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    for key, expected in when.items():
        if is_absent(expected):
            if key in given:
                return False
        elif key not in given:
            if not is_optional(expected):
                return False
        elif not matches(expected, given[key]):
            return False
    return True
