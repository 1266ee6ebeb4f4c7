"""`evalharness rescore RUN`."""

from __future__ import annotations

import click
from rich.console import Console

from evalharness.cli.options import Command
from evalharness.cli.output import Output, Result
from evalharness.runner.rescore import rescore_run
from evalharness.store.store import open_store


@click.command(cls=Command)
@click.argument("runs", nargs=-1, required=True)
@click.pass_context
def rescore(ctx: click.Context, *, runs: tuple[str, ...]) -> None:
    """Score RUNS again from their recordings. Nothing is sent anywhere.

    Example: evalharness rescore r-7f3a
    """
    output = Output(ctx.obj, {"runs": list(runs)})
    with open_store(output.db, must_exist=True) as store:
        done = [rescore_run(store, run) for run in runs]

    def table(console: Console) -> None:
        for one in done:
            console.print(
                f"{one.run}  {one.trials} conversations scored, {one.changed} differ from before"
            )

    output.show(Result("rescore/1", done, table))
