"""evalharness.yaml: the project's named targets and its database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from evalharness.dataset.codes import Series
from evalharness.dataset.faults import check
from evalharness.dataset.models import Model
from evalharness.dataset.source import Place, read
from evalharness.errors import InvalidInput, Problem
from evalharness.experiment.target import BUILT_IN, Target
from evalharness.experiment.target_files import read_entry

CONFIG_NAME = "evalharness.yaml"


class ConfigFile(Model):
    """The file as written; targets are read one by one."""

    format: Literal[1] = 1
    db: str | None = Field(default=None, min_length=1)
    targets: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """`targets` are the built-in ones and the file's; `path` is None when there is no file."""

    targets: Mapping[str, Target] = field(default_factory=lambda: dict(BUILT_IN))
    db: Path | None = None
    path: Path | None = None


def load_config(start: Path) -> Config:
    """The nearest evalharness.yaml from `start` upwards. Raises InvalidInput."""
    folder = start.resolve()
    candidates = [place / CONFIG_NAME for place in (folder, *folder.parents)]
    path = next((file for file in candidates if file.is_file()), None)
    return Config() if path is None else read_config(path)


def read_config(path: Path) -> Config:
    """The configuration in a given file. Raises InvalidInput with every problem."""
    reading = read(path, Series.VARIANT)
    problems = list(reading.problems)
    targets: dict[str, Target] = dict(BUILT_IN)
    db = None
    for document in reading.documents:
        if document.data is None:  # a file of nothing but comments
            continue
        checked = check(ConfigFile, document.place)
        problems += checked.problems
        problems += _read_targets(document.place.at("targets"), targets)
        if checked.value is not None and checked.value.db is not None:
            db = path.parent / checked.value.db
    errors = [problem for problem in problems if not problem.warning]
    if errors:
        raise InvalidInput(errors)
    return Config(targets, db, path)


def _read_targets(place: Place, targets: dict[str, Target]) -> list[Problem]:
    problems: list[Problem] = []
    for entry in place.fields():
        name = str(entry.path[-1])
        found = read_entry(entry, BUILT_IN, name=name)
        problems += found.problems
        if found.target is not None:
            targets[name] = found.target
    return problems
