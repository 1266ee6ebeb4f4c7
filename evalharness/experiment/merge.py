"""`extends`: a variant's file laid over the one it names, every value keeping its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from evalharness.dataset.codes import Fault, Series
from evalharness.dataset.source import Document, Place, read
from evalharness.dataset.yaml_nodes import Entry, KeyPath, Node
from evalharness.errors import Problem
from evalharness.experiment.codes import VariantFault
from evalharness.realtime.problems import nearest

OWN_KEYS = ("name", "description", "extends")
"""What a file says of itself alone and nobody inherits."""

NULL_IS_OFF: frozenset[KeyPath] = frozenset({("session", "audio", "input", "turn_detection")})
"""Where null is no absence: without turn_detection the server detects turns, with null it does
not. Such a null is laid over like any value; all others remove what they are laid over."""


@dataclass(frozen=True, slots=True)
class MergedFile:
    """A file with everything it extends, or None and why not."""

    document: Document | None
    problems: tuple[Problem, ...] = ()


def read_merged(path: Path, above: tuple[Path, ...] = ()) -> MergedFile:
    """Read a variant file and, laid under it, what it extends. `above` are the files that led
    here."""
    reading = read(path, Series.VARIANT)
    if not reading.documents:
        return MergedFile(None, reading.problems)
    document = reading.documents[0]
    if document.node is None and document.data is not None:
        problem = document.place.problem(Fault.SYNTAX, f"{path.name} cannot be read", "use YAML")
        return MergedFile(None, (*reading.problems, problem))
    node, extends = document.node, document.place.at("extends")
    if node is None or not isinstance(node.content, Mapping) or extends.value is None:
        return MergedFile(document, reading.problems)
    chain = (*above, path.resolve())
    base_path = _base_path(extends, path, chain)
    if isinstance(base_path, Problem):
        return MergedFile(None, (*reading.problems, base_path))
    base = read_merged(base_path, chain)
    problems = (*reading.problems, *base.problems)
    if base.document is None or base.document.node is None:
        return MergedFile(None, problems)
    merged = lay_over(_inherited(base.document.node), node)
    return MergedFile(Document.of_node(merged, Series.VARIANT), problems)


def _base_path(extends: Place, path: Path, chain: tuple[Path, ...]) -> Path | Problem:
    if not isinstance(extends.value, str):
        return extends.problem(Fault.WRONG_VALUE, "extends must name one file")
    base = path.parent / extends.value
    if base.resolve() in chain:
        ring = " → ".join(file.name for file in (*chain, base.resolve()))
        message = f"files extend each other in a ring: {ring}"
        return extends.problem(VariantFault.EXTENDS_RING, message, "take one extends out")
    if not base.is_file():
        hint = nearest(extends.value, _neighbours(path)) or "the path starts at this file's folder"
        message = f"{extends.value} does not exist"
        return extends.problem(VariantFault.EXTENDS_MISSING, message, hint)
    return base


def _neighbours(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.glob("*.y*ml") if file != path)


def _inherited(base: Node) -> Node:
    if not isinstance(base.content, Mapping):
        return base
    kept = {key: entry for key, entry in base.content.items() if key not in OWN_KEYS}
    return replace(base, content=kept)


def lay_over(base: Node, over: Node, path: KeyPath = ()) -> Node:
    """`over` with everything of `base` that it does not speak of.

    Objects are merged key by key, unless their `type` differs: then the new one stands alone.
    Null removes an inherited key. Lists and scalars are replaced.
    """
    lower, upper = base.content, over.content
    if (
        not isinstance(lower, Mapping)
        or not isinstance(upper, Mapping)
        or _kinds_differ(base, over)
    ):
        return over
    merged: dict[str, Entry] = dict(lower)
    for key, entry in upper.items():
        below, here = merged.get(key), (*path, key)
        if below is None:
            merged[key] = entry
        elif entry.node.content is None and here not in NULL_IS_OFF:
            del merged[key]
        else:
            merged[key] = Entry(entry.key, lay_over(below.node, entry.node, here))
    return replace(over, content=merged)


def _kinds_differ(base: Node, over: Node) -> bool:
    first, second = base.step("type"), over.step("type")
    return first is not None and second is not None and first.content != second.content
