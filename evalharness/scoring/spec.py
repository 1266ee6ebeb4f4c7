"""Everything a score depends on besides the recording and its script, with one hash over it.

Scores under different specs are not comparable: `compare` refuses them and names the command that
makes them anew.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from evalharness.dataset.models import Manifest
from evalharness.dataset.normalisers import default_normaliser, normaliser
from evalharness.scoring.prices import PRICES_SHA256

SCORERS_VERSION = 1
"""Raised whenever a scorer gives another number for the same recording."""


@dataclass(frozen=True, slots=True)
class ScoringSpec:
    """Budgets are in ms. A latency is invalid when the harness itself was later than they allow."""

    language: str
    normaliser: str
    normaliser_version: str
    normaliser_sha256: str
    jiwer: str
    rapidfuzz: str
    prices_sha256: str
    response_timeout_ms: float
    lateness_budget_ms: float = 20.0
    loop_lag_budget_ms: float = 50.0
    premature_margin_ms: float = 100.0
    audible_dbfs: float = -45.0
    scorers: int = SCORERS_VERSION

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ScoringSpec:
        return cls(**data)

    @property
    def sha256(self) -> str:
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def scoring_spec(manifest: Manifest) -> ScoringSpec:
    """The spec this version scores a dataset under."""
    chosen = normaliser(manifest.normaliser or default_normaliser(manifest.language))
    return ScoringSpec(
        language=manifest.language,
        normaliser=chosen.id,
        normaliser_version=chosen.version,
        normaliser_sha256=chosen.sha256,
        jiwer=importlib.metadata.version("jiwer"),
        rapidfuzz=importlib.metadata.version("rapidfuzz"),
        prices_sha256=PRICES_SHA256,
        response_timeout_ms=manifest.defaults.response_timeout_s * 1000,
    )
