"""The price table: data with a date and a source, in prices.json."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

_TEXT = (files("evalharness.scoring") / "prices.json").read_text(encoding="utf-8")
_TABLE: Mapping[str, Any] = json.loads(_TEXT)
PRICES_SHA256 = hashlib.sha256(_TEXT.encode()).hexdigest()
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """US dollars for a million tokens of one modality."""

    fresh: float
    cached: float
    out: float = 0.0


def rates(model: str) -> Mapping[str, Rate] | None:
    """Rates by modality (text, audio, image); None for a model the table does not have."""
    found = _TABLE["models"].get(model)
    return None if found is None else {name: Rate(*prices) for name, prices in found.items()}


def transcription_cost(model: str, usage: Mapping[str, Any]) -> float | None:
    """US dollars of one transcription; None when the table or the usage does not tell."""
    price = _TABLE["transcription"].get(model)
    if price is None:
        return None
    if "per_minute" in price:
        seconds = reported(usage, "seconds")
        return None if seconds is None else seconds / 60 * float(price["per_minute"])
    into, out = price["tokens"]
    tokens_in, tokens_out = reported(usage, "input_tokens"), reported(usage, "output_tokens")
    if tokens_in is None or tokens_out is None:
        return None
    return float(into * tokens_in + out * tokens_out) / MILLION


def reported(usage: Mapping[str, Any], key: str) -> float | None:
    """A number of a server's usage report; None when it has none there."""
    found = usage.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        return float(found)
    except OverflowError:
        return None
