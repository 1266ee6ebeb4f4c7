"""`evalharness init`: the demo dataset and a config, in a folder of one's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from evalharness.cli.options import Command
from evalharness.cli.output import Output
from evalharness.cli.project import here
from evalharness.errors import UnfitEnvironment, UserError

DATASET = "datasets/front-desk"
CONFIG = """\
# Where sessions go by name; local, openai, azure and xai are built in.
# A key is named by its environment variable and never written here.
format: 1
targets: {}
"""
ENVIRONMENT = """\
# Copy this to .env. Only the target openai needs a key; the embedded server takes none.
OPENAI_API_KEY=
"""


@click.command(cls=Command)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.pass_context
def init(ctx: click.Context, folder: Path) -> None:
    """Put the demo dataset, its three variants and a config into a folder.

    Example: evalharness init demo && cd demo && evalharness run datasets/front-desk
    """
    output = Output(ctx.obj)
    dataset = folder / DATASET
    if dataset.exists():
        raise UserError(
            "EH605", f"{here(dataset)} exists already", hint="choose another folder, or remove it"
        )
    dataset.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(_demo(), dataset, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in (("evalharness.yaml", CONFIG), (".env.example", ENVIRONMENT)):
        path = folder / name
        if not path.exists():
            path.write_text(text, encoding="utf-8")
    output.note(f"The demo is in {here(dataset)}.")
    inside = "" if folder == Path() else f"cd {folder} && "
    output.note(f"Next: {inside}evalharness run {DATASET}")


def _demo() -> Path:
    """The demo inside the installed package, or at the top of a checkout."""
    package = Path(__file__).parents[1]
    for place in (package / "demo" / "front-desk", package.parent / DATASET):
        if (place / "dataset.yaml").is_file():
            return place
    raise UnfitEnvironment(
        "EH611", "this installation carries no demo dataset", hint="install evalharness again"
    )
