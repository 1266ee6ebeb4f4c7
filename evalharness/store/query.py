"""Read-only SQL, by construction: the connection cannot write, attach or load, and is bounded in
time and rows."""

from __future__ import annotations

import difflib
import re
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from evalharness.errors import NotFound, UserError
from evalharness.store.views import VIEWS

STEPS_BETWEEN_CHECKS = 10_000
ALLOWED = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }
)
FORBIDDEN_FUNCTIONS = frozenset(
    {"load_extension", "writefile", "readfile", "edit", "fts3_tokenizer"}
)
"""`load_extension` is in every build; the others where the shell's extensions are compiled in."""

TABLE_FUNCTIONS = "SELECT 1 FROM json_each('[]'), json_tree('[]'), pragma_table_info('')"
"""What the views use, and what people ask their JSON and columns with."""


@dataclass(frozen=True, slots=True)
class QueryResult:
    """`truncated` tells that there were more rows than asked for."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    truncated: bool
    elapsed_ms: float


def run_query(
    path: str,
    sql: str,
    parameters: Mapping[str, str] | None = None,
    *,
    limit: int = 1000,
    timeout_s: float = 10.0,
) -> QueryResult:
    """Run one SELECT. Raises UserError for anything SQLite refuses, NotFound without a database."""
    if not Path(path).exists():
        raise NotFound(
            "EH300",
            f"there is no results database at {path}",
            hint="evalharness run DATASET makes one; --db names another",
        )
    started = time.monotonic()
    try:
        with closing(_open(path, started + timeout_s)) as connection:
            cursor = connection.execute(sql, dict(parameters or {}))
            rows = cursor.fetchmany(limit + 1)
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _refusal(error, timeout_s) from error
    columns = [column[0] for column in cursor.description or ()]
    elapsed_ms = (time.monotonic() - started) * 1000
    return QueryResult(columns, rows[:limit], len(rows) > limit, elapsed_ms)


def _open(path: str, deadline: float) -> sqlite3.Connection:
    uri = f"file:{quote(str(Path(path).absolute()))}?mode=ro"
    connection = sqlite3.connect(uri, uri=True)
    connection.execute("PRAGMA query_only = ON")
    # SQLite declares a table function on its first use, which an authoriser sees as a write.
    connection.execute(TABLE_FUNCTIONS).fetchall()
    connection.set_authorizer(_authorise)
    connection.set_progress_handler(lambda: int(time.monotonic() > deadline), STEPS_BETWEEN_CHECKS)
    return connection


def _authorise(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in FORBIDDEN_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and first in ("table_info", "table_xinfo"):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_OK if action in ALLOWED else sqlite3.SQLITE_DENY


def _refusal(error: Exception, timeout_s: float) -> UserError:
    text = str(error)
    if text == "interrupted":
        return UserError(
            "EH331",
            f"the query took longer than {timeout_s:g} s",
            hint="narrow it down, or raise --timeout",
        )
    if "authoriz" in text or "readonly" in text or "prohibited" in text:
        return UserError(
            "EH332",
            "queries only read: SELECT and nothing else",
            hint="evalharness query --tables lists what can be read",
        )
    return UserError("EH330", f"SQLite: {text}", hint=_hint(text))


def _hint(text: str) -> str:
    unknown = re.search(r"no such (table|column): (\S+)", text)
    if unknown is None:
        return "evalharness query --tables lists the views and their columns"
    name = unknown.group(2).rpartition(".")[2]
    known = (
        [view.name for view in VIEWS]
        if unknown.group(1) == "table"
        else [column.name for view in VIEWS for column in view.columns]
    )
    near = difflib.get_close_matches(name, known, n=1)
    listed = "evalharness query --tables lists what there is"
    return f"did you mean {near[0]}? {listed}" if near else listed
