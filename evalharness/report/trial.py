"""One conversation on the terminal: what was said, heard, called and answered, and when."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evalharness.recording.frame import Frame
from evalharness.recording.recording import Recording
from evalharness.recording.timeline import FunctionCall, Response, Timeline, TurnSpan
from evalharness.report.session_config import not_applied
from evalharness.scoring.conversation import Conversation
from evalharness.scoring.score import Score
from evalharness.scoring.transcripts import align

SECOND = 1e9


@dataclass(frozen=True, slots=True)
class TrialPage:
    """What the screen is made of. `title` names the trial as the user would."""

    title: str
    state: str
    conversation: Conversation
    scores: Sequence[Score]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, at `at_s` of the recording."""

    at_s: float
    who: Literal["caller", "assistant", "call", "silence"]
    text: str


def print_trial(console: Console, page: TrialPage) -> None:
    console.print(Text(page.title, style="bold"))
    console.print(Text(headline(page)))
    for reason in _reasons(page.scores):
        console.print(Text(f"fails: {reason}", style="red"))
    for line in not_applied(page.conversation.timeline.configs):
        console.print(Text(f"session: {line}", style="yellow"))
    console.print()
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for said in lines(page):
        # Text, not str: [said] would be taken for markup, and vanish.
        table.add_row(f"{said.at_s:.1f}", said.who, Text(said.text))
    console.print(table)
    console.print(Text("\n[said] {heard}", style="dim"))


def headline(page: TrialPage) -> str:
    """Length, events, cost, word errors and first audio in one line."""
    recording = page.conversation.recording
    seconds = recording.footer.duration_ns / SECOND if recording.footer else None
    parts = [
        page.state,
        "unfinished" if seconds is None else f"{seconds:.1f} s",
        f"{len(recording.frames)} events",
    ]
    errors = _sum(page.scores, "wer", "numerator")
    words = _sum(page.scores, "wer", "denominator")
    if words:
        parts.append(f"WER {100 * errors / words:.1f} % ({_errors(errors, words)})")
    audio = [one for one in page.scores if one.metric in ("v2v", "v2v_tool")]
    if audio:
        parts.append(f"first audio {', '.join(map(_first_audio, audio))}")
    cost = _sum(page.scores, "cost_usd", "numerator")
    if cost:
        parts.append(f"{cost * 100:.2f} ¢")
    return ", ".join(parts)


def _errors(errors: float, words: float) -> str:
    """Errors in words, not of them: added words may make more errors than words were said."""
    return f"{errors:.0f} error{'' if errors == 1 else 's'} in {words:.0f} words"


def _first_audio(score: Score) -> str:
    if score.value is not None:
        return f"{score.value:.0f} ms"
    return "no answer" if "censored_ms" in score.detail else "not measured"


def _sum(scores: Sequence[Score], metric: str, field: str) -> float:
    return sum(getattr(one, field) or 0.0 for one in scores if one.metric == metric)


def _reasons(scores: Sequence[Score]) -> list[str]:
    found = [one.detail.get("reasons", []) for one in scores if one.metric == "task_success"]
    return [f"turn {one['turn']}: {one['what']}" for reasons in found for one in reasons]


def lines(page: TrialPage) -> list[Line]:
    """Everything that was said and done, in order of time."""
    timeline: Timeline = page.conversation.timeline
    made = [line for span in timeline.turns for line in _turn(page, span)]
    # A greeting, say: nobody's turn, but it was heard.
    for response in timeline.unattributed_responses:
        made += _response(response, [])
    return sorted(made, key=lambda line: line.at_s)


def _turn(page: TrialPage, span: TurnSpan) -> Iterator[Line]:
    script = page.conversation.turns[span.index].script
    at_s = span.started_ns / SECOND
    if script.text is not None:
        yield Line(at_s, "caller", f"(typed) {script.text}")
    elif script.silence is not None:
        yield Line(at_s, "silence", f"{script.silence.ms / 1000:g} s")
    else:
        yield Line(at_s, "caller", said_and_heard(page.scores, span))
    verdicts = _verdicts(page.scores, span.index)
    for response in span.responses:
        yield from _response(response, verdicts)


def said_and_heard(scores: Sequence[Score], span: TurnSpan) -> str:
    """The caller's words; where the transcript differs, [said]{heard}."""
    mine = (one for one in scores if one.metric == "wer" and one.turn == span.index)
    score = next(mine, None)
    if score is None or score.value is None:
        heard = " ".join(item.transcript or "" for item in span.inputs)
        return f"{{{heard}}}" if heard else "(not transcribed)"
    words = []
    for step in align(score.detail["ref_norm"].split(), score.detail["hyp_norm"].split()):
        match step.op:
            case "hit":
                words.append(str(step.reference))
            case "substitution":
                words.append(f"[{step.reference}]{{{step.hypothesis}}}")
            case "deletion":
                words.append(f"[{step.reference}]")
            case "insertion":
                words.append(f"{{{step.hypothesis}}}")
    return " ".join(words)


def _response(response: Response, verdicts: list[Mapping[str, Any]]) -> Iterator[Line]:
    """`verdicts` of the turn's calls: each is used up by the call it is about."""
    for call in response.calls:
        yield Line(call.at_ns / SECOND, "call", _call(call, verdicts))
    if response.transcript or response.audio:
        at_ns = response.first_audio_ns or response.first_output_ns or response.created_ns
        cut = " | interrupted" if response.status == "cancelled" else ""
        yield Line(at_ns / SECOND, "assistant", (response.transcript or "(no words)") + cut)


def _call(call: FunctionCall, verdicts: list[Mapping[str, Any]]) -> str:
    actual = _json(call)
    mine = [one for one in verdicts if one["name"] == call.name and one["actual"] == actual]
    # Of two calls alike one may be expected and the other not.
    if mine:
        verdicts.remove(mine[0])
    verdict = f"  {mine[0]['verdict']}" if mine else ""
    took = "" if call.answered_ns is None else f"  {(call.answered_ns - call.at_ns) / 1e6:.0f} ms"
    return f"{call.name} {call.arguments}{verdict}{took}"


def _json(call: FunctionCall) -> Any:
    try:
        return json.loads(call.arguments)
    except ValueError:
        return call.arguments


def _verdicts(scores: Sequence[Score], turn: int) -> list[Mapping[str, Any]]:
    """What was said of each call that was made."""
    found = [one for one in scores if one.metric == "turn_calls_pass" and one.turn == turn]
    pairs: Sequence[Mapping[str, Any]] = found[0].detail.get("pairs", ()) if found else ()
    return [pair for pair in pairs if pair["actual"] is not None]


# Beside the conversation: alignment and events


def print_alignment(console: Console, scores: Sequence[Score]) -> None:
    """The block that speech people read: REF above HYP, errors marked below."""
    for score in scores:
        if score.metric != "wer" or score.value is None:
            continue
        reference: list[str] = []
        heard: list[str] = []
        marks: list[str] = []
        for step in align(score.detail["ref_norm"].split(), score.detail["hyp_norm"].split()):
            said, got = step.reference or "***", step.hypothesis or "***"
            width = max(len(said), len(got))
            reference.append(said.ljust(width))
            heard.append(got.ljust(width))
            mark = "" if step.op == "hit" else step.op[0].upper()
            marks.append(mark.ljust(width))
        errors = _errors(score.numerator or 0.0, score.denominator or 0.0)
        console.print(f"turn {score.turn}: {errors}")
        for name, words in (("REF", reference), ("HYP", heard), ("   ", marks)):
            console.print(f"  {name} {' '.join(words)}".rstrip(), markup=False, soft_wrap=True)


def print_events(console: Console, recording: Recording, *, raw: bool, pattern: str | None) -> None:
    """Every frame in order; runs of the same type are collapsed unless `raw`."""
    frames = [frame for frame in recording.frames if pattern is None or pattern in frame.type]
    if raw:
        for frame in frames:
            console.print(recording.text(frame), markup=False, soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("seq", "at s", "", "type", "n", "audio"):
        table.add_column(name, justify="right" if name in ("seq", "at s", "n", "audio") else "left")
    for run in _runs(frames):
        first = run[0]
        size = sum(frame.audio.length for frame in run if frame.audio is not None)
        table.add_row(
            str(first.seq),
            f"{first.at_ns / SECOND:.3f}",
            "→" if first.side == "client" else "←",
            Text(first.type or "(no event)"),
            f"× {len(run)}" if len(run) > 1 else "",
            f"{size:,} B" if size else "",
        )
    console.print(table)


def _runs(frames: Sequence[Frame]) -> list[list[Frame]]:
    runs: list[list[Frame]] = []
    for frame in frames:
        if runs and (runs[-1][0].type, runs[-1][0].side) == (frame.type, frame.side):
            runs[-1].append(frame)
        else:
            runs.append([frame])
    return runs
