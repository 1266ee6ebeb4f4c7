"""A database opened: its pragmas, and who begins transactions.

The sqlite3 module's own transaction handling is switched off. `writing` begins immediately, so
that two writers wait for each other instead of failing half way; `reading` sees one state of the
database from its first query to its last.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError, StatementError
from sqlalchemy.pool import QueuePool

from evalharness.errors import StoreError, UnfitEnvironment

MEMORY = ":memory:"
BUSY_TIMEOUT_MS = 30_000
OLDEST_SQLITE = (3, 38, 0)
"""The first with the ->> of the views."""


def database_url(place: str) -> str:
    """A path as a SQLite URL; a URL as it is."""
    return place if "://" in place else f"sqlite:///{place}"


def open_engine(place: str) -> Engine:
    """An engine for a path, `:memory:` or a SQLAlchemy URL. Makes the folder of a file.

    Raises UnfitEnvironment when this Python's SQLite is too old.
    """
    url = database_url(place)
    if not url.startswith("sqlite"):
        return create_engine(url)
    _check_version(sqlite3.sqlite_version_info)
    options: dict[str, Any] = {}
    if place == MEMORY:
        # There is one connection to it, which threads must share but never use at once.
        options = {
            "poolclass": QueuePool,
            "pool_size": 1,
            "max_overflow": 0,
            "connect_args": {"check_same_thread": False},
        }
    else:
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, **options)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _check_version(found: tuple[int, ...]) -> None:
    if found < OLDEST_SQLITE:
        has, needs = (".".join(map(str, version)) for version in (found, OLDEST_SQLITE))
        raise UnfitEnvironment(
            "EH620",
            f"this Python has SQLite {has}; the results database needs {needs}",
            hint="use a Python with a newer SQLite, such as one from python.org or uv",
        )


def _prepare(connection: Any, record: object) -> None:  # noqa: ARG001 - SQLAlchemy's signature
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # WAL with NORMAL loses nothing when the process is killed, only when the machine is.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.close()


def _begin(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get("reads_only")
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: all of it or nothing. Raises StoreError."""
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise store_error(engine, error) from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads, and holds up nobody. Raises StoreError."""
    try:
        with engine.connect().execution_options(reads_only=True) as connection:
            yield connection
    except SQLAlchemyError as error:
        raise store_error(engine, error) from error


def store_error(engine: Engine, error: SQLAlchemyError) -> StoreError:
    cause = error.orig if isinstance(error, StatementError) and error.orig else error
    return StoreError(f"{engine.url.database}: {cause}")
