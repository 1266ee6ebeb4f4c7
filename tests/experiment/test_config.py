"""evalharness.yaml: where it is found and what it names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalharness.errors import InvalidInput
from evalharness.experiment.config import load_config, read_config
from evalharness.experiment.variant import load_variants

CONFIG = """\
format: 1
db: results/all.db
targets:
  staging: {url: "wss://staging.example/v1/realtime", key_env: STAGING_KEY}
  eu: {name: azure, url: "wss://eu.openai.azure.com/openai/v1/realtime"}
  openai: {key_env: OTHER_KEY}
"""


def test_the_nearest_one_upwards_counts(write: Any, tmp_path: Path) -> None:
    path = write("project/evalharness.yaml", CONFIG)
    deep = tmp_path / "project/a/b"
    deep.mkdir(parents=True)
    config = load_config(deep)
    assert config.path == path
    assert config.db == tmp_path / "project/results/all.db"
    assert set(config.targets) == {"local", "openai", "azure", "xai", "staging", "eu"}


def test_targets_add_to_the_built_in_ones(write: Any) -> None:
    targets = read_config(write("evalharness.yaml", CONFIG)).targets
    assert targets["staging"].headers == {"Authorization": "Bearer ${key}"}
    assert (targets["eu"].name, targets["eu"].dialect) == ("eu", "azure")
    assert targets["eu"].key_env == "AZURE_OPENAI_API_KEY"
    assert targets["openai"].key_env == "OTHER_KEY"
    assert targets["openai"].url == "wss://api.openai.com/v1/realtime"


def test_a_variant_finds_them_by_name(write: Any) -> None:
    write("evalharness.yaml", CONFIG)
    path = write("variants/a.yaml", "format: 1\ntarget: eu\nsession: {model: m}\n")
    assert load_variants(path).variants[0].target.dialect == "azure"


@pytest.mark.parametrize("text", ["", "# nothing\n", "format: 1\ntargets: {}\n"])
def test_a_file_with_nothing_in_it(write: Any, text: str) -> None:
    config = read_config(write("evalharness.yaml", text))
    assert set(config.targets) == {"local", "openai", "azure", "xai"}
    assert config.db is None


def test_all_its_problems_at_once(write: Any) -> None:
    path = write(
        "evalharness.yaml",
        """\
        format: 1
        database: x
        targets:
          a: {url: "http://x"}
          b: {key_env: K}
          local: {url: "ws://x"}
          c: {url: "wss://x", headers: {Authorization: sk-123}}
        """,
    )
    with pytest.raises(InvalidInput) as refused:
        read_config(path)
    found = sorted((p.location.line, p.code) for p in refused.value.problems if p.location)
    assert found == [(2, "EH204"), (4, "EH215"), (5, "EH214"), (6, "EH203"), (7, "EH216")]
