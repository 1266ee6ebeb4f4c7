"""Wrong files in words: no fault may speak pydantic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from evalharness.dataset.codes import Series
from evalharness.dataset.faults import check
from evalharness.dataset.models import Manifest, ScenarioScript
from evalharness.dataset.source import Document
from evalharness.dataset.yaml_nodes import parse_yaml


def faults(model: type[BaseModel], text: str) -> list[tuple[str, int, int, str, str]]:
    root = parse_yaml(text, "f.yaml").root
    assert root is not None
    found = check(model, Document.of_node(root, Series.DATASET).place).problems
    return [
        (p.code, p.location.line, p.location.column, p.message, p.hint) for p in found if p.location
    ]


def turn(text: str) -> str:
    return f"id: x\nturns:\n  - {text}\n"


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "message", "hint"),
    [
        ("id: 12\nturns: [{text: a}]", "EH103", 1, 5, "id must be text, not 12", ""),
        ("id: x\nturns: []", "EH103", 2, 8, "turns must have at least 1 entry", ""),
        ("turns: [{text: a}]", "EH105", 1, 1, "id is missing", "add id"),
        (
            "id: x\ntagz: []\nturns: [{text: a}]",
            "EH104",
            2,
            1,
            "unknown field tagz",
            "did you mean tags?",
        ),
        (
            turn("say: {audio: a, txt: b}"),
            "EH104",
            3,
            21,
            "unknown field txt",
            "did you mean text?",
        ),
        (
            turn("say: {audio: a, speech_ms: [[1]]}"),
            "EH103",
            3,
            33,
            "speech_ms[0] needs 2 values",
            "",
        ),
        (
            turn("say: {audio: a, speech_ms: [[1, 2.5]]}"),
            "EH103",
            3,
            37,
            "speech_ms[0][1] must be a whole number, not 2.5",
            "",
        ),
        (turn("silence: {ms: 0}"), "EH103", 3, 19, "ms must be more than 0, not 0", ""),
        (turn("silence: 3"), "EH103", 3, 14, "silence must be an object, not 3", ""),
        (
            turn("expect: {no_calls: 'yes'}"),
            "EH103",
            3,
            24,
            'no_calls must be true or false, not text ("yes")',
            "take the quotes away",
        ),
        (
            turn("expect: {calls: {extra: forbit}}"),
            "EH103",
            3,
            29,
            'extra must be forbid, allow or a list, not "forbit"',
            "did you mean forbid?",
        ),
        (turn("expect: {calls: {extra: [1]}}"), "EH103", 3, 30, "extra[0] must be text, not 1", ""),
        (
            turn("expect: {calls: {order: stict}}"),
            "EH103",
            3,
            29,
            'unknown order "stict"; expected any or strict',
            "did you mean strict?",
        ),
    ],
)
def test_a_fault_has_its_place_its_words_and_its_remedy(
    text: str, code: str, line: int, column: int, message: str, hint: str
) -> None:
    assert faults(ScenarioScript, text) == [(code, line, column, message, hint)]


def test_all_faults_of_a_file_are_told_at_once() -> None:
    found = faults(Manifest, "format: 2\nname: a b\nprimary: [a, b, c, d, e, f, g]\ntools: {}\n")
    assert [line for _, line, *_ in found] == [1, 2, 3, 4]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.sampled_from("ab"),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "turns",
                    "say",
                    "text",
                    "silence",
                    "ms",
                    "audio",
                    "speech_ms",
                    "expect",
                    "calls",
                    "expected",
                    "extra",
                    "name",
                    "args",
                    "any_of",
                    "reply",
                    "max_words",
                    "order",
                    "x",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)
JARGON = ("Input should", "valid", "pydantic", "tuple", "literal", "something else", "Value error")


@given(st.fixed_dictionaries({"id": VALUES, "turns": st.lists(VALUES, max_size=2)}))
def test_no_fault_speaks_pydantic(data: dict[str, Any]) -> None:
    document = Document(str(Path("f")), Series.DATASET, data, lambda: None)
    for problem in check(ScenarioScript, document.place).problems:
        assert not any(word in problem.message for word in JARGON), problem.message
