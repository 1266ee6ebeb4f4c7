"""`evalharness run DATASET`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from evalharness.cli.gates import GATE_FAILED, Gate, failed_gates, parse_gates
from evalharness.cli.options import Command
from evalharness.cli.output import Output, Result
from evalharness.cli.progress import Show
from evalharness.cli.project import find_dataset
from evalharness.dataset.dataset import Dataset
from evalharness.dataset.load import load_dataset
from evalharness.errors import NotFound, UserError
from evalharness.experiment.config import Config, load_config
from evalharness.experiment.plan import Selection, select
from evalharness.experiment.variant import LoadedVariants, Variant, load_variants
from evalharness.runner.options import RunOptions
from evalharness.runner.run import RunSummary, resume_runs, run_dataset, summary_records
from evalharness.store.store import Store, open_store

INTERRUPTED = 130
UNSCORED = 3


@click.command(cls=Command)
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option(
    "-V",
    "--variant",
    "variants",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A variant file, or the name of one of the dataset's. Repeatable. Default: all of them.",
)
@click.option("-j", "--concurrency", default=8, show_default=True, type=click.IntRange(1, 2000))
@click.option("--repeat", "repeats", default=1, show_default=True, type=click.IntRange(1, 1000))
@click.option("-n", "--limit", type=click.IntRange(1), help="Only the first N scenarios.")
@click.option("-i", "--id", "ids", multiple=True, help="Only this scenario. Repeatable.")
@click.option("--tag", "tags", multiple=True, help="Only scenarios with this tag. Repeatable.")
@click.option("--not-tag", "not_tags", multiple=True, help="No scenario with this tag.")
@click.option("--retries", default=2, show_default=True, type=click.IntRange(0, 20))
@click.option("--timeout", type=click.FloatRange(min=1), help="Seconds one conversation may take.")
@click.option("--fast", is_flag=True, help="Send audio unpaced. Latencies are then not measured.")
@click.option("--seed", default=0, show_default=True, type=int)
@click.option("--label", help="A name for these runs.")
@click.option("--resume", multiple=True, metavar="RUN", help="Finish a run. Repeatable.")
@click.option("--allow-unknown", is_flag=True, help="Send session fields we do not know.")
@click.option("--dry-run", is_flag=True, help="Show what would be run, and run nothing.")
@click.option("--fail-under", multiple=True, metavar="METRIC=VALUE", help="Exit 1 below this.")
@click.option("--fail-on", type=click.Choice(("error", "none")), default="none")
@click.pass_context
def run(  # noqa: PLR0913 - each is an option of the command
    ctx: click.Context,
    *,
    dataset: Path,
    variants: tuple[Path, ...],
    concurrency: int,
    repeats: int,
    limit: int | None,
    ids: tuple[str, ...],
    tags: tuple[str, ...],
    not_tags: tuple[str, ...],
    retries: int,
    timeout: float | None,
    fast: bool,
    seed: int,
    label: str | None,
    resume: tuple[str, ...],
    allow_unknown: bool,
    dry_run: bool,
    fail_under: tuple[str, ...],
    fail_on: str,
) -> int:
    """Run every scenario of DATASET against every variant, and record and score it.

    Example: evalharness run datasets/front-desk
    """
    output = Output(ctx.obj, {"dataset": str(dataset)})
    gates = parse_gates(fail_under)
    dataset = find_dataset(dataset)
    loaded = load_dataset(dataset)
    output.warn(loaded.warnings)
    config = _config(output, loaded.dataset.root)
    chosen = _variants(loaded.dataset, variants, config, allow_unknown=allow_unknown)
    output.warn(chosen.warnings)
    selection = Selection(ids, tags, not_tags, limit)
    count = len(select(loaded.dataset, selection)) * repeats
    output.note(_plan_line(loaded.dataset, chosen.variants, count, concurrency))
    if dry_run:
        return 0
    options = RunOptions(
        concurrency=concurrency,
        repeats=repeats,
        retries=retries,
        timeout_s=timeout,
        fast=fast,
        seed=seed,
        label=label,
        selection=selection,
    )
    with open_store(output.db) as store:
        summary = _run(output, store, loaded.dataset, chosen.variants, options, resume)
        _report(output, summary, dataset)
        return _exit_code(output, store, summary, gates, fail_on)


def _run(
    output: Output,
    store: Store,
    dataset: Dataset,
    variants: Sequence[Variant],
    options: RunOptions,
    resume: Sequence[str],
) -> RunSummary:
    environ = output.project.environ
    with Show(output) as show:
        if resume:
            work = resume_runs(dataset, variants, resume, options, store, show, environ)
        else:
            work = run_dataset(dataset, variants, options, store, show, environ)
        return asyncio.run(work)


def _config(output: Output, root: Path) -> Config:
    """The project's; where there is none, the one that came with the dataset."""
    config = output.project.config
    return config if config.path is not None else load_config(root)


def _variants(
    dataset: Dataset, wanted: Sequence[Path], config: Config, *, allow_unknown: bool
) -> LoadedVariants:
    folder = dataset.root / "variants"
    if not wanted:
        if not folder.is_dir():
            raise UserError(
                "EH217",
                f"{dataset.name} has no variants of its own",
                hint="name one with -V FILE; evalharness schema variant shows the format",
            )
        return load_variants(folder, allow_unknown=allow_unknown, config=config)
    found: list[LoadedVariants] = []
    for path in wanted:
        at = path if path.exists() else folder / f"{path}.yaml"
        if not at.exists():
            known = sorted(file.stem for file in folder.glob("*.yaml"))
            raise NotFound(
                "EH217",
                f"no variant {path}",
                hint=f"a file, or one of {', '.join(known)}" if known else "give a file",
            )
        found.append(load_variants(at, allow_unknown=allow_unknown, config=config))
    return LoadedVariants(
        tuple(variant for one in found for variant in one.variants),
        tuple(warning for one in found for warning in one.warnings),
    )


def _plan_line(dataset: Dataset, variants: Sequence[Variant], trials: int, concurrency: int) -> str:
    names = ", ".join(variant.name for variant in variants)
    conversations = "1 conversation" if trials == 1 else f"{trials} conversations"
    count = "1 variant" if len(variants) == 1 else f"{len(variants)} variants"
    return (
        f"{dataset.name}@{dataset.content_sha256[:4]}, {conversations} × {count} ({names}), "
        f"{concurrency} at a time."
    )


def _report(output: Output, summary: RunSummary, dataset: Path) -> None:
    def table(console: Console) -> None:
        for one in summary.runs:
            console.print(
                f"{one.run}  {one.variant}  {one.scored} scored, {one.failed} failed, "
                f"{one.invalid} invalid, {one.missing} not run",
                markup=False,
            )

    output.show(Result("run/1", summary, table, summary_records(summary)))
    refs = " ".join(one.run for one in summary.runs)
    minutes, seconds = divmod(round(summary.seconds), 60)
    output.note(f"Took {minutes}:{seconds:02d}. Results in {output.db}.")
    if summary.interrupted:
        again = " ".join(f"--resume {one.run}" for one in summary.runs if one.missing)
        output.note(f"Go on with: evalharness run {dataset} {again}")
    elif len(summary.runs) > 1:
        output.note(f"Compare with: evalharness compare {refs}")
    else:
        output.note(f"Look at it with: evalharness show {refs}")


def _exit_code(
    output: Output, store: Store, summary: RunSummary, gates: Sequence[Gate], fail_on: str
) -> int:
    if summary.interrupted:
        return INTERRUPTED
    failed = failed_gates(store, [one.run for one in summary.runs], gates)
    for line in failed:
        output.note(f"gate failed: {line}")
    if failed:
        return GATE_FAILED
    if fail_on == "error" and any(one.invalid for one in summary.runs):
        return UNSCORED
    # A run of which nothing could be scored is no result, whatever was asked.
    return UNSCORED if all(one.scored + one.failed == 0 for one in summary.runs) else 0
