"""What a person may write for a run: r-8e55 or any unique beginning of it, latest, latest~1,
@main for a baseline, or a variant's name for its latest run; with /scenario[#repeat] a trial."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from evalharness.errors import NotFound
from evalharness.store import schema
from evalharness.store.rows import RunRow, TrialRow
from evalharness.store.runs import list_runs, list_trials

LIST_HINT = "evalharness list shows the runs there are"
_LATEST = re.compile(r"latest(?:~(\d+))?")


@dataclass(frozen=True, slots=True)
class TrialReference:
    """A trial and the run it belongs to."""

    run: RunRow
    trial: TrialRow


def resolve_run(connection: Connection, text: str) -> RunRow:
    """Raises NotFound when nothing matches or several do; the message lists them."""
    runs = list_runs(connection)
    if not runs:
        raise NotFound("EH301", "there are no runs yet", hint="evalharness run DATASET makes one")
    latest = _LATEST.fullmatch(text)
    if latest is not None:
        back = int(latest.group(1) or 0)
        if back >= len(runs):
            raise NotFound("EH301", f"{text}: there are only {len(runs)} runs", hint=LIST_HINT)
        return runs[back]
    if text.startswith("@"):
        return _baseline(connection, runs, text[1:])
    exact = [run for run in runs if run.id == text] or [run for run in runs if run.variant == text]
    if exact:
        return exact[0]
    by_id = [run for run in runs if text.startswith("r-") and run.id.startswith(text)]
    if len(by_id) == 1:
        return by_id[0]
    if by_id:
        names = ", ".join(f"{run.id} ({run.variant})" for run in by_id[:8])
        raise NotFound("EH302", f"{text} could be any of {names}", hint="write more of it")
    raise NotFound("EH301", f"no run {text}", hint=_nearest(text, runs))


def _baseline(connection: Connection, runs: Sequence[RunRow], name: str) -> RunRow:
    table = schema.baseline
    found = connection.execute(select(table.c.run_id).where(table.c.name == name)).scalars().all()
    marked = [run for run in runs if run.id in found]
    if not marked:
        raise NotFound("EH303", f"no baseline is called {name}", hint=LIST_HINT)
    return marked[0]


def set_baseline(connection: Connection, dataset_name: str, name: str, run_id: str) -> None:
    """Name a run, in place of the one that had the name."""
    table = schema.baseline
    mine = (table.c.dataset_name == dataset_name) & (table.c.name == name)
    connection.execute(delete(table).where(mine))
    row = {"dataset_name": dataset_name, "name": name, "run_id": run_id}
    connection.execute(insert(table), row)


def find_baseline(connection: Connection, dataset_name: str, name: str) -> RunRow | None:
    table = schema.baseline
    mine = (table.c.dataset_name == dataset_name) & (table.c.name == name)
    run_id = connection.execute(select(table.c.run_id).where(mine)).scalar()
    return next((run for run in list_runs(connection) if run.id == run_id), None)


def _nearest(text: str, runs: Sequence[RunRow]) -> str:
    names = [name for run in runs for name in (run.id, run.variant)]
    near = difflib.get_close_matches(text, names, n=1)
    return f"did you mean {near[0]}? {LIST_HINT}" if near else LIST_HINT


def resolve_trial(connection: Connection, text: str) -> TrialReference:
    """RUN/SCENARIO or RUN/SCENARIO#REPEAT. Raises NotFound."""
    run_text, _, rest = text.partition("/")
    run = resolve_run(connection, run_text)
    scenario, _, repeat = rest.partition("#")
    trials = list_trials(connection, run.id)
    found = [
        trial
        for trial in trials
        if trial.scenario == scenario and (not repeat or str(trial.repeat) == repeat)
    ]
    if found:
        return TrialReference(run, found[0])
    near = difflib.get_close_matches(scenario, [trial.scenario for trial in trials], n=1)
    hint = f"did you mean {run.id}/{near[0]}?" if near else f"evalharness show {run.id} lists them"
    raise NotFound("EH304", f"{run.id} has no trial {rest}", hint=hint)
