"""Scoring and comparing ten thousand turns."""

from __future__ import annotations

import json
import random
import time
import tracemalloc
from collections.abc import Iterator

from benchmarks.table import Measured
from evalharness.dataset.models import CallsExpectation
from evalharness.dataset.normalisers import normalise, tokenise
from evalharness.scoring.function_calls import ActualCall, match_calls
from evalharness.scoring.registry import METRICS
from evalharness.scoring.score import Score
from evalharness.scoring.transcripts import word_errors
from evalharness.stats.comparison import compare
from evalharness.stats.paired import Options
from evalharness.stats.runs import RunScores, TrialScores

TURNS = 10_000
SENTENCE = "please book a table for four on friday the thirteenth under the name of okonkwo"
WORDS = tuple(SENTENCE.split(" "))
TOOLS = [
    {
        "type": "function",
        "name": "book",
        "parameters": {
            "type": "object",
            "properties": {"size": {"type": "integer"}, "name": {"type": "string"}},
        },
    }
]


def measure() -> Iterator[Measured]:
    yield _score()
    yield from _compare()


def _score() -> Measured:
    rng = random.Random(0)
    wanted = CallsExpectation.model_validate(
        {"expected": [{"name": "book", "args": {"size": 4, "name": {"$iexact": "okonkwo"}}}]}
    )
    turns = [(rng.sample(WORDS, 12), rng.sample(WORDS, 12), f"n{index}") for index in range(TURNS)]
    started = time.perf_counter()
    for said, heard, name in turns:
        reference = tokenise(normalise(f"{' '.join(said)} {name}", "whisper-en"))
        hypothesis = tokenise(normalise(f"{' '.join(heard)} {name}", "whisper-en"))
        word_errors(reference, hypothesis)
        call = ActualCall("book", json.dumps({"size": 4, "name": name}))
        match_calls(wanted, [call], TOOLS)
    spent = time.perf_counter() - started
    return Measured(
        "scoring 10,000 turns, words and calls", f"{spent:.1f} s", "<= 10 s", spent <= 10
    )


def _compare() -> Iterator[Measured]:
    runs = [_run(name, seed) for seed, name in enumerate("ab")]
    metrics = [METRICS[name] for name in ("task_success", "wer", "v2v")]
    tracemalloc.start()
    started = time.perf_counter()
    compare(runs, metrics, Options(resamples=10_000))
    spent = time.perf_counter() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    yield Measured(
        "comparing two runs of 10,000 turns, 10,000 resamples",
        f"{spent:.1f} s",
        "<= 2 s",
        spent <= 2,
    )
    yield Measured(
        "memory of that comparison", f"{peak / 1e6:.0f} MB", "< 300 MB", peak < 300_000_000
    )


def _run(name: str, seed: int) -> RunScores:
    rng = random.Random(seed)
    trials = []
    for index in range(2_000):
        scores = [Score(None, "o", "task_success", float(rng.random() < 0.8), 1.0, None)]
        for turn in range(5):
            errors, latency = float(rng.random() < 0.3), rng.gauss(800, 100)
            scores.append(Score(turn, "t", "wer", errors, 10.0, errors / 10))
            scores.append(Score(turn, "l", "v2v", latency, 1.0, latency))
        trials.append(TrialScores(f"s{index}", "x", 0, "scored", scores))
    return RunScores(f"r-{name}", name, "bench", {}, trials)
