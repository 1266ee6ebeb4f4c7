"""The YAML reader: what text becomes, where it stands, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.dataset.yaml_nodes import MAX_VALUES, NotYaml, parse_yaml, walk


def plain(text: str) -> Any:
    root = parse_yaml(text, "file.yaml").root
    assert root is not None
    return root.plain()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("On", "On"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("2026-05-01", "2026-05-01"),
        ("12:30", "12:30"),
        ("0042", "0042"),
        ("1_000", "1_000"),
        ("0x1F", 31),
        ("0o17", 15),
        ("-7", -7),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        (".inf", ".inf"),
        ("1e999", "1e999"),
        ("'42'", "42"),
        ("!!str 42", "42"),
        ("!!int 42", 42),
        ('"\\ud83d\\ude00"', "😀"),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)
def test_scalars_follow_the_core_schema_without_its_surprises(text: str, value: Any) -> None:
    assert plain(text) == value
    assert type(plain(text)) is type(value)


def test_keys_are_text_whatever_they_look_like() -> None:
    assert plain("{1: a, yes: b, true: c, ~: d}") == {
        "1": "a",
        "yes": "b",
        "true": "c",
        "null": "d",
    }


def test_aliases_repeat_a_value_without_sharing_it() -> None:
    value = plain("a: &x {k: [1]}\nb: *x\n")
    assert value == {"a": {"k": [1]}, "b": {"k": [1]}}
    assert value["a"]["k"] is not value["b"]["k"]


def test_every_value_and_key_knows_its_place() -> None:
    root = parse_yaml("top:\n  - name: x\n    deep: {inner: 3}\n", "f").root
    assert root is not None
    *_, found = walk(root, ("top", 0, "deep", "inner"))
    assert (found.span.line, found.span.column) == (3, 19)
    *_, last = walk(root, ("top", 0, "deep", "missing", 4))
    assert (last.span.line, last.span.column) == (3, 11)


def test_a_value_that_is_not_written_stands_at_its_key() -> None:
    root = parse_yaml("a:\n  b:\nc: 1\n", "f").root
    assert root is not None
    *_, found = walk(root, ("a", "b"))
    assert (found.content, found.span.line, found.span.column) == (None, 2, 3)


def test_the_first_of_a_repeated_key_counts_and_the_second_is_reported() -> None:
    tree = parse_yaml("a: 1\nb: 2\na: 3\n", "f")
    assert tree.root is not None
    assert tree.root.plain() == {"a": 1, "b": 2}
    assert [(fault.line, fault.column) for fault in tree.duplicates] == [(3, 1)]
    assert "line 1" in tree.duplicates[0].hint


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: b: c", 1, "mapping values"),
        ("a:\n\t- b", 2, "'\\t'"),
        ("a: 1\n---\nb: 2", 2, "second document"),
        ("x: !py/object 1", 1, "tag"),
        ("x:\n  <<: {a: 1}", 2, "merge keys"),
        ("a: &a [*a]", 1, "*a names nothing"),
        ("[[1]: 2]", 1, "key must be text"),
        ("a: b\nc: \x01", 2, "control character"),
        ('"\\ud800"', 1, "surrogate"),
        ("[" * 5000, 1, "levels"),
        ("[1", 1, "expected"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, line: int, said: str) -> None:
    with pytest.raises(NotYaml) as refused:
        parse_yaml(text, "f")
    assert refused.value.fault.line == line
    assert said in refused.value.fault.message


def test_a_bomb_of_aliases_is_counted_not_expanded() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 40)]
    with pytest.raises(NotYaml) as refused:
        parse_yaml("\n".join(lines), "f")
    assert f"{MAX_VALUES:,}" in refused.value.fault.message


def test_depth_built_from_aliases_is_bounded_too() -> None:
    nested = "[" * 40 + "{}" + "]" * 40
    lines = [f"a0: &a0 {nested.format(1)}"]
    lines += [f"a{n}: &a{n} {nested.format(f'*a{n - 1}')}" for n in range(1, 5)]
    with pytest.raises(NotYaml) as refused:
        parse_yaml("\n".join(lines), "f")
    assert "levels" in refused.value.fault.message


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abcé$_", min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_json_is_read_as_json(value: Any) -> None:
    assert plain(json.dumps(value)) == value
