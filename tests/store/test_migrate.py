"""Databases of every age: made, upgraded with a backup, refused with what to do."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect

from evalharness.errors import StoreError, UnfitEnvironment
from evalharness.store import migrate
from evalharness.store.engine import MEMORY, open_engine
from evalharness.store.schema import metadata
from evalharness.store.store import open_store
from evalharness.store.views import VIEWS
from tests.store.conversations import new_run

NEXT = '''
"""A next schema, for this test only."""
import sqlalchemy as sa
from alembic import op
revision = "9001"
down_revision = "{head}"
branch_labels = depends_on = None

def upgrade():
    op.add_column("run", sa.Column("mood", sa.Text()))
    {then}

def downgrade():
    op.drop_column("run", "mood")
'''

Grow = Callable[[str], None]


@pytest.fixture
def grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Grow:
    """Gives the package a newer schema, as its next release would have."""

    def grown(then: str) -> None:
        folder = tmp_path / "migrations"
        if not folder.exists():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(migrate.scripts_folder(), folder, ignore=ignored)
        script = NEXT.format(head="0001", then=then)
        (folder / "versions" / "9001_next.py").write_text(script)
        monkeypatch.setattr(migrate, "scripts_folder", lambda: folder)

    return grown


def columns(place: str | Path, table: str) -> list[str]:
    with closing(sqlite3.connect(place)) as connection:
        return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def names(place: str, kind: str) -> set[str]:
    with closing(sqlite3.connect(place)) as connection:
        sql = "SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite_%'"
        return {name for (name,) in connection.execute(sql, (kind,))}


def set_revision(place: str, revision: str) -> None:
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.commit()


def test_schema_and_migrations_say_the_same(place: str) -> None:
    """`alembic check`: a migration is missing when the tables in code differ from these."""
    engine = open_engine(place)
    command.check(migrate.config(engine))
    engine.dispose()
    assert names(place, "table") == {*metadata.tables, "alembic_version"}


def test_down_and_up_again(place: str) -> None:
    engine = open_engine(place)
    command.downgrade(migrate.config(engine), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    assert inspect(engine).get_view_names() == []
    command.upgrade(migrate.config(engine), "head")
    assert set(inspect(engine).get_view_names()) == {view.name for view in VIEWS}
    engine.dispose()
    with open_store(place) as store:
        assert new_run(store).state == "running"


def test_database_of_nothing_is_made(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with open_store(str(path)) as store:
        assert store.runs() == []
    assert migrate.info(str(path)).current == migrate.head_revision()


def test_info_makes_no_database(tmp_path: Path) -> None:
    found = migrate.info(str(tmp_path / "none.db"))
    assert (found.current, found.size_bytes) == (None, None)
    assert list(tmp_path.iterdir()) == []


def test_older_database_names_the_command_and_is_left_alone(place: str, grow: Grow) -> None:
    grow("pass")
    with pytest.raises(UnfitEnvironment) as caught:
        open_store(place)
    assert caught.value.code == "EH320"
    assert "has schema 0001, this version needs 9001" in caught.value.message
    assert "evalharness db upgrade" in caught.value.hint
    assert "mood" not in columns(place, "run")


def test_upgrade_makes_a_backup_first(place: str, grow: Grow) -> None:
    with open_store(place) as store:
        run = new_run(store).id
    grow("pass")
    backup = migrate.upgrade_with_backup(place)
    assert backup == Path(f"{place}.bak-0001")
    assert "mood" not in columns(backup, "run")
    assert "mood" in columns(place, "run")
    assert names(place, "view") == {view.name for view in VIEWS}
    with open_store(place) as store:
        assert store.run("latest").id == run
    assert migrate.upgrade_with_backup(place) is None


def test_upgrade_that_fails_changes_nothing(place: str, grow: Grow) -> None:
    grow('op.execute("SELECT * FROM nowhere")')
    with pytest.raises(StoreError, match="no such table: nowhere"):
        migrate.upgrade_with_backup(place)
    assert "mood" not in columns(place, "run")
    assert names(place, "view") == {view.name for view in VIEWS}
    assert migrate.info(place).current == "0001"


@pytest.mark.parametrize("open_it", [open_store, migrate.upgrade_with_backup])
def test_newer_database_is_refused(place: str, open_it: Callable[[str], object]) -> None:
    set_revision(place, "7777")
    with pytest.raises(UnfitEnvironment) as caught:
        open_it(place)
    assert (caught.value.code, caught.value.exit_code) == ("EH321", 6)
    assert "newer evalharness (schema 7777)" in caught.value.message
    assert not Path(f"{place}.bak-7777").exists()


def test_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmark (url)")
    with pytest.raises(UnfitEnvironment) as caught:
        open_store(str(path))
    assert caught.value.code == "EH322"
    assert names(str(path), "table") == {"bookmark"}


def test_sqlite_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    with pytest.raises(UnfitEnvironment, match=r"has SQLite 3\.37\.2; .* needs 3\.38\.0"):
        open_engine(MEMORY)


def test_threads_that_open_a_new_database_together(tmp_path: Path) -> None:
    def opened(_: int) -> int:
        with open_store(str(tmp_path / "results.db")) as store:
            return len(store.runs())

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(opened, range(4))) == [0] * 4


def test_processes_that_open_a_new_database_together(tmp_path: Path) -> None:
    place = str(tmp_path / "results.db")
    script = f"from evalharness.store.store import open_store; open_store({place!r}).runs()"
    started = [
        subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate()[1] for process in started] == [""] * 2
    assert migrate.info(place).current == migrate.head_revision()
