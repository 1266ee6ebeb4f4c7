"""The harness tells the truth: what the scripted engine declares is what is measured.

Real sockets, real pacing, a server in a process of its own. Nothing is timed against the clock of
this test: first audio is compared with what the server was told to do, and only where the
harness itself vouches for the figure.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from evalharness.dataset.load import load_dataset
from evalharness.runner.options import RunOptions
from evalharness.runner.progress import Progress
from evalharness.runner.run import run_dataset
from evalharness.scoring.score import Score
from evalharness.stats.clusters import Sums
from evalharness.stats.intervals import ratio_interval
from evalharness.store.store import Store, open_store
from tests.runner.small_dataset import scenario, variants_of, write_small_dataset

WORD_ERROR_RATE = 0.10
WRONG_ARGUMENT_RATE = 0.20
FIRST_AUDIO_MS = 400.0
SCENARIOS = 60


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Score]]:
    """Every trial's scores, by trial."""
    folder = tmp_path_factory.mktemp("calibration")
    declared = {
        "word_error_rate": WORD_ERROR_RATE,
        "wrong_argument_rate": WRONG_ARGUMENT_RATE,
        "first_audio_ms": FIRST_AUDIO_MS,
    }
    dataset = write_small_dataset(
        folder / "dataset",
        [scenario(index) for index in range(SCENARIOS)],
        {"declared": {"local": declared}},
    )
    with open_store(str(folder / "results.db")) as store:
        run = _run(store, dataset_root=dataset.root)
        return {str(trial): found for trial, found in store.scores(run).items()}


def _run(store: Store, *, dataset_root: Path) -> str:
    dataset = load_dataset(dataset_root).dataset
    heard: list[Progress] = []
    options = RunOptions(concurrency=10)
    summary = asyncio.run(
        run_dataset(dataset, variants_of(dataset), options, store, heard.append, {})
    )
    assert [one.scored for one in summary.runs] == [SCENARIOS]
    return summary.runs[0].run


def _sums(scores: dict[str, list[Score]], metric: str) -> dict[str, Sums]:
    return {
        trial: Sums(one.numerator, one.denominator)
        for trial, found in scores.items()
        for one in found
        if one.metric == metric and one.numerator is not None and one.denominator is not None
    }


def test_declared_word_error_rate_lies_in_the_interval(scores: dict[str, list[Score]]) -> None:
    sums = _sums(scores, "wer")
    assert len(sums) == SCENARIOS
    interval = ratio_interval(sums, confidence=0.999)
    assert interval is not None
    assert interval.low < WORD_ERROR_RATE < interval.high
    assert interval.high - interval.low < 0.10


def test_declared_wrong_arguments_lie_in_the_interval(scores: dict[str, list[Score]]) -> None:
    interval = ratio_interval(_sums(scores, "exact_call_accuracy"), confidence=0.999)
    assert interval is not None
    assert interval.low < 1 - WRONG_ARGUMENT_RATE < interval.high


def test_declared_first_audio_is_measured_within_5_ms(scores: dict[str, list[Score]]) -> None:
    """From the response's creation to its first delta, over the turns whose figure is valid."""
    found = sorted(
        one.value
        for trial in scores.values()
        for one in trial
        if one.metric == "ttft" and one.value is not None
    )
    assert len(found) >= SCENARIOS // 2
    median = found[len(found) // 2]
    assert abs(median - FIRST_AUDIO_MS) < 5


def test_every_turn_was_answered(scores: dict[str, list[Score]]) -> None:
    answered = _sums(scores, "response_rate")
    assert len(answered) == SCENARIOS
    assert all(one.numerator == 1 for one in answered.values())
