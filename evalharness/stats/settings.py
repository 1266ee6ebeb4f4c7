"""The settings in which runs differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NAMES = frozenset({"name", "description"})
"""Of a variant: they say what it is called, not what it does."""
NOT_SET = "(not set)"
"""Stands for a setting that a run's configuration does not name, which is not the same as one
that it sets to null: `turn_detection: null` switches it off."""


@dataclass(frozen=True, slots=True)
class ConfigDifference:
    """A setting in which the runs differ; one value a run, NOT_SET where it is absent."""

    path: str
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs, and how many settings do not."""

    differences: Sequence[ConfigDifference]
    identical: int


def compare_settings(configs: Sequence[Mapping[str, Any]]) -> Settings:
    keys = sorted({key for one in configs for key in one} - NAMES)
    found = [
        leaf for key in keys for leaf in _leaves(key, [one.get(key, NOT_SET) for one in configs])
    ]
    differences = [one for one in found if any(value != one.values[0] for value in one.values)]
    return Settings(differences, len(found) - len(differences))


def _leaves(path: str, values: Sequence[Any]) -> Iterator[ConfigDifference]:
    """One for each setting below `path`; where a run has null or a number and another an object,
    the object is one setting."""
    parts = [{} if value == NOT_SET else _parts(value) for value in values]
    if any(one is None for one in parts):
        yield ConfigDifference(path, values)
        return
    for key in sorted({key for one in parts for key in one or {}}):
        yield from _leaves(f"{path}.{key}", [(one or {}).get(key, NOT_SET) for one in parts])


def _parts(value: Any) -> Mapping[str, Any] | None:
    """The fields of an object, or the members of a list by their names; None for a leaf."""
    match value:
        case dict() if value:
            return {str(key): inner for key, inner in value.items()}
        case list() if value and all(_named(item) for item in value):
            return {item["name"]: item for item in value}
        case _:
            return None


def _named(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("name"), str)
