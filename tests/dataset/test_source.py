"""Files as documents: places, duplicate keys, unreadable files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.dataset.codes import Series
from evalharness.dataset.source import MAX_YAML_BYTES, Reading, read


@pytest.fixture
def reading(tmp_path: Path) -> Any:
    def of(name: str, content: str | bytes) -> Reading:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read(path, Series.DATASET)

    return of


def test_a_place_names_the_line_and_column_of_values_and_keys(reading: Any) -> None:
    document = reading("a.yaml", "one:\n  two: [10, 20]\n").documents[0]
    place = document.place.at("one", "two", 1)
    assert place.value == 20
    at = place.problem(3, "wrong").location
    assert (at.line, at.column) == (2, 13)
    key = document.place.at("one", "two").problem(3, "wrong", key=True).location
    assert (key.line, key.column) == (2, 3)


def test_a_place_that_does_not_exist_points_at_what_does(reading: Any) -> None:
    document = reading("a.yaml", "one:\n  two: 2\n").documents[0]
    place = document.place.at("one", "three", 0)
    assert place.value is None
    assert place.line == 2
    assert place.entries() == []
    assert place.fields() == []


def test_json_lines_keep_their_line_numbers(reading: Any) -> None:
    text = '{"a": 1}\n\n{"b": {"c": [1, 2]}}\r\n{"d": tru}\n'
    result = reading("a.jsonl", text)
    assert [document.data for document in result.documents] == [{"a": 1}, {"b": {"c": [1, 2]}}]
    at = result.documents[1].place.at("b", "c", 1).problem(3, "x").location
    assert (at.line, at.column) == (3, 17)
    assert [(p.code, p.location.line, p.location.column) for p in result.problems] == [
        ("EH102", 4, 7)
    ]


def test_duplicate_keys_in_json_are_reported_where_they_stand(reading: Any) -> None:
    result = reading("a.jsonl", '{"x": 1}\n{"a": 1, "b": {"k": 1, "k": 2}}\n')
    assert result.documents[1].data == {"a": 1, "b": {"k": 1}}
    (problem,) = result.problems
    assert (problem.code, problem.location.line, problem.location.column) == ("EH106", 2, 24)
    assert problem.message == "k is given twice"


def test_json_laid_out_as_yaml_cannot_be_still_has_its_line(reading: Any) -> None:
    # An implicit YAML key is at most 1024 characters long; JSON knows no such bound.
    document = reading("a.jsonl", "{}\n" + json.dumps({"k" * 2000: {"x": 1}})).documents[1]
    assert document.place.at("k" * 2000, "x").problem(3, "x").location.line == 2


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("a.yaml", b"a: \xff", "EH101", "UTF-8"),
        ("a.json", "{", "EH102", "not JSON"),
        ("a.json", '{"a": NaN}', "EH102", "NaN"),
        ("a.json", "[" * 100_000, "EH102", "too deep"),
        ("a.json", '"\\ud800"', "EH102", "surrogates"),
        ("a.yaml", "a: [", "EH102", "not YAML"),
        ("a.yaml", "a: 1\na: 2", "EH106", "twice"),
        ("big.yaml", b" " * (MAX_YAML_BYTES + 1), "EH101", "larger"),
    ],
)
def test_unreadable_files(reading: Any, name: str, content: Any, code: str, said: str) -> None:
    (problem,) = reading(name, content).problems
    assert problem.code == code
    assert said in problem.message


def test_a_missing_file_and_an_empty_one(tmp_path: Path, reading: Any) -> None:
    (problem,) = read(tmp_path / "none.yaml", Series.VARIANT).problems
    assert problem.code == "EH201"
    (document,) = reading("empty.yaml", "# nothing\n").documents
    assert document.data is None


def test_a_byte_order_mark_is_no_part_of_the_text(reading: Any) -> None:
    (document,) = reading("a.yaml", b"\xef\xbb\xbfname: x\n").documents
    assert document.data == {"name": "x"}


@given(st.binary(max_size=60), st.sampled_from(["yaml", "json", "jsonl"]))
def test_no_bytes_make_reading_raise(tmp_path_factory: Any, content: bytes, suffix: str) -> None:
    path = tmp_path_factory.mktemp("bytes") / f"a.{suffix}"
    path.write_bytes(content)
    result = read(path, Series.DATASET)
    for document in result.documents:
        location = document.place.problem(3, "x").location
        assert location is not None
        assert location.line is not None
        assert location.line >= 1
