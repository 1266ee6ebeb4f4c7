"""What is written is what is read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evalharness.dataset.codes import Series
from evalharness.dataset.source import read
from evalharness.dataset.write import MOST_IN_YAML, to_yaml, write_dataset
from evalharness.dataset.yaml_nodes import parse_yaml

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ["no", "0042", "2026-05-01", "12:30", "null", "~", "1e3", "", " x ", "a: b", "# c", "- d", "'"]
)
VALUES = st.recursive(
    TEXT | st.none() | st.booleans() | st.integers(-(10**9), 10**9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXT.filter(lambda key: key != "<<"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_yaml_comes_back_as_it_went(value: Any) -> None:
    root = parse_yaml(to_yaml(value), "f").root
    assert root is not None
    assert root.plain() == value


def test_many_scenarios_become_json_lines(tmp_path: Path) -> None:
    scenarios = [{"id": f"s{n}", "turns": [{"text": "é"}]} for n in range(MOST_IN_YAML + 1)]
    manifest, path = write_dataset(tmp_path / "made", {"format": 1, "name": "many"}, scenarios)
    assert (manifest.name, path.name) == ("dataset.yaml", "scenarios.jsonl")
    assert [d.data for d in read(path, Series.DATASET).documents] == scenarios
