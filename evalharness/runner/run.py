"""Dataset x variants x repeats: a run for each variant, so many sessions at once.

Trials of the variants take turns, so that whatever drifts while they run meets all of them alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import platform
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from evalharness.dataset.dataset import Dataset, Scenario
from evalharness.errors import UserError
from evalharness.experiment.plan import Trial, plan
from evalharness.experiment.variant import Variant
from evalharness.runner.conduct import Conductor, Desk
from evalharness.runner.embedded import EmbeddedServer
from evalharness.runner.lag import LoopLag
from evalharness.runner.options import RunOptions
from evalharness.runner.progress import Listener, RunEnded, RunStarted
from evalharness.runner.scoring_pool import ScoringPool
from evalharness.scoring.spec import scoring_spec
from evalharness.store.rows import RunRow, TrialRow
from evalharness.store.runs import NewRun
from evalharness.store.store import Store
from evalharness.store.writer import Writer

UNFINISHED = frozenset({"planned", "running", "invalid", "skipped"})
"""States of trials that `--resume` runs again."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What became of one variant's run."""

    run: str
    variant: str
    state: str
    trials: int
    scored: int
    failed: int
    invalid: int
    missing: int


@dataclass(frozen=True, slots=True)
class RunSummary:
    runs: Sequence[RunOutcome]
    interrupted: bool
    stopped_because: str
    seconds: float


@dataclass(frozen=True, slots=True)
class VariantRun:
    """A run with the variant it is of, and the trials still to do."""

    row: RunRow
    letter: str
    variant: Variant
    todo: Sequence[TrialRow]
    kept: int


async def run_dataset(
    dataset: Dataset,
    variants: Sequence[Variant],
    options: RunOptions,
    store: Store,
    listener: Listener,
    environ: Mapping[str, str],
) -> RunSummary:
    """Run every scenario against every variant; a run for each.

    Raises UserError for what can be known before anything is sent. Ctrl-C once finishes the
    conversations in flight, twice ends them; what was done is kept either way.
    """
    trials = plan(dataset, options.repeats, options.selection)
    dataset_id = store.save_dataset(dataset)
    runs = [
        _new_run(store, dataset_id, letter, variant, trials, options)
        for letter, variant in zip(_letters(), variants, strict=False)
    ]
    return await _carry_out(dataset, runs, options, store, listener, environ)


async def resume_runs(
    dataset: Dataset,
    variants: Sequence[Variant],
    references: Sequence[str],
    options: RunOptions,
    store: Store,
    listener: Listener,
    environ: Mapping[str, str],
) -> RunSummary:
    """Finish runs: what is missing or invalid, and nothing else. Raises UserError when the
    dataset or the variant is no longer what the run was made of."""
    runs = [
        _old_run(store, dataset, letter, variants, reference)
        for letter, reference in zip(_letters(), references, strict=False)
    ]
    return await _carry_out(dataset, runs, options, store, listener, environ)


def _letters() -> Iterator[str]:
    return (chr(ord("A") + index) for index in range(26))


def _new_run(
    store: Store,
    dataset_id: int,
    letter: str,
    variant: Variant,
    trials: Sequence[Trial],
    options: RunOptions,
) -> VariantRun:
    variant_id = store.save_variant(variant.name, variant.config, variant.content_sha256)
    row = store.create_run(
        NewRun(
            dataset_id=dataset_id,
            variant_id=variant_id,
            trials=[(trial.scenario_key, trial.repeat) for trial in trials],
            label=options.label,
            repeats=options.repeats,
            seed=options.seed,
            options={"fast": options.fast, "concurrency": options.concurrency},
            provenance=_provenance(),
        )
    )
    return VariantRun(row, letter, variant, store.trials(row.id), 0)


def _provenance() -> Mapping[str, str]:
    return {
        "evalharness": importlib.metadata.version("evalharness"),
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
    }


def _old_run(
    store: Store, dataset: Dataset, letter: str, variants: Sequence[Variant], reference: str
) -> VariantRun:
    row = store.run(reference)
    if row.dataset_sha256 != dataset.content_sha256:
        raise UserError(
            "EH510",
            f"{row.id} was made with another version of {row.dataset_name}",
            hint="start a new run; compare pairs the scenarios that did not change",
        )
    same = [one for one in variants if one.content_sha256 == row.variant_sha256]
    if not same:
        raise UserError(
            "EH511",
            f"no variant given is the {row.variant} that {row.id} was made with",
            hint="name its file with -V; a changed variant needs a new run",
        )
    trials = store.trials(row.id)
    todo = [trial for trial in trials if trial.state in UNFINISHED]
    store.set_run_state(row.id, "running")
    return VariantRun(row, letter, same[0], todo, len(trials) - len(todo))


async def _carry_out(
    dataset: Dataset,
    runs: Sequence[VariantRun],
    options: RunOptions,
    store: Store,
    listener: Listener,
    environ: Mapping[str, str],
) -> RunSummary:
    started = time.monotonic()
    spec = scoring_spec(dataset.manifest)
    store.save_spec(spec.sha256, spec.to_json())
    scenarios = {scenario.key: scenario for scenario in dataset.scenarios}
    for run in runs:
        listener(RunStarted(run.row.id, run.letter, run.variant.name, _total(run), run.kept))
    lag = LoopLag()
    async with contextlib.AsyncExitStack() as stack:
        writer = stack.enter_context(Writer(store.engine))
        pool = stack.enter_context(ScoringPool(store.place))
        url = None
        if any(run.variant.target.url is None for run in runs):
            url = await stack.enter_async_context(EmbeddedServer(dataset.root))
        desk = Desk(store, writer, pool, listener, lag)
        conductor = Conductor(dataset, options, spec, desk, environ, embedded_url=url)
        watching = asyncio.create_task(lag.run())
        try:
            await _all_trials(conductor, runs, scenarios, options.concurrency)
        finally:
            watching.cancel()
    outcomes = [_close(store, run, listener) for run in runs]
    return RunSummary(
        outcomes,
        interrupted=conductor.interrupted,
        stopped_because=conductor.stopped_because,
        seconds=time.monotonic() - started,
    )


def _total(run: VariantRun) -> int:
    return run.kept + len(run.todo)


async def _all_trials(
    conductor: Conductor,
    runs: Sequence[VariantRun],
    scenarios: Mapping[str, Scenario],
    concurrency: int,
) -> None:
    """Workers take trials from one list until it is empty or the run is stopped."""
    waiting = iter(_interleaved(runs))

    async def work() -> None:
        for run, trial in waiting:
            if conductor.stopping:
                return
            await conductor.conduct(run.row, run.variant, trial, scenarios[trial.scenario])

    workers = [asyncio.create_task(work()) for _ in range(concurrency)]
    with _interrupts(conductor, workers):
        outcomes = await asyncio.gather(*workers, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


def _interleaved(runs: Sequence[VariantRun]) -> Iterator[tuple[VariantRun, TrialRow]]:
    longest = max((len(run.todo) for run in runs), default=0)
    for index in range(longest):
        for run in runs:
            if index < len(run.todo):
                yield run, run.todo[index]


@contextlib.contextmanager
def _interrupts(conductor: Conductor, workers: Sequence[asyncio.Task[None]]) -> Iterator[None]:
    """Ctrl-C: once stops starting, twice cancels."""
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        if conductor.interrupted:
            for worker in workers:
                worker.cancel()
        else:
            conductor.stop("interrupted", by_user=True)

    try:
        loop.add_signal_handler(signal.SIGINT, interrupt)
    except (NotImplementedError, RuntimeError):
        # Windows, or not the main thread: the interrupt arrives as an exception instead.
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def _close(store: Store, run: VariantRun, listener: Listener) -> RunOutcome:
    states = [trial.state for trial in store.trials(run.row.id)]
    missing = sum(state in ("planned", "running") for state in states)
    state = "interrupted" if missing else "complete"
    store.set_run_state(run.row.id, state)
    listener(RunEnded(run.row.id, state))
    return RunOutcome(
        run=run.row.id,
        variant=run.variant.name,
        state=state,
        trials=len(states),
        scored=states.count("scored"),
        failed=states.count("failed"),
        invalid=states.count("invalid"),
        missing=missing,
    )


def summary_records(summary: RunSummary) -> list[dict[str, object]]:
    """One flat record a run."""
    return [asdict(one) for one in summary.runs]
