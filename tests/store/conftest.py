"""The store's contract holds for every place a database can be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evalharness.store.engine import MEMORY
from evalharness.store.store import Store, open_store
from evalharness.store.writer import Writer


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    place = MEMORY if request.param == "memory" else str(tmp_path / "folder" / "results.db")
    with open_store(place) as opened:
        yield opened


@pytest.fixture
def writer(store: Store) -> Iterator[Writer]:
    with Writer(store.engine) as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path) -> str:
    """The path of a new, empty results database."""
    path = str(tmp_path / "results.db")
    with open_store(path):
        pass
    return path
