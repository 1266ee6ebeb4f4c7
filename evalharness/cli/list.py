"""`evalharness list [runs|recordings|datasets|variants]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from evalharness.cli.options import Command
from evalharness.cli.output import Output, Result
from evalharness.store.store import Store, open_store

KINDS = ("runs", "recordings", "datasets", "variants")


@click.command("list", cls=Command)
@click.argument("kind", type=click.Choice(KINDS), default="runs")
@click.option("-n", "--limit", default=20, show_default=True, type=click.IntRange(1))
@click.pass_context
def list_(ctx: click.Context, *, kind: str, limit: int) -> None:
    """What is in the results database, newest first.

    Example: evalharness list recordings
    """
    output = Output(ctx.obj, {"kind": kind})
    with open_store(output.db, must_exist=True) as store:
        rows = _ROWS[kind](store)
    shown = rows[:limit]

    def table(console: Console) -> None:
        if not rows:
            console.print(f"no {kind} yet")
            return
        drawn = Table(box=None, pad_edge=False, header_style="bold")
        for name in shown[0]:
            drawn.add_column(name, no_wrap=name in ("run", "recording"))
        for row in shown:
            drawn.add_row(*(_cell(value) for value in row.values()))
        console.print(drawn)
        if len(rows) > limit:
            console.print(f"{len(rows) - limit} more. --limit shows them.")

    output.show(Result(f"list-{kind}/1", shown, table, shown))


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def _runs(store: Store) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "run": row.id,
            "variant": row.variant,
            "dataset": f"{row.dataset_name}@{row.dataset_sha256[:4]}",
            "label": row.label,
            "state": row.state,
            "started": row.created_at,
        }
        for row in store.runs()
    ]


def _recordings(store: Store) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "recording": row.key,
            "run": row.run_id,
            "scenario": row.scenario,
            "model": row.model,
            "started": row.started_at,
            "seconds": None if row.duration_ns is None else round(row.duration_ns / 1e9, 1),
            "frames": row.frames,
            "state": row.state,
        }
        for row in store.recordings()
    ]


def _datasets(store: Store) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "dataset": f"{row.name}@{row.content_sha256[:4]}",
            "scenarios": row.scenarios,
            "runs": row.runs,
            "stored": row.created_at,
        }
        for row in store.datasets()
    ]


def _variants(store: Store) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "variant": row.name,
            "content": row.content_sha256[:8],
            "model": (row.config.get("session") or {}).get("model"),
            "runs": row.runs,
        }
        for row in store.variants()
    ]


_ROWS = {"runs": _runs, "recordings": _recordings, "datasets": _datasets, "variants": _variants}
