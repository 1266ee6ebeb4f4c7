"""`evalharness show REF`: a run, a trial, a dataset or a variant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evalharness.cli.options import Command
from evalharness.cli.output import Output, Result, plain
from evalharness.cli.show_files import files
from evalharness.dataset.files import MANIFEST
from evalharness.errors import NotFound
from evalharness.report import figures
from evalharness.report.session_config import print_configs
from evalharness.report.trial import TrialPage, print_alignment, print_events, print_trial
from evalharness.runner.comparison import run_value
from evalharness.scoring.conversation import read_conversation
from evalharness.scoring.registry import HEADLINES, METRICS
from evalharness.scoring.score import Score
from evalharness.scoring.spec import scoring_spec
from evalharness.store.references import TrialReference
from evalharness.store.rows import RunRow, TrialRow
from evalharness.store.store import Store, open_store


@click.command(cls=Command)
@click.argument("reference")
@click.option("--failed", is_flag=True, help="Of a run, only conversations that did not pass.")
@click.option("--align", is_flag=True, help="Of a trial, its transcripts word by word.")
@click.option("--events", is_flag=True, help="Of a trial, the frames that crossed the wire.")
@click.option("--session", is_flag=True, help="Of a trial, each setting as asked and as it became.")
@click.option("--raw", is_flag=True, help="With --events: the exact text of each frame.")
@click.option("--type", "pattern", help="With --events: only types that contain this.")
@click.pass_context
def show(
    ctx: click.Context,
    *,
    reference: str,
    failed: bool,
    align: bool,
    events: bool,
    session: bool,
    raw: bool,
    pattern: str | None,
) -> None:
    """Show a run (r-8e55, latest, a variant's name), a trial (r-8e55/SCENARIO), or the files of a
    dataset or a variant.

    Example: evalharness show latest --failed
    """
    output = Output(ctx.obj, {"reference": reference})
    path = Path(reference)
    if (path / MANIFEST).exists() or path.suffix in (".yaml", ".yml"):
        output.show(files(path))
        return
    with open_store(output.db, must_exist=True) as store:
        if "/" in reference:
            found = store.trial(reference)
            look = _Look(align, events, session, raw, pattern)
            output.show(_trial(store, found, look))
        else:
            output.show(_run(store, store.run(reference), failed=failed))


def _run(store: Store, run: RunRow, *, failed: bool) -> Result:
    scores = store.scores(run.id)
    rows = [_trial_row(trial, scores.get(trial.id, [])) for trial in store.trials(run.id)]
    shown = [row for row in rows if not (failed and row["outcome"] == "pass")]
    values = {name: run_value(store, run.id, METRICS[name]) for name in HEADLINES}

    def table(console: Console) -> None:
        console.print(
            f"[bold]{run.id} {run.variant}[/bold]  {run.dataset_name}@{run.dataset_sha256[:4]}, "
            f"{run.state}, {len(rows)} conversations"
        )
        for name, value in values.items():
            metric = METRICS[name]
            if value is not None:
                console.print(f"  {metric.title:<24} {figures.value(metric.kind, value)}")
        drawn = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("scenario", "outcome", "WER", "calls", "first audio", "why"):
            drawn.add_column(name, overflow="fold")
        for row in shown:
            drawn.add_row(
                Text(row["scenario"] + (f"#{row['repeat']}" if run.repeats > 1 else "")),
                row["outcome"],
                figures.value("ratio", row["wer"]),
                row["calls"],
                figures.value("duration_ms", row["first_audio_ms"]),
                Text(row["why"]),
            )
        console.print(drawn)

    return Result("run-detail/1", {"run": run, "metrics": values, "trials": shown}, table, shown)


def _trial_row(trial: TrialRow, scores: list[Score]) -> dict[str, Any]:
    def total(metric: str, field: str) -> float:
        return sum(getattr(one, field) or 0.0 for one in scores if one.metric == metric)

    verdict = next((one for one in scores if one.metric == "task_success"), None)
    audio = [one.value for one in scores if one.metric == "v2v" and one.value is not None]
    words, expected = total("wer", "denominator"), total("exact_call_accuracy", "denominator")
    why = [str(one["what"]) for one in verdict.detail["reasons"]] if verdict else []
    if trial.error is not None:
        why.append(str(trial.error.get("message") or trial.error.get("kind")))
    outcome = trial.state
    if verdict is not None and trial.state == "scored":
        outcome = "pass" if verdict.numerator else "fail"
    return {
        "scenario": trial.scenario,
        "repeat": trial.repeat,
        "outcome": outcome,
        "wer": total("wer", "numerator") / words if words else None,
        "calls": f"{total('exact_call_accuracy', 'numerator'):.0f}/{expected:.0f}"
        if expected
        else "",
        "first_audio_ms": sum(audio) / len(audio) if audio else None,
        "why": "; ".join(why),
    }


@dataclass(frozen=True, slots=True)
class _Look:
    """What of a trial is wanted on the screen; none of it: the conversation."""

    align: bool
    events: bool
    session: bool
    raw: bool
    pattern: str | None


def _trial(store: Store, found: TrialReference, look: _Look) -> Result:
    run, trial = found.run, found.trial
    if trial.recording_key is None:
        why = (trial.error or {}).get("message") or trial.state
        raise NotFound(
            "EH305", f"{run.id}/{trial.scenario} has no recording: {why}", hint="run it again"
        )
    recording = store.recording(trial.recording_key)
    script = store.scripts(run.dataset_id)[trial.scenario]
    spec = scoring_spec(store.manifest(run.dataset_id))
    scores = store.scores(run.id).get(trial.id, [])
    page = TrialPage(
        title=f"{run.id}/{trial.scenario}  {run.variant}",
        state=trial.state,
        conversation=read_conversation(script, recording, spec),
        scores=scores,
    )

    def table(console: Console) -> None:
        if look.events:
            print_events(console, recording, raw=look.raw, pattern=look.pattern)
        elif look.session:
            print_configs(console, page.conversation.timeline.configs)
        elif look.align:
            print_alignment(console, scores)
        else:
            print_trial(console, page)

    records = [
        {"seq": f.seq, "at_ns": f.at_ns, "side": f.side, "type": f.type, "payload": f.payload}
        for f in recording.frames
    ]
    data = {"run": run, "trial": trial, "scores": scores, "timeline": page.conversation.timeline}
    return Result(
        "trial/1", data, table, records if look.events else [plain(one) for one in scores]
    )
