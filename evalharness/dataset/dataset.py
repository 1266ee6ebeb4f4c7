"""A loaded dataset as a value: the manifest, its scenarios, and where their audio is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evalharness.dataset.models import Manifest, ScenarioScript


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scripted conversation and its place in the dataset.

    `content_sha256` covers the script and the bytes of its audio, so that runs of two dataset
    versions still pair where a scenario did not change.
    """

    key: str
    position: int
    content_sha256: str
    script: ScenarioScript


@dataclass(frozen=True, slots=True)
class Dataset:
    """`audio` maps each clip's name in the scripts to its file."""

    root: Path
    name: str
    content_sha256: str
    manifest: Manifest
    scenarios: tuple[Scenario, ...]
    audio: Mapping[str, Path]
