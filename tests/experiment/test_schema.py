"""The schemas editors use agree with what the loaders take."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from evalharness.experiment.schema import SCHEMAS


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_json_schema(name: str) -> None:
    schema = SCHEMAS[name]()
    Draft202012Validator.check_schema(schema)
    assert schema["title"].startswith("evalharness")


VARIANT = {
    "format": 1,
    "target": {"name": "azure", "url": "wss://x"},
    "session": {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad"}}}},
}
SCENARIO = {"id": "a", "turns": [{"say": {"audio": "a.wav"}, "expect": {"no_calls": True}}]}


@pytest.mark.parametrize(
    ("name", "value", "valid"),
    [
        ("variant", VARIANT, True),
        ("variant", {**VARIANT, "target": "local"}, True),
        ("variant", {"extends": "base.yaml"}, True),
        ("variant", {**VARIANT, "sesion": {}}, False),
        ("variant", {**VARIANT, "session": {"voice": "marin"}}, False),
        ("variant", {**VARIANT, "target": {"urk": "x"}}, False),
        ("dataset", {"format": 1, "name": "desk"}, True),
        ("dataset", {"format": 2, "name": "desk"}, False),
        ("scenarios", SCENARIO, True),
        ("scenarios", [SCENARIO], True),
        ("scenarios", [{"id": "a", "turns": []}], False),
        ("config", {"targets": {"a": {"url": "wss://x"}}}, True),
        ("config", {"targets": {"a": {"urk": "wss://x"}}}, False),
    ],
)
def test_what_they_allow(name: str, value: Any, valid: bool) -> None:
    assert Draft202012Validator(SCHEMAS[name]()).is_valid(value) is valid
