"""The project around a command: its evalharness.yaml, its `.env`, and what they say."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evalharness.cli.options import DEFAULT_DB, Settings
from evalharness.errors import NotFound
from evalharness.experiment.config import Config, load_config, read_config
from evalharness.realtime.problems import nearest

DATASETS = Path("datasets")
DOTENV = ".env"


@dataclass(frozen=True, slots=True)
class Project:
    """`environ` is the process's environment and what `.env` adds to it, `dotenv` their names."""

    config: Config
    db: str
    environ: Mapping[str, str]
    dotenv: frozenset[str] = frozenset()


def find_project(settings: Settings) -> Project:
    """The nearest evalharness.yaml from the working directory upwards, unless the command line
    names one; `.env` stands beside it, or in the working directory.

    Raises InvalidInput when the file cannot be used.
    """
    folder = Path.cwd()
    config = load_config(folder) if settings.config is None else read_config(settings.config)
    root = config.path.parent if config.path else folder
    added = _dotenv(root / DOTENV)
    new = {name: value for name, value in added.items() if name not in os.environ}
    return Project(
        config,
        settings.db or here(config.db or root / DEFAULT_DB),
        {**new, **os.environ},
        frozenset(new),
    )


def find_dataset(given: Path) -> Path:
    """A dataset by its path, or by its name in `datasets/`. Raises NotFound with what there is."""
    if given.exists():
        return given
    named = DATASETS / given
    if named.exists():
        return named
    known = sorted(str(file.parent) for file in DATASETS.glob("*/dataset.yaml"))
    hint = nearest(str(given), known) or nearest(str(named), known)
    if not hint and known:
        hint = f"there is {', '.join(known)}"
    elif not hint:
        hint = "evalharness init makes an example; evalharness dataset import makes one of audio"
    raise NotFound("EH110", f"there is no dataset {given}", hint=hint)


def here(path: Path) -> str:
    """A path as the user would type it."""
    folder = Path.cwd()
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 - most projects have no such file

    # Interpolation would put one secret into another and read $ in keys as names.
    values = dotenv_values(path, interpolate=False)
    return {name: value for name, value in values.items() if value}
