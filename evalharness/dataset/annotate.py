"""Where speech starts and ends in each clip, measured once and written back into the files.

The files are edited, not dumped: every comment, quote and blank line stays. Only the text of
`speech_ms` is put in or replaced, at the place the tree names.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalharness.audio.activity import speech_spans
from evalharness.audio.files import AudioUnreadable, read_audio
from evalharness.dataset.clips import Clip, Clips
from evalharness.dataset.codes import DatasetFault, Fault, Series, code
from evalharness.dataset.files import find_files, replace_file, scenario_places
from evalharness.dataset.source import Document, Place, Reading, read
from evalharness.dataset.yaml_nodes import Entry, Node, walk
from evalharness.errors import InvalidInput, Location, Problem

SPEECH = "speech_ms"

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class AnnotateReport:
    """How many clip references were marked and how many kept what they had; `silent` names the
    clips in which no speech was found (their `speech_ms` is the empty list)."""

    annotated: int
    kept: int
    silent: tuple[str, ...]
    files: tuple[Path, ...]


def annotate(path: Path, *, overwrite: bool = False) -> AnnotateReport:
    """Measure the clips of a dataset and write `speech_ms` into its scenario files.

    Spans that are there already stay, unless `overwrite`. Nothing is written when any file or
    clip has a problem. Raises InvalidInput.
    """
    files = find_files(path)
    annotator = _Annotator(Clips(files.root), overwrite=overwrite)
    texts = {file: annotator.edited(file) for file in files.scenarios}
    if annotator.problems:
        raise InvalidInput(annotator.problems)
    changed = {file: text for file, text in texts.items() if text is not None}
    for file, text in changed.items():
        replace_file(file, text)
    return AnnotateReport(
        annotator.annotated, annotator.kept, tuple(annotator.silent), tuple(changed)
    )


@dataclass(frozen=True, slots=True)
class _Edit:
    """Characters `start` to `end` of a text become `text`."""

    start: int
    end: int
    text: str


class _Annotator:
    """Measures clips, each once, and makes the edited texts."""

    def __init__(self, clips: Clips, *, overwrite: bool) -> None:
        self._clips = clips
        self._overwrite = overwrite
        self._measured: dict[str, Spans] = {}
        self.problems: list[Problem] = []
        self.annotated = 0
        self.kept = 0
        self.silent: list[str] = []

    def edited(self, file: Path) -> str | None:
        """The file's text with its spans; None when nothing in it changes."""
        reading = read(file, Series.DATASET)
        self.problems += reading.problems
        if reading.problems:
            return None
        text = file.read_bytes().decode("utf-8-sig")
        lines = _line_starts(text) if file.suffix == ".jsonl" else [0, len(text)]
        edits: dict[int, _Edit] = {}
        for document in reading.documents:
            start, end = lines[document.line - 1], lines[document.line]
            for say in _says(document):
                for edit in self._edits(say, text[start:end]):
                    moved = _Edit(edit.start + start, edit.end + start, edit.text)
                    edits[moved.start] = moved  # a say that an alias repeats is edited once
        if not edits:
            return None
        changed = _applied(text, edits)
        self._verify(file, reading, changed)
        return changed

    def _edits(self, say: Place, text: str) -> Iterator[_Edit]:
        audio = say.at("audio")
        if not isinstance(audio.value, str):
            return
        if say.at(SPEECH).value is not None and not self._overwrite:
            self.kept += 1
            return
        spans = self._spans(audio)
        if spans is None:
            return
        self.annotated += bool(spans)
        edit = _edit(say, spans, text)
        if edit is None:
            message = f"{SPEECH} cannot be written here"
            hint = "write audio and its file in one line"
            self.problems.append(audio.problem(Fault.SYNTAX, message, hint))
        else:
            yield edit

    def _spans(self, audio: Place) -> Spans | None:
        name = str(audio.value)
        if name not in self._measured:
            clip = self._clips.look_up(audio)
            if isinstance(clip, Problem):
                self.problems.append(clip)
            if not isinstance(clip, Clip):
                return None
            try:
                self._measured[name] = speech_spans(read_audio(clip.path))
            except AudioUnreadable as error:
                self.problems.append(audio.problem(DatasetFault.AUDIO_UNREADABLE, str(error)))
                return None
            if not self._measured[name]:
                self.silent.append(name)
        return self._measured[name]

    def _verify(self, file: Path, before: Reading, text: str) -> None:
        """The edited text must hold what the old one did, and the spans: else nothing is kept."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / file.name
            copy.write_bytes(text.encode())
            after = read(copy, Series.DATASET)
        old = [_without_spans(document.data) for document in before.documents]
        if after.problems or [_without_spans(d.data) for d in after.documents] != old:
            number = code(Series.DATASET, Fault.SYNTAX)
            message = f"{file.name} is laid out in a way {SPEECH} cannot be written into"
            hint = "write each say as {audio: ..., text: ...}"
            self.problems.append(Problem(number, message, hint, Location(str(file))))


def _says(document: Document) -> Iterator[Place]:
    for scenario in scenario_places(document):
        for turn in scenario.at("turns").entries():
            say = turn.at("say")
            if isinstance(say.value, dict):
                yield say


def _edit(say: Place, spans: Spans, text: str) -> _Edit | None:
    """How the spans get into the text of a say: over the old ones, or after the audio's name."""
    root = say.document.node
    node = [*walk(root, say.path)][-1] if root is not None else None
    if node is None or not isinstance(node.content, Mapping) or "audio" not in node.content:
        return None
    value = json.dumps([list(span) for span in spans])
    old = node.content.get(SPEECH)
    if old is not None:
        return _over(old, value, text)
    audio = node.content["audio"]
    if node.flow:
        quote = '"' if text[audio.key.start] == '"' else ""
        end = audio.node.span.end
        return _Edit(end, end, f", {quote}{SPEECH}{quote}: {value}")
    return _line_after(audio, value, text)


def _over(old: Entry, value: str, text: str) -> _Edit:
    """The old value's text replaced, or written behind the colon where there was none. A list in
    block style may stand no further in than its key; the new one may not."""
    span, key = old.node.span, old.key
    if span.start == span.end:
        behind = text.index(":", key.end) + 1
        return _Edit(behind, behind, f" {value}")
    lead = "  " if span.line > key.line and span.column <= key.column else ""
    return _Edit(span.start, _last_character(old.node), lead + value)


def _line_after(audio: Entry, value: str, text: str) -> _Edit:
    """A line of its own under the audio's, as far in as that; its comment stays with it."""
    end = text.find("\n", audio.node.span.end)
    end = len(text) if end < 0 else end
    newline = "\r\n" if text[:end].endswith("\r") else "\n"
    end -= len(newline) - 1
    indent = " " * (audio.key.column - 1)
    return _Edit(end, end, f"{newline}{indent}{SPEECH}: {value}")


def _last_character(node: Node) -> int:
    """Where a value's text ends. A list in block style has no end mark of its own."""
    if isinstance(node.content, tuple) and node.content and not node.flow:
        return max(_last_character(item) for item in node.content)
    return node.span.end


def _applied(text: str, edits: Mapping[int, _Edit]) -> str:
    for start in sorted(edits, reverse=True):
        edit = edits[start]
        text = text[:start] + edit.text + text[edit.end :]
    return text


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _without_spans(data: Any) -> Any:
    match data:
        case dict():
            return {key: _without_spans(value) for key, value in data.items() if key != SPEECH}
        case list():
            return [_without_spans(value) for value in data]
        case _:
            return data
