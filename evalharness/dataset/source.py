"""Files as data that remembers its place: every problem found in it can name file and line.

YAML is read into a tree once. JSON is read fast, and its places are looked up only when a
problem has to name one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from evalharness.dataset.codes import Fault, Series, code
from evalharness.dataset.yaml_nodes import (
    KeyPath,
    Node,
    NotYaml,
    TextFault,
    parse_yaml,
    walk,
)
from evalharness.errors import Location, Problem

MAX_YAML_BYTES = 8 * 2**20
"""About half a minute of parsing. Larger datasets are written as JSON Lines."""

MAX_JSON_BYTES = 256 * 2**20


class Document:
    """One value read from a file. `data` is plain JSON data; `node` the tree with its places,
    None where the text cannot be read as YAML."""

    def __init__(
        self, file: str, series: Series, data: Any, find: Callable[[], Node | None], line: int = 1
    ) -> None:
        self.file = file
        self.series = series
        self.data = data
        self._find = find
        self.line = line

    @classmethod
    def of_node(cls, node: Node, series: Series) -> Document:
        return cls(node.file, series, node.plain(), lambda: node)

    @cached_property
    def node(self) -> Node | None:
        return self._find()

    @property
    def place(self) -> Place:
        """The whole of it."""
        return Place(self, (), self.data)

    def location(self, path: KeyPath) -> Location:
        """Where the value stands, or the last thing above it that does."""
        if self.node is None:
            return Location(self.file, self.line, 1)
        *_, found = walk(self.node, path)
        return self._shifted(found.file, found.span.line, found.span.column)

    def key_location(self, path: KeyPath) -> Location:
        """Where the key of a value stands; the value's own place for an entry of a list."""
        if self.node is None or not path:
            return self.location(path)
        *_, parent = walk(self.node, path[:-1])
        if isinstance(parent.content, Mapping) and path[-1] in parent.content:
            entry = parent.content[str(path[-1])]
            # A merged tree holds entries of several files.
            return self._shifted(entry.node.file, entry.key.line, entry.key.column)
        return self.location(path)

    def _shifted(self, file: str, line: int, column: int) -> Location:
        return Location(file, line + self.line - 1, column)


@dataclass(frozen=True, slots=True)
class Place:
    """A value inside a document and the way to it. `value` is None where there is none."""

    document: Document
    path: KeyPath
    value: Any

    def at(self, *path: str | int) -> Place:
        """The place further down; it need not exist."""
        value = self.value
        for part in path:
            match value:
                case dict():
                    value = value.get(part)
                case list() if isinstance(part, int) and 0 <= part < len(value):
                    value = value[part]
                case _:
                    value = None
        return Place(self.document, (*self.path, *path), value)

    def entries(self) -> list[Place]:
        """The entries of a list; none of anything else."""
        if not isinstance(self.value, list):
            return []
        return [self.at(index) for index in range(len(self.value))]

    def fields(self) -> list[Place]:
        """The values of an object, each with its key last in its path; none of anything else."""
        return [self.at(key) for key in self.value] if isinstance(self.value, dict) else []

    def has(self, key: str) -> bool:
        return isinstance(self.value, dict) and key in self.value

    @property
    def line(self) -> int:
        """Counts from 1."""
        return self.document.location(self.path).line

    def problem(
        self, number: int, message: str, hint: str = "", *, warning: bool = False, key: bool = False
    ) -> Problem:
        """A problem here; with `key` it points at the key and not at its value."""
        find = self.document.key_location if key else self.document.location
        return Problem(
            code(self.document.series, number), message, hint, find(self.path), warning=warning
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file held, and what is wrong with its text."""

    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()


def read(path: Path, series: Series) -> Reading:
    """Every document of a file: one of YAML or JSON, one a line of JSON Lines. Never raises."""
    suffix = path.suffix.lower()
    limit = MAX_JSON_BYTES if suffix in (".json", ".jsonl") else MAX_YAML_BYTES
    text = _text(path, series, limit)
    if isinstance(text, Problem):
        return Reading(problems=(text,))
    match suffix:
        case ".jsonl":
            return _joined(
                _read_json(line, str(path), series, number)
                for number, line in enumerate(text.split("\n"), 1)
                if line.strip()
            )
        case ".json":
            return _read_json(text, str(path), series)
        case _:
            return _read_yaml(text, str(path), series)


def _text(path: Path, series: Series, limit: int) -> str | Problem:
    """The file's text with its line ends as they are, or why there is none."""
    place = Location(str(path))
    unreadable = code(series, Fault.UNREADABLE)
    try:
        if path.stat().st_size > limit:
            message = f"{path.name} is larger than {limit // 2**20} MiB"
            return Problem(unreadable, message, "split it, or write JSON Lines", place)
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        message = f"{path.name} is not UTF-8 text"
        return Problem(unreadable, message, "save it as UTF-8", Location(str(path), line, 1))
    except OSError as error:
        reason = error.strerror or str(error)
        return Problem(unreadable, f"{path.name} cannot be read: {reason}", "", place)


def _read_yaml(text: str, file: str, series: Series) -> Reading:
    try:
        tree = parse_yaml(text, file)
    except NotYaml as error:
        return Reading(problems=(_problem(error.fault, file, series),))
    problems = tuple(_problem(fault, file, series) for fault in tree.duplicates)
    if tree.root is None:
        return Reading((Document(file, series, None, lambda: None),), problems)
    return Reading((Document.of_node(tree.root, series),), problems)


def _problem(fault: TextFault, file: str, series: Series, line: int = 1) -> Problem:
    number = Fault.DUPLICATE_KEY if fault.duplicate else Fault.SYNTAX
    place = Location(file, fault.line + line - 1, fault.column)
    return Problem(code(series, number), fault.message, fault.hint, place)


def _read_json(text: str, file: str, series: Series, line: int = 1) -> Reading:
    """One JSON value that begins in the given line of its file."""
    repeated: list[str] = []

    def gather(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        gathered = dict(pairs)
        if len(gathered) == len(pairs):
            return gathered
        repeated.append(file)
        return dict(reversed(pairs))  # the first of a key given twice counts, as in YAML

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not a JSON number")

    try:
        data = json.loads(text, object_pairs_hook=gather, parse_constant=refuse)
        json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        fault = TextFault(f"this is not JSON: {error.msg}", "", error.lineno, error.colno)
        return Reading(problems=(_problem(fault, file, series, line),))
    except (ValueError, RecursionError) as error:
        reason = "too deep" if isinstance(error, RecursionError) else str(error)
        fault = TextFault(f"this is not JSON: {reason}", "", 1, 1)
        return Reading(problems=(_problem(fault, file, series, line),))
    document = Document(file, series, data, lambda: _json_node(text, file), line)
    problems = _duplicates(text, file, series, line) if repeated else ()
    return Reading((document,), problems)


def _json_node(text: str, file: str) -> Node | None:
    """JSON is YAML but for rare strings; where those stand, the line alone has to do."""
    try:
        return parse_yaml(text, file).root
    except NotYaml:
        return None


def _duplicates(text: str, file: str, series: Series, line: int) -> tuple[Problem, ...]:
    try:
        faults = parse_yaml(text, file).duplicates
    except NotYaml:
        faults = (TextFault("a key is given twice", "keep one", 1, 1, duplicate=True),)
    return tuple(_problem(fault, file, series, line) for fault in faults)


def _joined(readings: Iterable[Reading]) -> Reading:
    parts = list(readings)
    return Reading(
        tuple(document for part in parts for document in part.documents),
        tuple(problem for part in parts for problem in part.problems),
    )


def reading_order(problem: Problem) -> tuple[str, int, int]:
    """The sort key that puts problems in the order a reader meets them."""
    at = problem.location or Location("")
    return (at.file, at.line, at.column)
