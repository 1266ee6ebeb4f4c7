"""`evalharness compare RUN RUN...`."""

from __future__ import annotations

import click
from rich.console import Console

from evalharness.cli.gates import GATE_FAILED, failed_gates, parse_gates
from evalharness.cli.options import Command
from evalharness.cli.output import Output, Result
from evalharness.errors import UserError
from evalharness.report.compare import Shown, print_comparison
from evalharness.report.flat import records
from evalharness.report.markdown import markdown
from evalharness.runner.comparison import CompareOptions, compare_runs
from evalharness.stats.comparison import Comparison
from evalharness.store.store import Store, open_store

CHANGES_SHOWN = 10
RECENT = 6


@click.command(cls=Command)
@click.argument("runs", nargs=-1)
@click.option("--baseline", metavar="RUN", help="The run the others are compared with.")
@click.option("-m", "--metric", "metrics", multiple=True, help="Only this metric. Repeatable.")
@click.option("--changed", type=click.Choice(("failing", "passing", "all", "none")))
@click.option("--confidence", default=0.95, show_default=True, type=click.FloatRange(0.5, 0.999))
@click.option("--resamples", default=10_000, show_default=True, type=click.IntRange(100, 1_000_000))
@click.option("--seed", type=int, help="Default: made from the runs' ids.")
@click.option("--min-effect", multiple=True, metavar="METRIC=VALUE", help="Call nothing smaller.")
@click.option(
    "--fail-on",
    type=click.Choice(("regression", "none")),
    default="none",
    help="regression: exit 1 when a primary metric is worse.",
)
@click.option("--fail-under", multiple=True, metavar="METRIC=VALUE", help="Exit 1 below this.")
@click.pass_context
def compare(  # noqa: PLR0913 - each is an option of the command
    ctx: click.Context,
    *,
    runs: tuple[str, ...],
    baseline: str | None,
    metrics: tuple[str, ...],
    changed: Shown | None,
    confidence: float,
    resamples: int,
    seed: int | None,
    min_effect: tuple[str, ...],
    fail_on: str,
    fail_under: tuple[str, ...],
) -> int:
    """Compare RUNS scenario by scenario; the first is the baseline.

    Example: evalharness compare r-7f3a r-81c0
    """
    output = Output(ctx.obj, {"runs": list(runs), "baseline": baseline})
    gates = parse_gates(fail_under)
    smallest = {gate.metric: gate.bound for gate in parse_gates(min_effect)}
    options = CompareOptions(
        metrics=metrics,
        confidence=confidence,
        resamples=resamples,
        seed=seed,
        min_effect=smallest,
    )
    with open_store(output.db, must_exist=True) as store:
        refs = [*([baseline] if baseline else []), *(run for run in runs if run != baseline)]
        if len(refs) < 2:
            raise UserError("EH604", "compare needs two runs or more", hint=_choice(store))
        result = compare_runs(store, refs, options)
        output.show(_result(result, changed))
        failed = failed_gates(store, [head.ref for head in result.runs[1:]], gates)
    for line in failed:
        output.note(f"gate failed: {line}")
    regressions = _regressions(result) if fail_on == "regression" else []
    for line in regressions:
        output.note(f"gate failed: {line}")
    return GATE_FAILED if failed or regressions else 0


def _choice(store: Store) -> str:
    """The newest runs, for someone who does not know what they are called."""
    recent = [f"{run.id} ({run.variant})" for run in store.runs()[:RECENT]]
    if not recent:
        return "evalharness run DATASET makes some"
    return f"the latest: {', '.join(recent)}; a variant's name stands for its latest run"


def _result(result: Comparison, changed: Shown | None) -> Result:
    def table(console: Console) -> None:
        print_comparison(console, result, shown=changed or "failing", limit=_limit(changed))

    return Result(
        "compare/1",
        result,
        table,
        records(result),
        markdown=lambda: markdown(result),
        warnings=result.warnings,
    )


def _limit(changed: Shown | None) -> int | None:
    return None if changed == "all" else CHANGES_SHOWN


def _regressions(result: Comparison) -> list[str]:
    """Every primary metric that the rules call worse, in any run.

    The others only explore: nobody said beforehand that they matter.
    """
    return [
        f"{head.letter} {head.variant} is worse in {row.title}"
        for row in result.rows
        for head, cell in zip(result.runs, row.cells, strict=True)
        if cell.word == "worse" and row.metric.name in result.primary
    ]
