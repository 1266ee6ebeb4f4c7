"""The demo dataset: what the README says of it is so."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalharness.audio.files import audio_info
from evalharness.dataset.load import LoadedDataset, load_dataset
from evalharness.experiment.variant import load_variants

FRONT_DESK = Path(__file__).parents[1] / "datasets" / "front-desk"


@pytest.fixture(scope="module")
def loaded() -> LoadedDataset:
    return load_dataset(FRONT_DESK)


def test_loads_without_a_warning(loaded: LoadedDataset) -> None:
    assert loaded.warnings == ()


def test_is_as_large_as_the_readme_says(loaded: LoadedDataset) -> None:
    scenarios = loaded.dataset.scenarios
    assert len(scenarios) == 36
    assert sum(len(one.script.turns) for one in scenarios) == 75
    assert len({one.script.speaker for one in scenarios}) == 5
    assert {len(one.script.turns) for one in scenarios} == {1, 2, 3, 4, 5}


def test_has_every_kind_of_turn(loaded: LoadedDataset) -> None:
    tags = {tag for one in loaded.dataset.scenarios for tag in one.script.tags}
    wanted = {"digits", "names", "dates", "amounts", "correction", "multi-call", "no-call"}
    assert wanted | {"silence", "noise", "pause"} <= tags


def test_clips_are_small_and_their_speech_lies_within(loaded: LoadedDataset) -> None:
    dataset = loaded.dataset
    assert sum(path.stat().st_size for path in dataset.audio.values()) < 12_000_000
    for scenario in dataset.scenarios:
        for turn in scenario.script.turns:
            if turn.say is not None:
                length_ms = audio_info(dataset.audio[turn.say.audio]).duration_ms
                assert turn.say.speech_ms
                assert 0 <= turn.say.speech_ms[0][0] < turn.say.speech_ms[-1][1] <= length_ms


def test_pauses_lie_between_the_two_silence_durations(loaded: LoadedDataset) -> None:
    """What tells hasty (200 ms) from baseline (600 ms): a pause that only one of them waits out."""
    gaps = [
        after[0] - before[1]
        for scenario in loaded.dataset.scenarios
        if "pause" in scenario.script.tags
        for turn in scenario.script.turns
        if turn.say is not None
        for before, after in zip(turn.say.speech_ms, turn.say.speech_ms[1:], strict=False)
    ]
    assert len(gaps) >= 15
    assert all(250 < gap < 600 for gap in gaps)


def test_variants_differ_in_one_thing_each() -> None:
    variants = {one.name: one.session for one in load_variants(FRONT_DESK / "variants").variants}
    assert set(variants) == {"baseline", "hasty", "no-hints"}
    base, hasty, plain = variants["baseline"], variants["hasty"], variants["no-hints"]
    assert base["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 600
    assert hasty["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 200
    assert hasty["audio"]["input"]["transcription"] == base["audio"]["input"]["transcription"]
    assert "keywords" not in plain["audio"]["input"]["transcription"]
    assert plain["instructions"] == base["instructions"]
