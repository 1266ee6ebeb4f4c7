"""Which files make up a dataset, and how one of them is replaced."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from evalharness.dataset.codes import DatasetFault, Series, code
from evalharness.dataset.source import Document, Place
from evalharness.errors import InvalidInput, Location, Problem
from evalharness.realtime.problems import listed

MANIFEST = "dataset.yaml"
SCENARIO_FILES = ("scenarios.yaml", "scenarios.jsonl")
SCENARIO_FOLDER = "scenarios"


@dataclass(frozen=True, slots=True)
class DatasetFiles:
    """`scenarios` are in the order their scenarios count."""

    root: Path
    manifest: Path
    scenarios: tuple[Path, ...]


def find_files(path: Path) -> DatasetFiles:
    """The files of the dataset at a folder or at its `dataset.yaml`. Raises InvalidInput."""
    manifest = path if path.is_file() else path / MANIFEST
    if path.is_file() and path.name != MANIFEST:
        hint = f"give the folder, or the {MANIFEST} in it"
        raise _not_found(f"{path} is no dataset", hint, path, DatasetFault.NO_DATASET)
    if not manifest.is_file():
        where = "does not exist" if not path.exists() else f"holds no {MANIFEST}"
        raise _not_found(f"{path} {where}", _elsewhere(path), path, DatasetFault.NO_DATASET)
    root = manifest.parent
    homes = [root / name for name in SCENARIO_FILES if (root / name).is_file()]
    pages = tuple(sorted((root / SCENARIO_FOLDER).glob("*.yaml")))
    if pages:
        homes.append(root / SCENARIO_FOLDER)
    if not homes:
        hint = f"add {listed([*SCENARIO_FILES, SCENARIO_FOLDER + '/*.yaml'])}"
        message = f"{root} holds no scenarios"
        raise _not_found(message, hint, root, DatasetFault.NO_SCENARIOS)
    if len(homes) > 1:
        names = " and ".join(home.name for home in homes)
        message = f"{root} holds both {names}"
        raise _not_found(message, "keep one", root, DatasetFault.NO_SCENARIOS)
    return DatasetFiles(root, manifest, pages or (homes[0],))


def scenario_places(document: Document) -> list[Place]:
    """The scenarios of a document: the entries of its list, or itself as the only one."""
    if document.data is None:
        return []
    return document.place.entries() if isinstance(document.data, list) else [document.place]


def replace_file(path: Path, text: str) -> None:
    """Write a file at once or not at all: a temporary one beside it takes its place."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
        if path.exists():
            temporary.chmod(path.stat().st_mode)
        else:
            temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _not_found(message: str, hint: str, path: Path, fault: DatasetFault) -> InvalidInput:
    problem = Problem(code(Series.DATASET, fault), message, hint, Location(str(path)))
    return InvalidInput([problem])


def _elsewhere(path: Path) -> str:
    """Datasets one level down, for someone who named the folder above them."""
    found = sorted(entry.parent.name for entry in path.glob(f"*/{MANIFEST}"))
    return f"did you mean {listed([str(path / name) for name in found[:3]])}?" if found else ""
