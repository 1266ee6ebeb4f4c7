"""A dataset made of hums, written to a folder: enough for a server that knows the script."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from evalharness.audio.files import write_audio
from evalharness.audio.pcm import Pcm, concat, silence
from evalharness.dataset.dataset import Dataset
from evalharness.dataset.load import load_dataset
from evalharness.experiment.variant import Variant, load_variants

RATE = 24_000
HEAD_MS, SPEECH_MS, TAIL_MS = 100, 400, 100
TOOL = {
    "type": "function",
    "name": "get_order",
    "description": "Look up an order",
    "parameters": {
        "type": "object",
        "properties": {"order_id": {"type": "string"}},
        "required": ["order_id"],
        "additionalProperties": False,
    },
}
SENTENCE = (
    "where is the parcel that my sister sent last friday from the old station in town to our "
    "house near the river and the green park with tall trees"
)
WORDS = tuple(SENTENCE.split(" "))


def hum() -> Pcm:
    """A loud steady tone between two stretches of silence."""
    at = np.arange(RATE * SPEECH_MS // 1000) / RATE
    tone = Pcm((8000 * np.sin(2 * np.pi * 220 * at)).astype(np.int16), RATE)
    return concat([silence(HEAD_MS, RATE), tone, silence(TAIL_MS, RATE)])


def scenario(index: int, *, calls: bool = True) -> dict[str, Any]:
    """One turn of twenty words; with `calls`, one that needs a function call."""
    start = index % 5
    text = " ".join(WORDS[start : start + 20])
    say = {"audio": "audio/hum.wav", "text": text, "speech_ms": [[HEAD_MS, HEAD_MS + SPEECH_MS]]}
    turn: dict[str, Any] = {"say": say}
    if calls:
        expected = {"name": "get_order", "args": {"order_id": f"{1000 + index}"}}
        turn["expect"] = {"calls": {"expected": [expected]}}
    return {"id": f"s{index:03}", "turns": [turn]}


def write_small_dataset(
    folder: Path, scenarios: list[dict[str, Any]], variants: dict[str, dict[str, Any]]
) -> Dataset:
    """A dataset folder with its variants (a name and what differs from a scripted default)."""
    (folder / "audio").mkdir(parents=True)
    (folder / "variants").mkdir()
    write_audio(folder / "audio" / "hum.wav", hum())
    manifest = {
        "format": 1,
        "name": "small",
        "tools": [TOOL],
        "tool_results": [{"name": "get_order", "output": {"status": "shipped"}}],
        "defaults": {"response_timeout_s": 3},
    }
    # YAML reads JSON, and nothing here needs more.
    (folder / "dataset.yaml").write_text(json.dumps(manifest), encoding="utf-8")
    lines = "\n".join(json.dumps(one) for one in scenarios)
    (folder / "scenarios.jsonl").write_text(lines, encoding="utf-8")
    for name, over in variants.items():
        variant = {
            "format": 1,
            "name": name,
            "target": over.get("target", "local"),
            "session": {
                "model": "gpt-realtime-2.1",
                "audio": {
                    "input": {
                        "turn_detection": over.get(
                            "turn_detection", {"type": "server_vad", "silence_duration_ms": 200}
                        ),
                        "transcription": {"model": "gpt-transcribe"},
                    }
                },
            },
        }
        if "local" in over:
            variant["local"] = {"engine": "scripted", "output_speed": 0, **over["local"]}
        path = folder / "variants" / f"{name}.yaml"
        path.write_text(json.dumps(variant), encoding="utf-8")
    return load_dataset(folder).dataset


def variants_of(dataset: Dataset) -> tuple[Variant, ...]:
    return load_variants(dataset.root / "variants").variants
