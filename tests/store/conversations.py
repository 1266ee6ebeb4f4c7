"""Small datasets, runs and recordings to store."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evalharness.dataset.dataset import Dataset, Scenario
from evalharness.dataset.models import Manifest, ScenarioScript
from evalharness.recording.recorder import Recorder, Sink
from evalharness.recording.recording import Footer, Header, Recording
from evalharness.scoring.score import Score
from evalharness.store.rows import RunRow
from evalharness.store.runs import NewRun
from evalharness.store.store import Store

APPEND = '{"type":"input_audio_buffer.append","audio":""}'
AUDIO_AT = len(APPEND) - 2
STARTED = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
SPEC = "5" * 64


def small_dataset(name: str = "desk", scenarios: Sequence[str] = ("s0", "s1")) -> Dataset:
    """Scenarios of one typed turn that wants a call."""
    scripts = [
        ScenarioScript.model_validate(
            {
                "id": key,
                "tags": ["orders"],
                "turns": [
                    {
                        "say": {"audio": "a.wav", "text": "where is order nine"},
                        "expect": {"calls": {"expected": [{"name": "get", "args": {"id": "9"}}]}},
                    }
                ],
            }
        )
        for key in scenarios
    ]
    return Dataset(
        root=Path(),
        name=name,
        content_sha256=f"{name} {' '.join(scenarios)}".encode().hex()[:64],
        manifest=Manifest(format=1, name=name),
        scenarios=tuple(
            Scenario(script.id, position, f"{position:064}", script)
            for position, script in enumerate(scripts)
        ),
        audio={},
    )


def new_run(store: Store, variant: str = "one", *, repeats: int = 1) -> RunRow:
    """A run of the small dataset with all its trials planned."""
    dataset = small_dataset()
    return store.create_run(
        NewRun(
            dataset_id=store.save_dataset(dataset),
            variant_id=store.save_variant(variant, {"name": variant}, variant.ljust(64, "0")),
            trials=[(one.key, repeat) for repeat in range(repeats) for one in dataset.scenarios],
            label="try",
            repeats=repeats,
            seed=7,
            options={"concurrency": 2},
            provenance={"version": "0"},
        )
    )


def header(key: str, **known: Any) -> Header:
    return Header(key, "run", "ws://there", "ga", "gpt", STARTED, **known)


def record(sink: Sink, key: str, *, appends: int = 3, close: bool = True, **known: Any) -> Recorder:
    """A session with paced audio, an answer in deltas, oddities, a mark, and settings."""
    recorder = Recorder(header(key, **known), sink)
    session = {"type": "realtime", "model": "gpt", "tools": []}
    recorder.received(json.dumps({"type": "session.created", "session": session}), 1)
    wanted = {**session, "instructions": "be kind"}
    recorder.sent(json.dumps({"type": "session.update", "session": wanted}), 2)
    recorder.received(json.dumps({"type": "session.updated", "session": wanted}), 3)
    recorder.mark("turn_started", 4, 0, {"kind": "say"})
    for index in range(appends):
        at_ns = 20_000_000 * (index + 1)
        recorder.sent_audio(APPEND, AUDIO_AT, bytes([index % 256]) * 960, at_ns + 300, at_ns)
    for text in answer():
        recorder.received(text, 80_000_000)
    recorder.received(b"\x00\xff", 81_000_000)
    recorder.received("no JSON \u2603", 82_000_000)
    if close:
        recorder.close(Footer(90_000_000, {"code": 1000}, {"loop_lag_ms_max": 1.5}))
    return recorder


def answer() -> list[str]:
    """Deltas as a server writes them: tight, spaced, and one whose base64 is not canonical."""
    common = {"event_id": "e1", "response_id": "r1", "item_id": "i1"}
    audio = base64.b64encode(b"\x01\x02\x03\x04").decode()
    delta = {"type": "response.output_audio.delta", **common, "delta": audio}
    words = {"type": "response.output_audio_transcript.delta", **common, "delta": "hello"}
    return [
        json.dumps(words, separators=(",", ":")),
        json.dumps(delta, separators=(",", ":")),
        json.dumps(delta),
        json.dumps({**delta, "delta": "AQIDBB=="}),
    ]


def texts(recording: Recording) -> list[str]:
    return [recording.text(frame) for frame in recording.frames]


def scores(*, right: bool = True) -> list[Score]:
    return [
        Score(None, "outcome", "task_success", float(right), 1.0, float(right), {"reasons": []}),
        Score(0, "transcripts", "wer", 1.0, 4.0, 0.25, {"ref": "a b", "hyp": "a"}),
        Score(0, "latency", "v2v", None, None, None, {"censored_ms": 3000}),
    ]
