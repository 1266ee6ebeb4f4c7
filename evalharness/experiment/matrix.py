"""`matrix`: one variant for each combination of the values of some settings."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from evalharness.dataset.codes import Fault
from evalharness.dataset.source import Place
from evalharness.dataset.yaml_nodes import Entry, Node
from evalharness.errors import Problem
from evalharness.experiment.codes import VariantFault
from evalharness.experiment.merge import OWN_KEYS

MAX_VARIANTS = 256
"""Each of them is a run; more is a mistake, or a job for several files."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One setting: the way to it, its short name, its values and what they are called."""

    path: tuple[str, ...]
    label: str
    values: tuple[Node, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Combination:
    """A variant's file with the matrix resolved. `suffix` is `[silence_duration_ms=200]`, or
    nothing for a file without a matrix."""

    node: Node
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Expansion:
    """All combinations in the order of their values, the last setting changing fastest. With
    problems it is the file without its matrix, so that what else is wrong with it is found."""

    combinations: tuple[Combination, ...]
    problems: tuple[Problem, ...] = ()


def expand(file: Place, node: Node) -> Expansion:
    """The combinations of a variant's file; the file itself when it has no matrix."""
    matrix = file.at("matrix")
    if matrix.value is None:
        return Expansion((Combination(node),))
    problems = tuple(_problems(matrix))
    bare = _without_matrix(node)
    if problems:
        return Expansion((Combination(bare),), problems)
    axes = _axes(node.step("matrix"))
    combinations = []
    for values in itertools.product(*(range(len(axis.values)) for axis in axes)):
        chosen = list(zip(axes, values, strict=True))
        resolved: Node | None = bare
        for axis, index in chosen:
            resolved = _with(resolved, axis.path, axis.values[index]) if resolved else None
            if resolved is None:
                message = f"{'.'.join(axis.path)} leads through a value that is no object"
                at = matrix.at(".".join(axis.path))
                fault = at.problem(VariantFault.MATRIX, message, key=True)
                return Expansion((Combination(bare),), (fault,))
        suffix = ",".join(f"{axis.label}={axis.names[index]}" for axis, index in chosen)
        combinations.append(Combination(resolved or bare, f"[{suffix}]"))
    return Expansion(tuple(combinations))


def _problems(matrix: Place) -> Iterator[Problem]:
    if not isinstance(matrix.value, dict) or not matrix.value:
        message = "matrix must be an object of settings, each with a list of values"
        hint = "such as {session.audio.output.speed: [1, 1.2]}"
        yield matrix.problem(Fault.WRONG_VALUE, message, hint)
        return
    for axis in matrix.fields():
        name = str(axis.path[-1])
        if not isinstance(axis.value, list) or not axis.value:
            message = f"{name} needs a list of values"
            yield axis.problem(VariantFault.MATRIX, message, "such as [200, 500]")
        first = name.split(".", maxsplit=1)[0]
        if first in (*OWN_KEYS, "format", "matrix") or not all(name.split(".")):
            message = f"{name} cannot vary"
            hint = "name a setting by its path, such as session.audio.output.speed"
            yield axis.problem(VariantFault.MATRIX, message, hint, key=True)
    size = math.prod(len(axis.value) for axis in matrix.fields() if isinstance(axis.value, list))
    if size > MAX_VARIANTS:
        message = f"the matrix makes {size} variants; {MAX_VARIANTS} are allowed"
        hint = "take values out, or vary fewer settings at once"
        yield matrix.problem(VariantFault.MATRIX_TOO_LARGE, message, hint, key=True)


def _axes(matrix: Node | None) -> list[Axis]:
    entries = matrix.content if matrix is not None else None
    if not isinstance(entries, Mapping):
        return []
    paths = [tuple(name.split(".")) for name in entries]
    axes = []
    for path, entry in zip(paths, entries.values(), strict=True):
        values = entry.node.content
        assert isinstance(values, tuple)
        axes.append(Axis(path, _label(path, paths), values, tuple(_value_names(values))))
    return axes


def _label(path: Sequence[str], paths: Sequence[Sequence[str]]) -> str:
    """The shortest end of a path that no other path of the matrix has."""
    for length in range(1, len(path)):
        end = path[-length:]
        if sum(other[-length:] == end for other in paths) == 1:
            return ".".join(end)
    return ".".join(path)


def _value_names(values: Sequence[Node]) -> list[str]:
    """Short values as they are; all of them by number where one is long or two look alike."""
    names = [_value_name(value) for value in values]
    if len(set(names)) == len(names) and all(re.fullmatch(r"[\w.+-]{1,24}", n) for n in names):
        return names
    return [str(number) for number in range(1, len(values) + 1)]


def _value_name(value: Node) -> str:
    kind = value.step("type")
    content = kind.content if kind is not None else value.content
    if isinstance(content, str):
        return content
    return json.dumps((kind or value).plain())


def _without_matrix(node: Node) -> Node:
    assert isinstance(node.content, Mapping)
    kept = {key: entry for key, entry in node.content.items() if key != "matrix"}
    return replace(node, content=kept)


def _with(node: Node, path: Sequence[str], value: Node) -> Node | None:
    """`node` with `value` at `path`, objects made on the way; None when something else is in the
    way."""
    if not path:
        return value
    entries = node.content
    if entries is None:
        entries = {}
    if not isinstance(entries, Mapping):
        return None
    below = entries.get(path[0])
    child = below.node if below else replace(value, content={}, size=1, depth=1)
    put = _with(child, path[1:], value)
    if put is None:
        return None
    key = below.key if below and path[1:] else value.span
    return replace(node, content={**entries, path[0]: Entry(key, put)})
