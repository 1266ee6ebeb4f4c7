"""JSON as others send it: what is not shaped as expected counts as empty."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def object_in(text: str) -> Mapping[str, Any]:
    """The JSON object that a text is; empty for any other text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return mapping(value)


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
