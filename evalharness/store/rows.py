"""Rows as values: what leaves this room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class RunRow:
    """One dataset under one variant."""

    id: str
    number: int
    dataset_id: int
    dataset_name: str
    dataset_sha256: str
    variant_id: int
    variant: str
    variant_sha256: str
    config: Mapping[str, Any]
    label: str | None
    state: str
    repeats: int
    seed: int
    options: Mapping[str, Any]
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One scenario of a run, for the `repeat`-th time. `error` says why it is not scored."""

    id: int
    run_id: str
    scenario: str
    scenario_sha256: str
    repeat: int
    state: str
    attempts: int
    recording_key: str | None
    error: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording without its frames. `state` is open, complete, damaged, or unfinished."""

    key: str
    origin: str
    run_id: str | None
    scenario: str | None
    model: str | None
    started_at: datetime
    duration_ns: int | None
    state: str
    frames: int
    close: Mapping[str, Any] | None
    health: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class DatasetRow:
    id: int
    name: str
    content_sha256: str
    scenarios: int
    runs: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class VariantRow:
    id: int
    name: str
    content_sha256: str
    config: Mapping[str, Any]
    runs: int
