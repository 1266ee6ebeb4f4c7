"""Variant files in a folder of their own, and a dataset as a value."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from evalharness.dataset.dataset import Dataset, Scenario
from evalharness.dataset.models import Manifest, ScenarioScript
from evalharness.errors import InvalidInput, Problem
from evalharness.experiment.variant import load_variants


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def put(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    return put


@pytest.fixture
def problems(tmp_path: Path) -> Callable[..., Sequence[Problem]]:
    """What loading a file, or the folder, complains of: errors, or else warnings."""

    def load(name: str = "", **options: Any) -> Sequence[Problem]:
        try:
            return load_variants(tmp_path / name, **options).warnings
        except InvalidInput as error:
            return error.problems

    return load


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Four scenarios: a (x), b (x, y), c (y), d."""
    tags = {"a": ["x"], "b": ["x", "y"], "c": ["y"], "d": []}
    tool = {"type": "function", "name": "get_order"}
    scenarios = tuple(
        Scenario(
            key,
            position,
            "0" * 64,
            ScenarioScript.model_validate({"id": key, "tags": of_key, "turns": [{"text": "hi"}]}),
        )
        for position, (key, of_key) in enumerate(tags.items())
    )
    manifest = Manifest.model_validate({"format": 1, "name": "desk", "tools": [tool]})
    return Dataset(tmp_path, "desk", "0" * 64, manifest, scenarios, {})
