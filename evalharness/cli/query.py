"""`evalharness query SQL`: read-only by construction."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from evalharness.cli.options import Command
from evalharness.cli.output import Output, Result
from evalharness.store.query import QueryResult, run_query
from evalharness.store.views import VIEWS


@click.command(cls=Command)
@click.argument("sql", required=False)
@click.option(
    "-p",
    "--parameter",
    "parameters",
    multiple=True,
    nargs=2,
    metavar="NAME VALUE",
    help="A value for :NAME in the SQL. Repeatable.",
)
@click.option("--tables", is_flag=True, help="The views and their columns.")
@click.option("--csv", "as_csv", is_flag=True, help="The same as -f csv.")
@click.option("--limit", default=1000, show_default=True, type=click.IntRange(1))
@click.option("--timeout", default=10.0, show_default=True, type=click.FloatRange(min=0.1))
@click.pass_context
def query(
    ctx: click.Context,
    *,
    sql: str | None,
    parameters: tuple[tuple[str, str], ...],
    tables: bool,
    as_csv: bool,
    limit: int,
    timeout: float,
) -> None:
    """Ask the results database in SQL. Nothing can be changed.

    Example: evalharness query "select variant, avg(passed) from v_conversation group by 1"
    """
    settings = ctx.obj.overridden({"format": "csv"} if as_csv else {})
    output = Output(settings, {"sql": sql})
    if tables or not sql:
        output.show(views())
        return
    found = run_query(output.db, sql, dict(parameters), limit=limit, timeout_s=timeout)
    output.show(_result(found))
    more = f" (more left out; --limit {limit})" if found.truncated else ""
    rows = "row" if len(found.rows) == 1 else "rows"
    output.note(f"{len(found.rows)} {rows} in {found.elapsed_ms:.0f} ms{more}")


def _result(found: QueryResult) -> Result:
    records = [dict(zip(found.columns, row, strict=True)) for row in found.rows]

    def table(console: Console) -> None:
        drawn = Table(box=None, pad_edge=False, header_style="bold")
        for index, name in enumerate(found.columns):
            numeric = any(isinstance(row[index], int | float) for row in found.rows)
            drawn.add_column(name, justify="right" if numeric else "left", overflow="fold")
        for row in found.rows:
            drawn.add_row(*("" if value is None else _cell(value) for value in row))
        console.print(drawn)

    warnings = ["there were more rows"] if found.truncated else []
    return Result("query/1", records, table, records, warnings=warnings)


def _cell(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def views() -> Result:
    records = [
        {"view": view.name, "column": column.name, "type": column.type, "meaning": column.doc}
        for view in VIEWS
        for column in view.columns
    ]

    def table(console: Console) -> None:
        for view in VIEWS:
            console.print(f"[bold]{view.name}[/bold]  {view.doc}")
            drawn = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 2))
            for column in view.columns:
                drawn.add_row(column.name, column.type, column.doc)
            console.print(drawn)

    return Result("views/1", records, table, records)
