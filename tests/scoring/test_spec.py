"""What scores depend on, and the hash that tells one set of rules from another."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from evalharness.dataset.models import Manifest
from evalharness.scoring.spec import ScoringSpec, scoring_spec
from tests.scoring.played import SPEC


def manifest(**given: Any) -> Manifest:
    return Manifest.model_validate({"format": 1, "name": "test", **given})


def test_a_spec_comes_back_from_json_with_its_hash() -> None:
    again = ScoringSpec.from_json(json.loads(json.dumps(SPEC.to_json())))
    assert again == SPEC
    assert again.sha256 == SPEC.sha256


@pytest.mark.parametrize("name", [field.name for field in fields(ScoringSpec)])
def test_whatever_changes_scores_changes_the_hash(name: str) -> None:
    value = getattr(SPEC, name)
    other = value + "!" if isinstance(value, str) else value + 1
    changed = ScoringSpec.from_json({**SPEC.to_json(), name: other})
    assert changed.sha256 != SPEC.sha256


def test_a_dataset_s_name_is_no_part_of_it() -> None:
    assert scoring_spec(manifest(name="other")) == scoring_spec(manifest())


@pytest.mark.parametrize(
    ("given", "normaliser"),
    [
        ({"language": "en"}, "whisper-en"),
        ({"language": "de"}, "basic"),
        ({"language": "en", "normaliser": "basic"}, "basic"),
    ],
)
def test_the_normaliser_is_the_language_s_unless_one_is_named(
    given: dict[str, Any], normaliser: str
) -> None:
    assert scoring_spec(manifest(**given)).normaliser == normaliser


def test_the_timeout_is_the_dataset_s_in_ms() -> None:
    spec = scoring_spec(manifest(defaults={"response_timeout_s": 7.5}))
    assert spec.response_timeout_ms == 7500
