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
    if usage.get("type") == "duration" and "per_minute" in price:
        return float(usage.get("seconds") or 0.0) / 60 * float(price["per_minute"])
    if "tokens" in price:
        into, out = price["tokens"]
        spent = into * (usage.get("input_tokens") or 0) + out * (usage.get("output_tokens") or 0)
        return float(spent) / MILLION
    return None
