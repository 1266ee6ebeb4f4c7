"""What a tool answers: the first declared result that fits the call."""

from __future__ import annotations

import json

import pytest

from evalharness.dataset.models import ToolResult
from evalharness.session.tool_mocks import ToolMocks

MOCKS = ToolMocks(
    [
        ToolResult(name="find", when={"id": {"$alnum": "42"}}, output={"found": "é"}, delay_ms=30),
        ToolResult(name="find", when={"hint": {"$absent": True}}, output="as text"),
        ToolResult(
            name="find", when={"id": {"$value": "7", "$optional": True}, "hint": "x"}, output=None
        ),
    ]
)


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ('{"id": "4 2"}', '{"found": "é"}'),
        ('{"id": "43"}', "as text"),
        ('{"hint": "x"}', "null"),
        ('{"id": "7", "hint": "x"}', "null"),
        ("not JSON", "as text"),
        ("[1]", "as text"),
    ],
)
def test_the_first_that_fits(arguments: str, output: str) -> None:
    answer = MOCKS.answer("find", arguments)
    assert answer.declared
    assert answer.output == output


def test_the_delay_is_its_own() -> None:
    assert MOCKS.answer("find", '{"id": "42"}').delay_ms == 30
    assert MOCKS.answer("find", "{}").delay_ms == 0


@pytest.mark.parametrize(
    ("name", "arguments"), [("other", "{}"), ("find", '{"id": "8", "hint": "x"}')]
)
def test_a_call_nobody_foresaw(name: str, arguments: str) -> None:
    answer = MOCKS.answer(name, arguments)
    assert not answer.declared
    assert name in json.loads(answer.output)["error"]
