"""Whole runs against the embedded server's scripted engine: how true first audio is, and bursts.

First audio: what a session saw between the server's `speech_stopped` and its first audio, against
what the server's own log says it sent and when. Both are read off one machine's monotonic clock.
Only turns whose pacing record certifies them count, as in every report.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.table import Measured
from evalharness.audio.files import write_audio
from evalharness.audio.pcm import Pcm, concat, silence
from evalharness.dataset.dataset import Dataset
from evalharness.dataset.load import load_dataset
from evalharness.experiment.variant import load_variants
from evalharness.runner.options import RunOptions
from evalharness.runner.run import RunSummary, run_dataset
from evalharness.store.store import Store, open_store

RATE = 24_000
SPEECH_MS = 2_000
TRUE_WITHIN_MS = {1: 1.0, 50: 2.0, 200: 5.0}
TURNS_EACH = {1: 8, 50: 2, 200: 1}
BURST_SESSIONS, BURST_AT_ONCE = 400, 50
STOPPED, DELTA = "input_audio_buffer.speech_stopped", "response.output_audio.delta"
VAD = {"type": "server_vad", "silence_duration_ms": 200}


def measure() -> Iterator[Measured]:
    with tempfile.TemporaryDirectory() as folder:
        for sessions, limit_ms in TRUE_WITHIN_MS.items():
            yield _first_audio(Path(folder, str(sessions)), sessions, limit_ms)
        yield _burst(Path(folder, "burst"))


def _first_audio(folder: Path, sessions: int, limit_ms: float) -> Measured:
    dataset = _dataset(folder, sessions, TURNS_EACH[sessions], VAD)
    log = folder / "server.jsonl"
    with open_store(str(folder / "results.db")) as store:
        with _server(dataset, log) as url:
            _run(dataset, store, RunOptions(concurrency=sessions), url)
        said = _intervals(map(json.loads, log.read_text(encoding="utf-8").splitlines()))
        heard = _heard(store)
    errors = [
        abs(heard[scenario][turn] - ms)
        for scenario, turns in said.items()
        for turn, ms in turns.items()
        if turn in heard.get(scenario, {})
    ]
    total = sessions * TURNS_EACH[sessions]
    worst = float(np.quantile(errors, 0.99)) if errors else float("nan")
    certified = f"{len(errors)} of {total} turns certified"
    return Measured(
        f"first-audio error against the server's log, {sessions} sessions",
        f"p99 {worst:.2f} ms, {certified}",
        f"p99 < {limit_ms:g} ms, or marked invalid",
        not errors or worst < limit_ms,
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """One event of one session: of the server's log, or of a recording."""

    scenario: str
    kind: str
    at_ms: float


def _intervals(lines: Iterator[Mapping[str, Any]]) -> dict[str, dict[int, float]]:
    """Of the server's log: scenario, turn, ms from `speech_stopped` to the first audio."""
    sent = (line for line in lines if line["side"] == "server")
    return _paired(_Seen(line["scenario"], line["type"], line["at_ns"] / 1e6) for line in sent)


def _heard(store: Store) -> dict[str, dict[int, float]]:
    """The same of the recordings, for turns whose first audio is a valid figure."""
    run = store.run("latest").id
    scores = store.scores(run)
    found: dict[str, dict[int, float]] = {}
    for trial in store.trials(run):
        if trial.recording_key is None:
            continue
        frames = store.recording(trial.recording_key).frames
        turns = _paired(_Seen(trial.scenario, f.type, f.at_ns / 1e6) for f in frames)
        valid = {
            score.turn
            for score in scores.get(trial.id, ())
            if score.metric == "v2v" and score.value is not None
        }
        kept = {turn: ms for turn, ms in turns.get(trial.scenario, {}).items() if turn in valid}
        found[trial.scenario] = kept
    return found


def _paired(events: Iterator[_Seen]) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {}
    stopped: dict[str, float] = {}
    for event in events:
        if event.kind == STOPPED:
            stopped[event.scenario] = event.at_ms
        elif event.kind == DELTA and event.scenario in stopped:
            turns = found.setdefault(event.scenario, {})
            turns[len(turns)] = event.at_ms - stopped.pop(event.scenario)
    return found


def _burst(folder: Path) -> Measured:
    """One-turn sessions with manual turns and no pacing, a process's whole work included."""
    dataset = _dataset(folder, BURST_SESSIONS, 1, None)
    with _server(dataset, None) as url, open_store(str(folder / "results.db")) as store:
        cpu_s, started = time.process_time(), time.perf_counter()
        summary = _run(dataset, store, RunOptions(concurrency=BURST_AT_ONCE, fast=True), url)
        spent_s = time.perf_counter() - started
        cpu_s = time.process_time() - cpu_s
    scored = summary.runs[0].scored
    return Measured(
        "one-turn sessions without pacing, scripted engine",
        f"{scored / spent_s:.0f}/s in all, {scored / cpu_s:.0f} a CPU second of this process",
        ">= 300/s",
        scored / spent_s >= 300,
    )


class _Started:
    """Stands in for the embedded server: one that runs already, and writes a log."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __aenter__(self) -> str:
        return self._url

    async def __aexit__(self, *_: object) -> None:
        pass


def _run(dataset: Dataset, store: Store, options: RunOptions, url: str) -> RunSummary:
    variants = load_variants(dataset.root / "variants").variants
    run = run_dataset(dataset, variants, options, store, lambda _: None, os.environ)
    with patch("evalharness.runner.run.EmbeddedServer", lambda _: _Started(url)):
        return asyncio.run(run)


def _dataset(
    folder: Path, scenarios: int, turns: int, turn_detection: Mapping[str, Any] | None
) -> Dataset:
    at = np.arange(RATE * SPEECH_MS // 1000) / RATE
    tone = Pcm((8000 * np.sin(2 * np.pi * 220 * at)).astype(np.int16), RATE)
    (folder / "variants").mkdir(parents=True)
    write_audio(folder / "hum.wav", concat([silence(100, RATE), tone, silence(100, RATE)]))
    say = {"audio": "hum.wav", "text": "where is my order", "speech_ms": [[100, 100 + SPEECH_MS]]}
    lines = [
        json.dumps({"id": f"s{index:04}", "turns": [{"say": say}] * turns})
        for index in range(scenarios)
    ]
    (folder / "dataset.yaml").write_text('{"format": 1, "name": "bench"}', encoding="utf-8")
    (folder / "scenarios.jsonl").write_text("\n".join(lines), encoding="utf-8")
    variant = {
        "format": 1,
        "name": "bench",
        "target": "local",
        "local": {"engine": "scripted", "output_speed": 0, "first_audio_ms": 300},
        "session": {"audio": {"input": {"turn_detection": turn_detection}}},
    }
    (folder / "variants" / "bench.yaml").write_text(json.dumps(variant), encoding="utf-8")
    return load_dataset(folder).dataset


@contextmanager
def _server(dataset: Dataset, log: Path | None) -> Iterator[str]:
    command: Sequence[str] = [
        *(sys.executable, "-m", "evalharness", "serve", "--local", "--json"),
        *("--listen", "127.0.0.1:0", "--dataset", str(dataset.root), "--exit-with-parent"),
        *(("--log", str(log)) if log else ()),
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield str(json.loads(process.stdout.readline())["url"])
    finally:
        process.stdin.close()
        process.wait(timeout=10)
