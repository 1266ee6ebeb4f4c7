"""`extends`: what is inherited, what is replaced, what is removed, and where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.dataset.write import to_yaml
from evalharness.dataset.yaml_nodes import Node, parse_yaml
from evalharness.experiment.merge import lay_over
from evalharness.experiment.variant import load_variants


def node(value: Any) -> Node:
    root = parse_yaml(to_yaml(value), "f").root
    assert root is not None
    return root


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"c": 9}}, {"a": 1, "b": {"c": 9, "d": 3}}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}}),
        ({}, {"a": None}, {"a": None}),
        (
            {"t": {"type": "server_vad", "silence_duration_ms": 1}},
            {"t": {"type": "semantic_vad", "eagerness": "low"}},
            {"t": {"type": "semantic_vad", "eagerness": "low"}},
        ),
        (
            {"t": {"type": "server_vad", "threshold": 1}},
            {"t": {"type": "server_vad", "silence_duration_ms": 2}},
            {"t": {"type": "server_vad", "threshold": 1, "silence_duration_ms": 2}},
        ),
    ],
)
def test_one_file_over_another(base: Any, over: Any, merged: Any) -> None:
    assert lay_over(node(base), node(over)).plain() == merged


def test_null_switches_turn_detection_off_also_over_a_base() -> None:
    def session(turn_detection: Any) -> Any:
        return {"session": {"audio": {"input": {"turn_detection": turn_detection}}}}

    base, over = session({"type": "server_vad"}), session(None)
    assert lay_over(node(base), node(over)).plain() == session(None)


TREES = st.recursive(
    st.integers(0, 3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from("abc"), TREES, max_size=3))
def test_a_file_over_itself_or_over_nothing_is_itself(tree: Any) -> None:
    assert lay_over(node(tree), node(tree)).plain() == tree
    assert lay_over(node({}), node(tree)).plain() == tree
    assert lay_over(node(tree), node({})).plain() == tree


def test_a_chain_of_files(write: Any) -> None:
    write("_root.yaml", "format: 1\nname: root\ndescription: mine\nsession: {instructions: hi}\n")
    write("_middle.yaml", "extends: _root.yaml\nsession: {model: m}\ninput: {chunk_ms: 40}\n")
    path = write("deep/leaf.yaml", "extends: ../_middle.yaml\ninput: {pace: fast}\n")
    (variant,) = load_variants(path).variants
    assert (variant.name, variant.description) == ("leaf", None)
    assert variant.session == {"instructions": "hi", "model": "m"}
    assert (variant.input.chunk_ms, variant.input.pace) == (40, "fast")


def test_a_problem_is_reported_in_the_file_it_stands_in(write: Any, problems: Any) -> None:
    write("_base.yaml", "format: 1\nsession:\n  modle: m\n  model: 3\n")
    write("a.yaml", "extends: _base.yaml\ninput: {chunk_ms: 1}\n")
    found = [(Path(p.location.file).name, p.location.line) for p in problems("a.yaml")]
    assert found == [("_base.yaml", 3), ("_base.yaml", 4), ("a.yaml", 2)]


def test_a_base_that_is_not_there(write: Any, problems: Any) -> None:
    write("_base.yaml", "format: 1\n")
    write("a.yaml", "extends: _bass.yaml\n")
    (problem,) = problems("a.yaml")
    assert (problem.code, problem.location.column) == ("EH210", 10)
    assert problem.hint == "did you mean _base.yaml?"


def test_files_that_extend_each_other(write: Any, problems: Any) -> None:
    write("a.yaml", "extends: b.yaml\n")
    write("b.yaml", "extends: c.yaml\n")
    write("c.yaml", "extends: a.yaml\n")
    (problem,) = problems("a.yaml")
    assert problem.code == "EH211"
    assert "a.yaml → b.yaml → c.yaml → a.yaml" in problem.message
    write("self.yaml", "extends: self.yaml\n")
    assert [p.code for p in problems("self.yaml")] == ["EH211"]


@pytest.mark.parametrize(("value", "code"), [("[a.yaml]", "EH203"), ("3", "EH203")])
def test_extends_names_one_file(write: Any, problems: Any, value: str, code: str) -> None:
    write("a.yaml", f"format: 1\nextends: {value}\n")
    assert [p.code for p in problems("a.yaml")] == [code]
