"""`evalharness db path|info|upgrade`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from evalharness.cli.options import Command, Group
from evalharness.cli.output import Output, Result
from evalharness.errors import NotFound
from evalharness.store.migrate import DatabaseInfo, info, upgrade_with_backup
from evalharness.store.store import open_store


@click.group(cls=Group)
def db() -> None:
    """Where the results database is, what is in it, and its upgrades."""


@db.command(cls=Command)
@click.pass_context
def path(ctx: click.Context) -> None:
    """Print the database's path.

    Example: sqlite3 $(evalharness db path)
    """
    output = Output(ctx.obj)
    place = output.db
    output.show(Result("db-path/1", {"path": place}, lambda console: console.print(place)))


@db.command("info", cls=Command)
@click.pass_context
def info_(ctx: click.Context) -> None:
    """Its schema, its size, and how much is in it.

    Example: evalharness db info
    """
    output = Output(ctx.obj)
    found = info(_existing(output.db))
    counts = _counts(output.db) if found.current == found.head else {}

    def table(console: Console) -> None:
        size = "" if found.size_bytes is None else f", {found.size_bytes / 1e6:.1f} MB"
        console.print(f"{found.place}: schema {found.current}{size}", markup=False)
        for name, count in counts.items():
            console.print(f"  {count} {name}")
        if not counts:
            console.print(f"this version needs schema {found.head}: evalharness db upgrade")

    output.show(Result("db-info/1", {"database": found, "counts": counts}, table))


def _counts(place: str) -> dict[str, int]:
    with open_store(place) as store:
        return {
            "datasets": len(store.datasets()),
            "variants": len(store.variants()),
            "runs": len(store.runs()),
            "recordings": len(store.recordings()),
        }


@db.command(cls=Command)
@click.pass_context
def upgrade(ctx: click.Context) -> None:
    """Bring it to this version's schema; a backup is made first.

    Example: evalharness db upgrade
    """
    output = Output(ctx.obj)
    backup = upgrade_with_backup(_existing(output.db))
    found: DatabaseInfo = info(output.db)

    def table(console: Console) -> None:
        done = (
            f"now has schema {found.current}" if backup else f"has schema {found.current} already"
        )
        console.print(f"{output.db} {done}", markup=False)
        if backup:
            console.print(f"backup: {backup}", markup=False)

    output.show(Result("db-upgrade/1", {"database": found, "backup": backup}, table))


def _existing(place: str) -> str:
    if "://" not in place and not Path(place).exists():
        raise NotFound(
            "EH300",
            f"there is no results database at {place}",
            hint="evalharness run DATASET makes one; --db names another",
        )
    return place
