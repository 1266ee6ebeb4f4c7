"""`evalharness schema [variant|dataset|scenarios|config|results]`."""

from __future__ import annotations

import json

import click
from rich.console import Console

from evalharness.cli.options import Command
from evalharness.cli.output import Output, Result
from evalharness.cli.query import views
from evalharness.experiment.schema import SCHEMAS


@click.command(cls=Command)
@click.argument("name", type=click.Choice((*SCHEMAS, "results")))
@click.pass_context
def schema(ctx: click.Context, *, name: str) -> None:
    """Print the JSON Schema of a file format, or the documented views of the database.

    Example: evalharness schema variant > variant.schema.json
    """
    output = Output(ctx.obj, {"name": name})
    if name == "results":
        output.show(views())
        return
    made = SCHEMAS[name]()

    def table(console: Console) -> None:
        console.out(json.dumps(made, indent=2, ensure_ascii=False), highlight=False)

    output.show(Result(f"schema-{name}/1", made, table))
