"""Alembic in our hands: which revision a database has, and its upgrade with a backup first."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from evalharness.errors import UnfitEnvironment
from evalharness.store.engine import MEMORY, open_engine, reading, store_error

PACKAGE = Path(__file__).parents[1]
_ONE_AT_A_TIME = threading.Lock()
"""Alembic's context is one for all threads. Processes wait for each other at the database."""


@dataclass(frozen=True, slots=True)
class DatabaseInfo:
    """`current` is None for a database without our tables."""

    place: str
    current: str | None
    head: str
    size_bytes: int | None


def scripts_folder() -> Path:
    """The migrations: inside the installed package, or at the top of a checkout."""
    packaged = PACKAGE / "migrations"
    return packaged if packaged.is_dir() else PACKAGE.parent / "migrations"


def config(engine: Engine | None = None) -> Config:
    """Alembic's configuration, without a file."""
    made = Config()
    made.set_main_option("script_location", str(scripts_folder()))
    if engine is not None:
        made.attributes["engine"] = engine
    return made


def head_revision() -> str:
    head = ScriptDirectory.from_config(config()).get_current_head()
    assert head is not None
    return head


def current_revision(engine: Engine) -> str | None:
    with reading(engine) as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return MigrationContext.configure(connection).get_current_revision()


def info(place: str) -> DatabaseInfo:
    """What a database is, without changing it or making one."""
    path = Path(place)
    if _is_file(place) and not path.exists():
        return DatabaseInfo(place, None, head_revision(), None)
    engine = open_engine(place)
    try:
        current = current_revision(engine)
    finally:
        engine.dispose()
    size = path.stat().st_size if _is_file(place) else None
    return DatabaseInfo(place, current, head_revision(), size)


def make_current(engine: Engine) -> None:
    """Create the tables of a new database; refuse an older, newer or strange one, saying what to
    do.

    Raises UnfitEnvironment.
    """
    current, head = current_revision(engine), head_revision()
    if current == head:
        return
    _refuse_what_is_not_ours(engine, current)
    if current is not None:
        raise UnfitEnvironment(
            "EH320",
            f"database {engine.url.database} has schema {current}, this version needs {head}",
            hint="evalharness db upgrade   (it makes a backup first)",
        )
    upgrade(engine)


def _refuse_what_is_not_ours(engine: Engine, current: str | None) -> None:
    place = engine.url.database
    if current is None:
        # Asked again in the same breath: another process may be making the database right now.
        with reading(engine) as connection:
            tables = [] if _revision(connection) else inspect(connection).get_table_names()
        strange = [table for table in tables if table != "alembic_version"]
        if strange:
            raise UnfitEnvironment(
                "EH322",
                f"{place} is a database of something else: it has a table {strange[0]}",
                hint="name another with --db",
            )
        return
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if current not in known:
        raise UnfitEnvironment(
            "EH321",
            f"database {place} was written by a newer evalharness (schema {current})",
            hint="install the newer version again, or name another database with --db",
        )


def upgrade(engine: Engine) -> None:
    """To this version's schema: all of it or nothing. Raises StoreError."""
    try:
        with _ONE_AT_A_TIME:
            command.upgrade(config(engine), "head")
    except SQLAlchemyError as error:
        raise store_error(engine, error) from error


def upgrade_with_backup(place: str) -> Path | None:
    """Bring a database to the current schema; the backup's path, None when there was nothing to
    do or nothing to lose. Raises UnfitEnvironment for a newer one."""
    engine = open_engine(place)
    try:
        current = current_revision(engine)
        if current == head_revision():
            return None
        _refuse_what_is_not_ours(engine, current)
        backup = _back_up(place, current) if current is not None else None
        upgrade(engine)
    finally:
        engine.dispose()
    return backup


def _back_up(place: str, revision: str) -> Path | None:
    if not _is_file(place):
        return None
    backup = Path(f"{place}.bak-{revision}")
    with closing(sqlite3.connect(place)) as source, closing(sqlite3.connect(backup)) as copy:
        source.backup(copy)
    return backup


def _is_file(place: str) -> bool:
    return "://" not in place and place != MEMORY
