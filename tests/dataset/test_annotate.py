"""Speech spans written into files: measured right, and nothing else touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalharness.dataset.annotate import annotate
from evalharness.dataset.load import load_dataset
from evalharness.errors import InvalidInput

LAYOUT = """\
# All of this stays as it is.
- id: block        # a comment
  turns:
    - say:
        audio: audio/order.wav   # the clip

        text: 'quoted   text'
    - say: {text: "flow", audio: audio/order.wav}    # after

-   id: "json like"
    turns: [{"say": {"audio": "audio/order.wav", "text": "x"}}]
""".replace("json like", "json-like")

WRITTEN = LAYOUT.replace(
    "audio: audio/order.wav   # the clip\n",
    "audio: audio/order.wav   # the clip\n        speech_ms: [[200, 600]]\n",
)
WRITTEN = WRITTEN.replace(
    "audio: audio/order.wav}    # after",
    "audio: audio/order.wav, speech_ms: [[200, 600]]}    # after",
)
WRITTEN = WRITTEN.replace(
    '"audio": "audio/order.wav", "text"',
    '"audio": "audio/order.wav", "speech_ms": [[200, 600]], "text"',
)


def test_spans_are_put_in_and_every_other_character_stays(folder: Path, write: Any) -> None:
    path = write("scenarios.yaml", LAYOUT)
    report = annotate(folder)
    assert path.read_text() == WRITTEN
    assert (report.annotated, report.kept, report.silent) == (3, 0, ())
    assert report.files == (path,)
    scripts = [scenario.script for scenario in load_dataset(folder).dataset.scenarios]
    spans = [turn.say.speech_ms for script in scripts for turn in script.turns if turn.say]
    assert spans == [((200, 600),)] * 3


def test_measured_clips_are_kept_and_the_file_left_alone(folder: Path, write: Any) -> None:
    path = write("scenarios.yaml", LAYOUT)
    annotate(folder)
    before = path.stat()
    report = annotate(folder)
    assert (report.annotated, report.kept, report.files) == (0, 3, ())
    assert path.stat().st_ino == before.st_ino


@pytest.mark.parametrize(
    "old",
    [
        "{audio: audio/order.wav, speech_ms: [[1, 2], [3, 4]], text: x}",
        "{speech_ms: null, audio: audio/order.wav}",
        "{speech_ms: , audio: audio/order.wav}",
        """
        audio: audio/order.wav
        speech_ms:
          - [1, 2]
          - - 3
            - 4
        text: x""",
        """
        speech_ms:   # measured by hand
        - [1, 2]
        audio: audio/order.wav""",
        """
        speech_ms:
        audio: audio/order.wav""",
    ],
)
def test_overwriting_replaces_only_the_old_spans(folder: Path, old: str) -> None:
    (folder / "scenarios.yaml").write_text(f"- id: a\n  turns:\n    - say: {old}\n    - text: b\n")
    annotate(folder, overwrite=True)
    script = load_dataset(folder).dataset.scenarios[0].script
    assert script.turns[0].say is not None
    assert script.turns[0].say.speech_ms == ((200, 600),)
    assert script.turns[1].text == "b"


def test_json_lines_and_windows_line_ends(folder: Path) -> None:
    (folder / "scenarios.yaml").unlink()
    path = folder / "scenarios.jsonl"
    path.write_bytes(
        b'{"id": "a", "turns": [{"text": "hi"}]}\r\n\r\n'
        b'{"id": "b", "turns": [{"say": {"audio": "audio/order.wav"}}, '
        b'{"say": {"text": "x", "audio": "audio/order.wav"}}]}\r\n'
    )
    annotate(folder)
    assert path.read_bytes() == (
        b'{"id": "a", "turns": [{"text": "hi"}]}\r\n\r\n'
        b'{"id": "b", "turns": [{"say": {"audio": "audio/order.wav", "speech_ms": [[200, 600]]}}, '
        b'{"say": {"text": "x", "audio": "audio/order.wav", "speech_ms": [[200, 600]]}}]}\r\n'
    )


def test_block_style_with_windows_line_ends(folder: Path) -> None:
    path = folder / "scenarios.yaml"
    path.write_bytes(b"- id: a\r\n  turns:\r\n    - say:\r\n        audio: audio/order.wav\r\n")
    annotate(folder)
    assert path.read_bytes().endswith(
        b"        audio: audio/order.wav\r\n        speech_ms: [[200, 600]]\r\n"
    )


def test_a_clip_without_speech_is_marked_as_such(folder: Path, write: Any, clip: Any) -> None:
    clip(folder / "audio/quiet.wav", loud_ms=0)
    path = write("scenarios.yaml", "- {id: a, turns: [{say: {audio: audio/quiet.wav}}]}\n")
    report = annotate(folder)
    assert (report.annotated, report.silent) == (0, ("audio/quiet.wav",))
    assert "speech_ms: []" in path.read_text()
    assert load_dataset(folder).warnings == ()


def test_a_say_that_an_alias_repeats_is_written_once(folder: Path, write: Any) -> None:
    path = write(
        "scenarios.yaml",
        """\
        - {id: a, turns: [{say: &one {audio: audio/order.wav}}]}
        - {id: b, turns: [{say: *one}]}
        """,
    )
    annotate(folder)
    assert path.read_text().count("speech_ms") == 1
    assert load_dataset(folder).warnings == ()


def test_nothing_is_written_when_any_clip_is_faulty(folder: Path, write: Any) -> None:
    (folder / "scenarios.yaml").unlink()
    good = write("scenarios/a.yaml", "- {id: a, turns: [{say: {audio: audio/order.wav}}]}\n")
    write("scenarios/b.yaml", "- {id: b, turns: [{say: {audio: audio/none.wav}}]}\n")
    before = good.read_text()
    with pytest.raises(InvalidInput) as refused:
        annotate(folder)
    assert refused.value.code == "EH114"
    assert good.read_text() == before
    assert sorted(file.name for file in good.parent.iterdir()) == ["a.yaml", "b.yaml"]


def test_a_layout_that_cannot_be_edited_is_refused_and_left(folder: Path, write: Any) -> None:
    text = "- id: a\n  turns:\n    - say:\n        ? audio\n        : audio/order.wav\n"
    path = write("scenarios.yaml", text)
    with pytest.raises(InvalidInput) as refused:
        annotate(folder)
    assert refused.value.code == "EH102"
    assert path.read_text() == text


def test_a_file_keeps_its_permissions(folder: Path) -> None:
    path = folder / "scenarios.yaml"
    path.chmod(0o640)
    annotate(folder, overwrite=True)
    assert path.stat().st_mode & 0o777 == 0o640
    assert not list(folder.glob(".scenarios*"))
