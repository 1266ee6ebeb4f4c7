"""A database opened: its pragmas, and who begins transactions.

The sqlite3 module's own transaction handling is switched off. `write` begins immediately, so that
two writers wait for each other instead of failing half way; `read` begins nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from evalharness.errors import StoreError

MEMORY = ":memory:"
BUSY_TIMEOUT_MS = 30_000


def database_url(place: str) -> str:
    """A path as a SQLite URL; a URL as it is."""
    return place if "://" in place else f"sqlite:///{place}"


def open_engine(place: str) -> Engine:
    """An engine for a path, `:memory:` or a SQLAlchemy URL. Makes the folder of a file."""
    url = database_url(place)
    if not url.startswith("sqlite"):
        return create_engine(url)
    options: dict[str, Any] = {}
    if place == MEMORY:
        # Every thread must see the one database there is.
        options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    else:
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, **options)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


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
    if not connection.get_execution_options().get("reads_only"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: all of it or nothing. Raises StoreError."""
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise StoreError(f"{engine.url.database}: {error.orig}") from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads, and holds up nobody. Raises StoreError."""
    try:
        with engine.connect().execution_options(reads_only=True) as connection:
            yield connection
    except DBAPIError as error:
        raise StoreError(f"{engine.url.database}: {error.orig}") from error
