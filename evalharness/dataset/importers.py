"""Manifests of other makes become a dataset folder, audio and all.

A manifest is JSON Lines or CSV, one clip a row: audio (or file), text, and optionally id,
speaker, lang, tags, licence and expected_call {name, arguments}.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalharness.audio.files import AudioUnreadable, audio_info
from evalharness.dataset.codes import DatasetFault, Fault, Series, code
from evalharness.dataset.source import read
from evalharness.dataset.write import write_dataset
from evalharness.errors import InvalidInput, Location, Problem

# The first column that is there counts.
AUDIO_COLUMNS = ("audio", "file", "path", "audio_filepath", "wav")
TEXT_COLUMNS = ("text", "transcript", "sentence")
LANGUAGE_COLUMNS = ("lang", "language", "locale")
LICENCE_COLUMNS = ("licence", "license")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many scenarios were made; `skipped` says of each row left out where and why."""

    count: int
    skipped: tuple[str, ...]
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a manifest."""

    line: int
    data: Mapping[str, Any]

    def first(self, columns: Sequence[str]) -> str | None:
        """The first of these columns that holds text."""
        for column in columns:
            value = self.data.get(column)
            if isinstance(value, str) and value.strip():
                return value.strip()
        return None


class RowFault(Exception):
    """Why a row cannot become a scenario."""


def import_manifest(
    manifest: Path,
    into: Path,
    *,
    audio_root: Path | None = None,
    tools: Path | None = None,
    name: str | None = None,
) -> ImportReport:
    """Make a dataset in the new folder `into`, one scenario for each row of `manifest`.

    Audio is looked for from `audio_root` (the manifest's own folder when None) and copied. Rows
    that cannot be used are left out and reported. `tools` is a JSON list. Raises InvalidInput
    when nothing could be made.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        message = f"{into} exists and is not empty"
        raise _refused(DatasetFault.IMPORT_TARGET, message, "choose a new folder", into)
    offered = _tools(tools)
    skipped: list[str] = []
    rows = list(_rows(manifest, skipped))
    builder = _Builder(into, audio_root or manifest.parent)
    for row in rows:
        try:
            builder.add(row)
        except RowFault as fault:
            skipped.append(f"{manifest.name}:{row.line}: {fault}")
    if not builder.scenarios:
        message = f"no row of {manifest.name} can be used"
        raise _refused(DatasetFault.IMPORT_ROW, message, "; ".join(skipped[:3]), manifest)
    written = builder.write(_dataset_name(name or into.name), offered)
    return ImportReport(len(builder.scenarios), tuple(skipped), tuple(written))


class _Builder:
    """Turns rows into scenarios and copies their audio."""

    def __init__(self, into: Path, audio_root: Path) -> None:
        self._audio = into / "audio"
        self._into = into
        self._root = audio_root
        self._copies: dict[Path, str] = {}
        self._ids: set[str] = set()
        self._languages: Counter[str] = Counter()
        self._licences: dict[str, None] = {}
        self.scenarios: list[dict[str, Any]] = []

    def add(self, row: Row) -> None:
        """Raises RowFault."""
        reference = row.first(AUDIO_COLUMNS)
        if reference is None:
            raise RowFault(f"no audio (one of {', '.join(AUDIO_COLUMNS)})")
        expect = _expectations(row.data.get("expected_call"))
        say: dict[str, Any] = {"audio": self._copied(self._root / reference)}
        text = row.first(TEXT_COLUMNS)
        if text is not None:
            say["text"] = _literal(text)
        scenario: dict[str, Any] = {"id": self._new_id(row, reference)}
        scenario |= {"tags": tags} if (tags := _tags(row.data.get("tags"))) else {}
        scenario |= {"speaker": speaker} if (speaker := row.first(("speaker",))) else {}
        scenario["turns"] = [{"say": say, **({"expect": expect} if expect else {})}]
        self.scenarios.append(scenario)
        self._languages[row.first(LANGUAGE_COLUMNS) or "en"] += 1
        if licence := row.first(LICENCE_COLUMNS):
            self._licences[licence] = None

    def write(self, name: str, tools: Sequence[Any]) -> Sequence[Path]:
        manifest: dict[str, Any] = {"format": 1, "name": name}
        manifest["language"] = self._languages.most_common(1)[0][0]
        if self._licences:
            manifest["licence"] = "; ".join(self._licences)
        if tools:
            manifest["tools"] = list(tools)
        return write_dataset(self._into, manifest, self.scenarios)

    def _copied(self, source: Path) -> str:
        """Copy a clip once; its name within the dataset. Raises RowFault."""
        if source in self._copies:
            return self._copies[source]
        try:
            if not audio_info(source).frames:
                raise RowFault(f"{source.name} holds no sound")
        except AudioUnreadable as error:
            raise RowFault(str(error)) from error
        stem, suffix = _slug(source.stem), source.suffix.lower()
        taken = set(self._copies.values())
        name = next(name for name in _numbered(f"audio/{stem}", suffix) if name not in taken)
        self._audio.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, self._into / name)
        self._copies[source] = name
        return name

    def _new_id(self, row: Row, reference: str) -> str:
        given = row.data.get("id")
        wanted = _slug(str(given) if given not in (None, "") else Path(reference).stem)
        unused = next(name for name in _numbered(wanted) if name not in self._ids)
        self._ids.add(unused)
        return unused


def _rows(manifest: Path, skipped: list[str]) -> Iterator[Row]:
    if manifest.suffix.lower() in (".csv", ".tsv"):
        yield from _csv_rows(manifest)
        return
    reading = read(manifest, Series.DATASET)
    unreadable = code(Series.DATASET, Fault.UNREADABLE)
    for problem in reading.problems:
        if problem.code == unreadable:
            raise InvalidInput([problem])
        line = problem.location.line if problem.location else 0
        skipped.append(f"{manifest.name}:{line}: {problem.message}")
    for document in reading.documents:
        # A JSON or YAML manifest is one list of rows.
        for place in document.place.entries() or [document.place]:
            if isinstance(place.value, dict):
                yield Row(place.line, place.value)
            else:
                skipped.append(f"{manifest.name}:{place.line}: a row must be an object")


def _csv_rows(manifest: Path) -> Iterator[Row]:
    try:
        text = manifest.read_bytes().decode("utf-8-sig")
        header = text.partition("\n")[0]
        delimiter = max("\t,;", key=header.count)
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        for cells in reader:
            yield Row(reader.line_num, {k: v for k, v in cells.items() if k is not None})
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"{manifest.name} cannot be read: {error}"
        raise _refused(Fault.UNREADABLE, message, "save it as UTF-8 CSV", manifest) from error


def _tools(path: Path | None) -> Sequence[Any]:
    if path is None:
        return ()
    reading = read(path, Series.DATASET)
    if reading.problems:
        raise InvalidInput(reading.problems)
    value = reading.documents[0].data if reading.documents else None
    if not (isinstance(value, list) and all(isinstance(tool, dict) for tool in value)):
        hint = 'such as [{"type": "function", "name": "order", "parameters": {...}}]'
        raise _refused(Fault.WRONG_VALUE, f"{path.name} must hold a list of tools", hint, path)
    return value


def _expectations(given: Any) -> dict[str, Any] | None:
    """`expected_call` as expectations; None for a row without one. Raises RowFault."""
    call = _from_json(given, "expected_call") if isinstance(given, str) else given
    if call is None:
        return None
    if not (isinstance(call, dict) and isinstance(call.get("name"), str)):
        raise RowFault("expected_call must be {name, arguments}")
    arguments = call.get("arguments") or {}
    if isinstance(arguments, str):
        arguments = _from_json(arguments, "the arguments of expected_call")
    if not isinstance(arguments, dict):
        raise RowFault("the arguments of expected_call must be an object")
    # A literal object whose keys look like a matcher's has to be wrapped.
    args = {
        name: {"$value": value} if _like_matcher(value) else value
        for name, value in arguments.items()
    }
    return {"calls": {"expected": [{"name": call["name"], "args": args}]}}


def _from_json(text: str, what: str) -> Any:
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise RowFault(f"{what} is not JSON: {error}") from error


def _like_matcher(value: Any) -> bool:
    return isinstance(value, dict) and any(str(key).startswith("$") for key in value)


def _tags(given: Any) -> list[str]:
    if isinstance(given, list):
        return [str(tag) for tag in given]
    return [tag for tag in re.split(r"[,;\s]+", given) if tag] if isinstance(given, str) else []


def _literal(text: str) -> str:
    """Braces would begin alternatives ({bye/goodbye}); here they are only braces."""
    return re.sub(r"([{}])", r"\\\1", text)


def _slug(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text).strip("-.") or "clip"


def _numbered(stem: str, suffix: str = "") -> Iterator[str]:
    """`stem`, `stem-2`, `stem-3` and so on."""
    yield stem + suffix
    number = 2
    while True:
        yield f"{stem}-{number}{suffix}"
        number += 1


def _dataset_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-._") or "imported"


def _refused(number: int, message: str, hint: str, path: Path) -> InvalidInput:
    place = Location(str(path))
    return InvalidInput([Problem(code(Series.DATASET, number), message, hint, place)])
