"""What makes two datasets, scenarios or variants the same: a hash of their canonical JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from evalharness.dataset.models import Manifest, ScenarioScript


def canonical_json(value: Any) -> str:
    """One spelling for one value: keys sorted, no spaces, characters as they are."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def content_sha256(value: Any) -> str:
    """The hex digest of a JSON value's canonical form."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def scenario_sha256(script: ScenarioScript, audio_sha256: Mapping[str, str]) -> str:
    """Covers the script and the bytes of its clips.

    Defaults are left out, so that a field added to the format changes no hash.
    """
    clips = [turn.say.audio for turn in script.turns if turn.say is not None]
    return content_sha256(
        {
            "script": script.model_dump(mode="json", exclude_defaults=True),
            "audio": {clip: audio_sha256[clip] for clip in clips},
        }
    )


def dataset_sha256(manifest: Manifest, scenario_hashes: Sequence[str]) -> str:
    """Covers the manifest and all scenarios in their order."""
    written = manifest.model_dump(mode="json", exclude_defaults=True)
    return content_sha256({"manifest": written, "scenarios": list(scenario_hashes)})
