"""The store's contract holds for every place a database can be."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from evalharness.store.engine import MEMORY, open_engine
from evalharness.store.store import Store, open_store
from evalharness.store.writer import Writer


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty results database, made once: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "results.db"
    with open_store(str(path)):
        pass
    return path


@pytest.fixture
def place(template: Path, tmp_path: Path) -> str:
    """The path of an empty results database."""
    return str(shutil.copy(template, tmp_path / "results.db"))


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, template: Path, place: str) -> Iterator[Store]:
    in_memory = request.param == "memory"
    with memory_store(template) if in_memory else Store(open_engine(place), place) as opened:
        yield opened


def memory_store(template: Path) -> Store:
    engine = open_engine(MEMORY)
    pooled = engine.raw_connection()
    assert isinstance(pooled.driver_connection, sqlite3.Connection)
    with closing(sqlite3.connect(template)) as source:
        source.backup(pooled.driver_connection)
    pooled.close()
    return Store(engine, MEMORY)


@pytest.fixture
def writer(store: Store) -> Iterator[Writer]:
    with Writer(store.engine) as opened:
        yield opened
