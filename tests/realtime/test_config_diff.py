"""Requested against effective, leaf by leaf."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.realtime.config_diff import FieldDiff, diff_session, same_json

ORDER = {"type": "function", "name": "get_order", "parameters": {"type": "object"}}


def outcomes(requested: dict[str, Any], effective: dict[str, Any] | None) -> dict[str, str]:
    return {diff.path: diff.outcome for diff in diff_session(requested, effective)}


@pytest.mark.parametrize(
    ("requested", "effective", "expected"),
    [
        ({"a": 1}, {"a": 1.0}, {"a": "applied"}),
        ({"a": True}, {"a": 1}, {"a": "coerced"}),
        ({"a": 1}, {"a": 2}, {"a": "coerced"}),
        ({"a": 1}, {}, {"a": "ignored"}),
        ({}, {"a": 1}, {"a": "defaulted"}),
        ({"a": 1, "b": {"c": 2}}, None, {"a": "refused", "b.c": "refused"}),
        ({"a": None}, {}, {"a": "applied"}),
        ({"a": None}, {"a": None}, {"a": "applied"}),
        ({"a": None}, {"a": {"b": 1}}, {"a": "coerced"}),
        ({"a": {"b": 1}}, {"a": None}, {"a": "coerced"}),
        ({"a": {}}, {}, {}),
        ({"a": {}}, {"a": None}, {}),
        ({"a": {}}, {"a": {"b": 1}}, {"a.b": "defaulted"}),
        ({"a": ["audio"]}, {"a": ["text"]}, {"a": "coerced"}),
        ({"v": "alloy"}, {"v": {"id": "voice_1"}}, {"v": "coerced"}),
        ({}, {"id": "sess", "object": "realtime.session", "expires_at": 1}, {}),
        (
            {"audio": {"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "low"}}}},
            {"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 0.5}}}},
            {
                "audio.input.turn_detection.type": "coerced",
                "audio.input.turn_detection.eagerness": "ignored",
                "audio.input.turn_detection.threshold": "defaulted",
            },
        ),
    ],
)
def test_outcomes(
    requested: dict[str, Any], effective: dict[str, Any] | None, expected: dict[str, str]
) -> None:
    assert outcomes(requested, effective) == expected


def test_tools_are_compared_by_name_whatever_their_order() -> None:
    mcp = {"type": "mcp", "server_label": "docs", "server_url": "https://example.com"}
    changed = ORDER | {"parameters": {"type": "object", "additionalProperties": False}}
    effective = {"tools": [mcp | {"require_approval": "always"}, changed]}
    assert outcomes({"tools": [ORDER, mcp]}, effective) == {
        "tools.get_order.type": "applied",
        "tools.get_order.name": "applied",
        "tools.get_order.parameters": "coerced",
        "tools.docs.type": "applied",
        "tools.docs.server_label": "applied",
        "tools.docs.server_url": "applied",
        "tools.docs.require_approval": "defaulted",
    }


@pytest.mark.parametrize(
    ("requested", "effective", "expected"),
    [
        ([], [], {"tools": "applied"}),
        ([], [ORDER], {"tools": "coerced"}),
        ([ORDER, ORDER], [ORDER], {"tools": "coerced"}),
        ([{"type": "function"}], [{"type": "function"}], {"tools": "applied"}),
    ],
)
def test_tools_that_names_do_not_tell_apart_are_one_leaf(
    requested: list[Any], effective: list[Any], expected: dict[str, str]
) -> None:
    assert outcomes({"tools": requested}, {"tools": effective}) == expected


def test_a_tool_the_server_dropped_is_ignored_field_by_field() -> None:
    other = ORDER | {"name": "other"}
    found = outcomes({"tools": [ORDER, other]}, {"tools": [ORDER]})
    assert found["tools.other.parameters"] == "ignored"
    assert found["tools.get_order.parameters"] == "applied"


def test_values_are_shown_on_both_sides_and_defaults_come_last() -> None:
    assert diff_session({"b": 1}, {"a": 5, "b": 2}) == [
        FieldDiff("b", 1, 2, "coerced"),
        FieldDiff("a", None, 5, "defaulted"),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "tools", "audio"]), JSON)


@given(OBJECTS)
def test_a_server_that_takes_everything_applies_everything(session: dict[str, Any]) -> None:
    found = diff_session(session, copy.deepcopy(session))
    assert {diff.outcome for diff in found} <= {"applied"}


@given(OBJECTS, OBJECTS)
def test_nothing_is_called_applied_that_differs(
    requested: dict[str, Any], effective: dict[str, Any]
) -> None:
    for diff in diff_session(requested, effective):
        same = same_json(diff.requested, diff.effective)
        assert same or diff.outcome != "applied"
        assert not (same and diff.outcome == "coerced")
