"""Queries read, and nothing else, however they are written."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

from evalharness.errors import NotFound, UserError
from evalharness.store.query import run_query
from evalharness.store.store import open_store
from evalharness.store.views import VIEWS, View
from tests.store.conversations import new_run


def refusal(place: str, sql: str, timeout_s: float = 10.0) -> UserError:
    with pytest.raises(UserError) as caught:
        run_query(place, sql, timeout_s=timeout_s)
    return caught.value


def test_rows_and_names(place: str) -> None:
    with open_store(place) as store:
        run = new_run(store)
    found = run_query(place, "SELECT run, trials FROM v_run WHERE run = :id", {"id": run.id})
    assert (list(found.columns), list(found.rows)) == (["run", "trials"], [(run.id, 2)])
    assert not found.truncated
    assert found.elapsed_ms >= 0


COUNT = (
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5) SELECT n FROM c"
)


@pytest.mark.parametrize(("limit", "rows", "truncated"), [(3, 3, True), (5, 5, False)])
def test_limit(place: str, limit: int, rows: int, truncated: bool) -> None:
    found = run_query(place, COUNT, limit=limit)
    assert (len(found.rows), found.truncated) == (rows, truncated)


def test_query_that_never_ends(place: str) -> None:
    endless = COUNT.replace("WHERE n < 5", "").replace("SELECT n FROM", "SELECT count(*) FROM")
    refused = refusal(place, endless, timeout_s=0.05)
    assert refused.code == "EH331"
    assert "--timeout" in refused.hint


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO tag VALUES ('r', 't')",
        "UPDATE run SET label = 'x'",
        "DELETE FROM run",
        "DROP VIEW v_run",
        "CREATE TABLE mine (x)",
        "CREATE TEMP TABLE mine (x)",
        "ATTACH '{there}' AS other",
        "VACUUM",
        "VACUUM INTO '{there}'",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "SELECT load_extension('{there}')",
        "SELECT * FROM pragma_database_list",
        "BEGIN IMMEDIATE",
        "REINDEX",
        "ANALYZE",
        "WITH x AS (SELECT 1) INSERT INTO tag SELECT 'r', 't' FROM x",
        "EXPLAIN DELETE FROM run",
    ],
)
def test_only_reading_is_allowed(place: str, tmp_path: Path, sql: str) -> None:
    with open_store(place) as store:
        new_run(store)
    there = tmp_path / "there.db"
    before = hashlib.sha256(Path(place).read_bytes()).digest()
    assert refusal(place, sql.format(there=there)).code == "EH332"
    assert hashlib.sha256(Path(place).read_bytes()).digest() == before
    assert not there.exists()


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("SELECT * FROM v_turns", "no such table: v_turns", "did you mean v_turn?"),
        ("SELECT scenaro FROM v_turn", "no such column: scenaro", "did you mean scenario?"),
        ("SELECT t.runn FROM v_turn t", "no such column: t.runn", "did you mean run?"),
        ("SELECT zzzzzz FROM v_turn", "no such column: zzzzzz", "evalharness query --tables"),
        ("SELEC 1", 'near "SELEC": syntax error', "evalharness query --tables"),
        ("SELECT 1; SELECT 2", "one statement", "evalharness query --tables"),
        ("SELECT :missing", "missing", "evalharness query --tables"),
    ],
)
def test_mistake_is_explained(place: str, sql: str, message: str, hint: str) -> None:
    refused = refusal(place, sql)
    assert refused.code == "EH330"
    assert message in refused.message
    assert refused.hint.startswith(hint)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_view_can_be_read(place: str, view: View) -> None:
    assert run_query(place, f"SELECT * FROM {view.name}").rows == []


def test_json_can_be_taken_apart(place: str) -> None:
    found = run_query(
        place, "SELECT value FROM json_each('[7]') UNION SELECT 8 FROM json_tree('1')"
    )
    assert [row[0] for row in found.rows] == [7, 8]


def test_columns_of_a_view_can_be_asked_for(place: str) -> None:
    found = run_query(place, "SELECT name FROM pragma_table_info('v_run')")
    assert ("variant",) in [tuple(row) for row in found.rows]


def test_database_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        run_query(str(tmp_path / "none.db"), "SELECT 1")
    assert not (tmp_path / "none.db").exists()


def test_place_that_is_no_database(tmp_path: Path) -> None:
    assert refusal(str(tmp_path), "SELECT * FROM v_run").code == "EH330"
    (tmp_path / "notes").write_text("milk " * 500)
    assert "not a database" in refusal(str(tmp_path / "notes"), "SELECT * FROM v_run").message


def test_path_with_marks_of_a_uri(tmp_path: Path) -> None:
    path = tmp_path / "50%?mode=rwc#x.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    assert run_query(str(path), "SELECT count(*) FROM t").rows[0][0] == 0


def test_query_while_a_run_is_written(place: str) -> None:
    with open_store(place) as store:
        run = new_run(store).id
        assert run_query(place, "SELECT run FROM v_run").rows[0][0] == run
