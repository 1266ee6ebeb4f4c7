"""A dataset's files, written so that a person can go on from there."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from evalharness.dataset.files import MANIFEST, replace_file

MOST_IN_YAML = 500
"""Nobody reads more scenarios than this in one file, and YAML takes 2 ms for each."""


def write_dataset(
    folder: Path, manifest: Mapping[str, Any], scenarios: Sequence[Mapping[str, Any]]
) -> Sequence[Path]:
    """Write `dataset.yaml` and the scenarios as YAML, or as JSON Lines when there are many.

    The values are plain JSON data, written as they are. Returns the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / MANIFEST, to_yaml(dict(manifest)))
    if len(scenarios) <= MOST_IN_YAML:
        path = folder / "scenarios.yaml"
        replace_file(path, to_yaml([dict(scenario) for scenario in scenarios]))
    else:
        path = folder / "scenarios.jsonl"
        lines = [json.dumps(scenario, ensure_ascii=False) for scenario in scenarios]
        replace_file(path, "\n".join(lines) + "\n")
    return (folder / MANIFEST, path)


def to_yaml(value: Any) -> str:
    """Plain JSON data as block-style YAML 1.2, keys in their order."""
    yaml = YAML(pure=True)
    yaml.width = 4096  # a text wrapped at column 80 is hard to search for
    text = io.StringIO()
    yaml.dump(value, text)
    return text.getvalue()
