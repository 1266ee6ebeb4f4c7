"""`evalharness dataset validate|annotate|import`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from evalharness.cli.options import Command, Group
from evalharness.cli.output import Output, Result
from evalharness.cli.project import here
from evalharness.dataset.annotate import annotate as annotate_dataset
from evalharness.dataset.dataset import Dataset
from evalharness.dataset.importers import import_manifest
from evalharness.dataset.load import load_dataset


@click.group(cls=Group)
def dataset() -> None:
    """Check a dataset, mark where speech is in its clips, or make one from a manifest."""


@dataset.command(cls=Command)
@click.argument("path", type=click.Path(path_type=Path))
@click.pass_context
def validate(ctx: click.Context, path: Path) -> None:
    """Report every problem of a dataset with its place.

    Example: evalharness dataset validate datasets/front-desk
    """
    output = Output(ctx.obj, {"path": str(path)})
    loaded = load_dataset(path)
    output.warn(loaded.warnings)
    summary = _summary(loaded.dataset)

    def table(console: Console) -> None:
        console.print(
            f"{summary['name']} is valid: {summary['scenarios']} scenarios, {summary['turns']} "
            f"turns, {summary['clips']} clips, content {loaded.dataset.content_sha256[:8]}"
        )

    output.show(
        Result(
            "dataset/1", summary, table, [summary], warnings=[w.message for w in loaded.warnings]
        )
    )


def _summary(loaded: Dataset) -> dict[str, str | int]:
    return {
        "name": loaded.name,
        "scenarios": len(loaded.scenarios),
        "turns": sum(len(scenario.script.turns) for scenario in loaded.scenarios),
        "clips": len(loaded.audio),
        "content_sha256": loaded.content_sha256,
    }


@dataset.command(cls=Command)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--overwrite", is_flag=True, help="Measure clips that are marked already, too.")
@click.pass_context
def annotate(ctx: click.Context, path: Path, *, overwrite: bool) -> None:
    """Measure where speech starts and ends in each clip, and write it into the files.

    Example: evalharness dataset annotate datasets/mine
    """
    output = Output(ctx.obj, {"path": str(path), "overwrite": overwrite})
    report = annotate_dataset(path, overwrite=overwrite)

    def table(console: Console) -> None:
        console.print(
            f"{report.annotated} clips marked, {report.kept} kept as they were, "
            f"{len(report.silent)} without speech"
        )
        for clip in report.silent:
            console.print(f"  no speech found in {clip}", markup=False)

    output.show(Result("annotate/1", report, table))


@dataset.command("import", cls=Command)
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(path_type=Path), required=True, help="The new folder.")
@click.option("--audio-root", type=click.Path(path_type=Path), help="Where file names start from.")
@click.option("--tools", type=click.Path(path_type=Path), help="A JSON file with tools to offer.")
@click.option("--name", help="The dataset's name [default: the folder's].")
@click.pass_context
def import_(
    ctx: click.Context,
    *,
    manifest: Path,
    into: Path,
    audio_root: Path | None,
    tools: Path | None,
    name: str | None,
) -> None:
    """Make a dataset from a JSONL or CSV manifest of audio files and texts.

    Example: evalharness dataset import calls.jsonl --into datasets/calls
    """
    output = Output(ctx.obj, {"manifest": str(manifest), "into": str(into)})
    report = import_manifest(manifest, into, audio_root=audio_root, tools=tools, name=name)

    def table(console: Console) -> None:
        console.print(f"{report.count} scenarios in {here(into)}", markup=False)
        for skipped in report.skipped:
            console.print(f"  left out: {skipped}", markup=False)

    output.show(Result("import/1", report, table))
    output.note(f"Next: evalharness dataset annotate {here(into)}")
