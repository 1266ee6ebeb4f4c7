"""YAML text as a tree that knows the place of every key and value.

YAML 1.2 with nothing magical: `no` is text, dates are text, and so is a number with leading
zeros (0042 is somebody's code). Aliases are allowed, tags and merge keys are not. What a tree
would expand to is counted before anything is expanded, so that a page of aliases costs nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)
from ruamel.yaml.reader import ReaderError

MAX_VALUES = 2_000_000
"""Far beyond any hand-written file; what a bomb of aliases would expand to is beyond it."""

MAX_DEPTH = 100
"""Deeper than a JSON Schema inside a tool inside a session; shallow enough to recurse over."""

_CORE = "tag:yaml.org,2002:"
_TEXT_TAGS = ("!", _CORE + "str")
_CORE_TYPES = ("str", "int", "float", "bool", "null", "map", "seq")

KeyPath = tuple[str | int, ...]
Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands: line and column from 1, offsets in characters of the text."""

    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping: where the key stands, and its value."""

    key: Span
    node: Node


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value and its place. `content` is a scalar, a tuple of nodes or a mapping of entries;
    `size` is the number of values in it and `depth` its levels, with every alias expanded."""

    file: str
    span: Span
    content: Scalar | tuple[Node, ...] | Mapping[str, Entry]
    size: int = 1
    depth: int = 1
    flow: bool = False

    def plain(self) -> Any:
        """The value alone, as JSON knows it; nothing in it is shared."""
        match self.content:
            case tuple() as items:
                return [item.plain() for item in items]
            case Mapping() as entries:
                return {key: entry.node.plain() for key, entry in entries.items()}
            case scalar:
                return scalar

    def step(self, part: str | int) -> Node | None:
        """The child under a key or an index."""
        content = self.content
        if isinstance(content, Mapping):
            entry = content.get(str(part))
            return entry.node if entry else None
        if isinstance(content, tuple) and isinstance(part, int) and 0 <= part < len(content):
            return content[part]
        return None


@dataclass(frozen=True, slots=True)
class TextFault:
    """Something wrong with the text itself. `line` and `column` count from 1."""

    message: str
    hint: str
    line: int
    column: int
    duplicate: bool = False


class NotYaml(Exception):
    """The text cannot be read; `fault` says where and why."""

    def __init__(self, fault: TextFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class YamlTree:
    """`root` is None for a text without any value; `duplicates` are the keys given twice (the
    first one counts)."""

    root: Node | None
    duplicates: tuple[TextFault, ...] = ()


def parse_yaml(text: str, file: str) -> YamlTree:
    """Read one YAML document. Raises NotYaml."""
    builder = _Builder(file)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.feed(event)
    except MarkedYAMLError as error:
        raise NotYaml(_syntax_fault(error)) from error
    except ReaderError as error:
        before = text[: error.position]
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        fault = TextFault("a control character has no place in a text file", "", line, column)
        raise NotYaml(fault) from error
    except YAMLError as error:
        raise NotYaml(TextFault(f"this is not YAML: {error}", "", 1, 1)) from error
    return YamlTree(builder.root, tuple(builder.duplicates))


def _syntax_fault(error: MarkedYAMLError) -> TextFault:
    mark = error.problem_mark or error.context_mark
    problem = error.problem or error.context or "this is not YAML"
    hint = ""
    if "\\t" in problem:
        hint = "indent with spaces, not tabs"
    elif "mapping values" in problem:
        hint = "put text that holds a colon in quotes, or check the indentation"
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return TextFault(f"this is not YAML: {problem}", hint, line, column)


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been seen."""

    start: StringMark
    anchor: str | None
    flow: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] | None = None
    key: Node | None = None


class _Builder:
    """Turns parse events into nodes, with a stack of its own instead of recursion."""

    def __init__(self, file: str) -> None:
        self.root: Node | None = None
        self.duplicates: list[TextFault] = []
        self._file = file
        self._stack: list[_Open] = []
        self._anchors: dict[str, Node] = {}

    def feed(self, event: Event) -> None:
        if isinstance(event, ScalarEvent | CollectionStartEvent):
            _check_tag(event)
        match event:
            case ScalarEvent():
                self._add(self._scalar(event), event.anchor)
            case CollectionStartEvent():
                self._push(event)
            case MappingEndEvent() | SequenceEndEvent():
                done = self._stack.pop()
                self._add(self._collection(done, event.end_mark), done.anchor)
            case AliasEvent():
                self._add(self._aliased(event), None)
            case DocumentStartEvent() if self.root is not None:
                raise _refused("a second document begins here", event, "keep one in each file")
            case _:
                pass

    def _push(self, event: CollectionStartEvent) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise NotYaml(_too_deep(event.start_mark.line + 1, event.start_mark.column + 1))
        opened = _Open(event.start_mark, event.anchor, bool(event.flow_style))
        if isinstance(event, MappingStartEvent):
            opened.entries = {}
        self._stack.append(opened)

    def _collection(self, done: _Open, end: StringMark) -> Node:
        span = _span(done.start, end)
        inside = done.items or [entry.node for entry in (done.entries or {}).values()]
        content = tuple(done.items) if done.entries is None else done.entries
        size = 1 + sum(node.size for node in inside)
        depth = 1 + max((node.depth for node in inside), default=0)
        return Node(self._file, span, content, size, depth, done.flow)

    def _aliased(self, event: AliasEvent) -> Node:
        node = self._anchors.get(str(event.anchor))
        if node is None:
            raise _refused(f"*{event.anchor} names nothing that stands above it", event)
        return node

    def _scalar(self, event: ScalarEvent) -> Node:
        # A plain scalar is read for what it looks like, one with a tag for what its tag says.
        plain = event.implicit[0] if event.tag is None else event.tag not in _TEXT_TAGS
        value: Scalar = _resolved(event.value) if plain else event.value
        if isinstance(value, str):
            value = _whole_characters(value, event)
        return Node(self._file, _span(event.start_mark, event.end_mark), value)

    def _add(self, node: Node, anchor: str | None) -> None:
        if node.size > MAX_VALUES:
            raise NotYaml(_too_large(node.span))
        if node.depth > MAX_DEPTH:
            raise NotYaml(_too_deep(node.span.line, node.span.column))
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        if parent.entries is None:
            parent.items.append(node)
        elif parent.key is None:
            parent.key = node
        else:
            self._put(parent.entries, parent.key, node)
            parent.key = None

    def _put(self, entries: dict[str, Entry], key: Node, node: Node) -> None:
        name = _key_text(key)
        if name in entries:
            first = entries[name].key
            message = f"{name} is given twice"
            hint = f"the first is in line {first.line}; keep one"
            self.duplicates.append(
                TextFault(message, hint, key.span.line, key.span.column, duplicate=True)
            )
        else:
            entries[name] = Entry(key.span, _placed(node, key.span))


def _placed(node: Node, key: Span) -> Node:
    """A value that is not written at all stands where its key does, not at what comes next."""
    if node.span.start < node.span.end or node.content is not None:
        return node
    return replace(node, span=Span(key.line, key.column, key.end, key.end))


def _check_tag(event: ScalarEvent | CollectionStartEvent) -> None:
    tag = event.tag
    if tag is not None and tag != "!" and tag.removeprefix(_CORE) not in _CORE_TYPES:
        raise _refused(f"the tag {tag} means nothing here", event, "take it out")


def _key_text(key: Node) -> str:
    match key.content:
        case "<<":
            fault = TextFault(
                "YAML 1.2 has no merge keys (<<)",
                "repeat the keys, or name the whole value with an alias",
                key.span.line,
                key.span.column,
            )
            raise NotYaml(fault)
        case bool() as value:
            return str(value).lower()
        case str() | int() | float() as value:
            return str(value)
        case None:
            return "null"
        case _:
            message = "a key must be text, not a list or an object"
            raise NotYaml(TextFault(message, "", key.span.line, key.span.column))


def _too_large(span: Span) -> TextFault:
    message = f"more than {MAX_VALUES:,} values once its aliases are expanded"
    return TextFault(message, "write less of it, or JSON Lines", span.line, span.column)


def _too_deep(line: int, column: int) -> TextFault:
    return TextFault(f"more than {MAX_DEPTH} levels inside each other", "", line, column)


def _span(start: StringMark, end: StringMark) -> Span:
    return Span(start.line + 1, start.column + 1, start.index, end.index)


def _refused(message: str, event: Event, hint: str = "") -> NotYaml:
    mark = event.start_mark
    return NotYaml(TextFault(message, hint, mark.line + 1, mark.column + 1))


# YAML 1.2.2 section 10.3.2, the core schema, less what would surprise: leading zeros and the
# numbers JSON does not know (.inf, .nan) stay text.
_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,99})")
_BASED = re.compile(r"0o[0-7]{1,99}|0x[0-9a-fA-F]{1,99}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def _resolved(text: str) -> Scalar:
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text[0] in "tT"
    if _INT.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, base=0)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text


_SURROGATE = re.compile("[\ud800-\udfff]")


def _whole_characters(text: str, event: Event) -> str:
    r"""JSON writes some characters as two escapes (\ud83d\ude00); half of one is no text."""
    if not _SURROGATE.search(text):
        return text
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise _refused("half of a surrogate pair is not a character", event) from None


def walk(node: Node, path: KeyPath) -> Iterator[Node]:
    """The nodes along a path, from `node` itself down to the last that exists."""
    current: Node | None = node
    yield node
    for part in path:
        current = current.step(part) if current is not None else None
        if current is None:
            return
        yield current
