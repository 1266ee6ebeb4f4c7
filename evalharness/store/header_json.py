"""A recording's header as JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from evalharness.recording.recording import Header


def header_to_json(header: Header) -> dict[str, Any]:
    return {**asdict(header), "wall_start": header.wall_start.isoformat()}


def header_from_json(data: Mapping[str, Any]) -> Header:
    return Header(**{**data, "wall_start": datetime.fromisoformat(data["wall_start"])})
