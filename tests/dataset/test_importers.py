"""Manifests of other makes as datasets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalharness.dataset.importers import import_manifest
from evalharness.dataset.load import load_dataset
from evalharness.errors import InvalidInput

TOOLS = [
    {
        "type": "function",
        "name": "order",
        "parameters": {"type": "object", "properties": {"drink": {"type": "string"}}},
    }
]


@pytest.fixture
def source(tmp_path: Path, clip: Any) -> Path:
    """A folder of clips and nothing else."""
    root = tmp_path / "source"
    clip(root / "a" / "one.wav")
    clip(root / "b" / "one.wav", frequency=330)
    clip(root / "Two words.WAV")
    return root


def manifest(folder: Path, *rows: Any, name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows))
    return path


def test_each_row_becomes_a_scenario_that_loads(source: Path, tmp_path: Path) -> None:
    (source / "tools.json").write_text(json.dumps(TOOLS))
    rows = manifest(
        source,
        {
            "file": "a/one.wav",
            "text": "hello there",
            "speaker": "ann",
            "lang": "en",
            "tags": ["calm"],
            "licence": "CC0-1.0",
            "seconds": 1.0,
        },
        {
            "audio": "b/one.wav",
            "text": None,
            "lang": "en",
            "licence": "MIT",
            "expected_call": {"name": "order", "arguments": {"drink": "mocha"}},
        },
        {"file": "Two words.WAV", "id": "given", "text": "either {or"},
    )
    into = tmp_path / "made"
    report = import_manifest(rows, into, tools=source / "tools.json")
    assert (report.count, report.skipped) == (3, ())

    dataset = load_dataset(into).dataset
    assert (dataset.name, dataset.manifest.language) == ("made", "en")
    assert dataset.manifest.licence == "CC0-1.0; MIT"
    assert [s.key for s in dataset.scenarios] == ["one", "one-2", "given"]
    assert set(dataset.audio) == {"audio/one.wav", "audio/one-2.wav", "audio/Two-words.wav"}
    first, second, third = (scenario.script for scenario in dataset.scenarios)
    assert (first.speaker, first.tags) == ("ann", ("calm",))
    assert second.turns[0].say is not None
    assert second.turns[0].say.text is None
    assert second.turns[0].expect.calls is not None
    (call,) = second.turns[0].expect.calls.expected
    assert (call.name, call.args) == ("order", {"drink": "mocha"})
    assert third.turns[0].say is not None
    assert third.turns[0].say.text == "either \\{or"


def test_rows_that_cannot_be_used_are_left_out_and_named(source: Path, tmp_path: Path) -> None:
    (source / "empty.wav").touch()
    rows = manifest(
        source,
        {"file": "a/one.wav"},
        {"file": "none.wav"},
        {"file": "empty.wav"},
        {"text": "no clip"},
        "{not json",
        "[1]",
        {"file": "a/one.wav", "expected_call": {"arguments": {}}},
        {"file": "a/one.wav", "expected_call": {"name": "order", "arguments": "{"}},
    )
    report = import_manifest(rows, tmp_path / "made")
    assert report.count == 1
    lines = sorted(int(reason.split(":")[1]) for reason in report.skipped)
    assert lines == [2, 3, 4, 5, 6, 7, 8]
    assert load_dataset(tmp_path / "made").dataset.scenarios[0].key == "one"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv(source: Path, tmp_path: Path, delimiter: str) -> None:
    call = '"{""name"": ""order"", ""arguments"": {""drink"": ""tea""}}"'
    header = ["path", "sentence", "locale", "tags", "expected_call"]
    rows = manifest(
        source,
        delimiter.join(header),
        delimiter.join(["a/one.wav", "guten tag", "de", "x y", call]),
        delimiter.join(["b/one.wav", '"two\nlines"', "de", "", ""]),
        name="rows.csv",
    )
    report = import_manifest(rows, tmp_path / "made", name="My set!")
    assert (report.count, report.skipped) == (2, ())
    dataset = load_dataset(tmp_path / "made").dataset
    assert (dataset.name, dataset.manifest.language) == ("My-set", "de")
    assert dataset.scenarios[0].script.tags == ("x", "y")
    say = dataset.scenarios[1].script.turns[0].say
    assert say is not None
    assert say.text == "two\nlines"


def test_arguments_that_look_like_matchers_stay_literal(source: Path, tmp_path: Path) -> None:
    call = {"name": "order", "arguments": {"drink": {"$number": 1}}}
    rows = manifest(source, {"file": "a/one.wav", "expected_call": call})
    import_manifest(rows, tmp_path / "made")
    expect = load_dataset(tmp_path / "made").dataset.scenarios[0].script.turns[0].expect
    assert expect.calls is not None
    assert expect.calls.expected[0].args == {"drink": {"$value": {"$number": 1}}}


def test_a_clip_named_twice_is_copied_once(source: Path, tmp_path: Path) -> None:
    rows = manifest(source, {"file": "a/one.wav"}, {"file": "a/one.wav"})
    import_manifest(rows, tmp_path / "made")
    assert len(list((tmp_path / "made/audio").iterdir())) == 1
    assert len(load_dataset(tmp_path / "made").dataset.scenarios) == 2


def test_the_audio_root_may_be_elsewhere(source: Path, tmp_path: Path) -> None:
    rows = manifest(tmp_path, {"file": "one.wav"})
    assert import_manifest(rows, tmp_path / "made", audio_root=source / "a").count == 1


def test_nothing_is_written_over(source: Path, tmp_path: Path) -> None:
    rows = manifest(source, {"file": "a/one.wav"})
    (tmp_path / "made").mkdir()
    (tmp_path / "made/precious").touch()
    with pytest.raises(InvalidInput) as refused:
        import_manifest(rows, tmp_path / "made")
    assert refused.value.code == "EH131"


@pytest.mark.parametrize(
    ("rows", "code"), [([], "EH130"), ([{"file": "none.wav"}], "EH130"), (["{"], "EH130")]
)
def test_a_manifest_without_any_use(source: Path, tmp_path: Path, rows: Any, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        import_manifest(manifest(source, *rows), tmp_path / "made")
    assert refused.value.code == code
    assert not (tmp_path / "made").exists()


def test_files_that_cannot_be_read(source: Path, tmp_path: Path) -> None:
    for name in ("none.jsonl", "none.csv"):
        with pytest.raises(InvalidInput) as refused:
            import_manifest(source / name, tmp_path / "made")
        assert refused.value.code == "EH101"
    (source / "tools.json").write_text("{}")
    rows = manifest(source, {"file": "a/one.wav"})
    with pytest.raises(InvalidInput) as refused:
        import_manifest(rows, tmp_path / "made", tools=source / "tools.json")
    assert refused.value.code == "EH103"
