"""The layers of the house, proved from the source.

Imports point down, rooms on one line do not know each other, modules form no ring, and outside
packages stay with the rooms that own them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "evalharness"

LAYERS: tuple[tuple[str, ...], ...] = (
    ("cli",),
    ("runner", "report"),
    ("store",),
    ("session", "server", "stats"),
    ("experiment", "scoring", "transport"),
    ("recording", "dataset"),
    ("realtime", "audio"),
    ("errors", "clock", "children"),
)
"""From the top down. `evalharness/__init__.py` and `__main__.py` stand above them."""

OWNERS = {
    "asyncio": {"transport", "server", "runner", "cli"},
    "websockets": {"transport", "server"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "sqlite3": {"store"},
    "click": {"cli"},
    "dotenv": {"cli"},
    "rich": {"cli", "report"},
    "jiwer": {"scoring"},
    "ruamel": {"dataset"},
    "numpy": {"audio", "stats", "scoring", "server"},
    "soundfile": {"audio"},
    "soxr": {"audio", "server"},
    "jsonschema": {"dataset"},
    "regex": {"dataset", "scoring", "server"},
    "whisper_normalizer": {"dataset"},
    "pydantic": {"realtime", "dataset", "experiment", "server"},
    "pocketsphinx": {"server"},
    "webrtcvad": {"server"},
    "espeakng_loader": {"server"},
}


@dataclass(frozen=True)
class Import:
    """`target` is a module's dotted name; `line` where it is imported, anywhere in the file."""

    source: str
    target: str
    line: int


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = path
    return found


MODULES = modules()


@cache
def imports() -> tuple[Import, ...]:
    return tuple(one for name, path in MODULES.items() for one in imports_of(name, path))


def imports_of(name: str, path: Path) -> Iterator[Import]:
    """Every import of a file: at the top, in functions, under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(name, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            base = node.module or ""
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield Import(name, inner if inner in MODULES else base, node.lineno)


def room(module: str) -> str | None:
    """The room of one of our modules; None for the package itself and for others'."""
    parts = module.split(".")
    if parts[0] != "evalharness" or len(parts) < 2 or parts[1] == "__main__":
        return None
    return parts[1]


def layer(name: str) -> int:
    return next(index for index, rooms in enumerate(LAYERS) if name in rooms)


def test_every_room_has_a_layer() -> None:
    known = {name for rooms in LAYERS for name in rooms}
    assert {found for module in MODULES if (found := room(module))} == known


def test_imports_point_down() -> None:
    wrong = []
    for one in imports():
        above, below = room(one.source), room(one.target)
        if above is None or below is None or above == below:
            continue
        if layer(below) <= layer(above):
            wrong.append(f"{one.source}:{one.line} imports {one.target}")
    assert wrong == []


def test_no_rings() -> None:
    graph: dict[str, set[str]] = {name: set() for name in MODULES}
    for one in imports():
        # The package's own names are made lazily, for people outside.
        if one.target in MODULES and one.source not in (one.target, "evalharness"):
            graph[one.source].add(one.target)
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path[path.index(name) :], name))
        if name in done:
            return
        for target in sorted(graph[name]):
            walk(target, (*path, name))
        done.add(name)

    for name in graph:
        walk(name, ())


def test_outside_packages_stay_with_their_owners() -> None:
    wrong = []
    for one in imports():
        package = one.target.split(".")[0]
        here = room(one.source)
        if package in OWNERS and here is not None and here not in OWNERS[package]:
            wrong.append(f"{one.source}:{one.line} imports {package}")
    assert wrong == []


@pytest.mark.parametrize(
    "name", sorted(name for name, path in MODULES.items() if path.name == "__init__.py")
)
def test_a_room_introduces_itself_and_holds_nothing(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{name} says nothing of itself"
    if name != "evalharness":
        assert len(tree.body) == 1, f"{name} holds more than a docstring"


def test_a_room_lists_its_files() -> None:
    """One line a file, so that the folder can be read; and no line for a file that is gone."""
    wrong = []
    for name, path in MODULES.items():
        if path.name != "__init__.py" or name == "evalharness":
            continue
        told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        files = sorted(file.name for file in path.parent.glob("*.py"))
        wrong += [
            f"{name} does not mention {file}"
            for file in files
            if file != "__init__.py" and file not in told
        ]
    assert wrong == []
