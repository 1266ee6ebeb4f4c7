"""A run while it happens: a live table on a terminal, plain lines elsewhere, or JSON lines."""

from __future__ import annotations

import dataclasses
import json
import statistics
import sys
import time
from types import TracebackType
from typing import Self, assert_never

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from evalharness.cli.output import Output, plain
from evalharness.runner.progress import (
    AttemptFailed,
    Progress,
    RunEnded,
    RunStarted,
    Stopping,
    TrialEnded,
    TrialFigures,
)

LINE_EVERY_S = 30.0
LINE_EVERY_SHARE = 0.10
REFRESH_PER_SECOND = 4


@dataclasses.dataclass(slots=True)
class _Tally:
    """One run's figures so far."""

    start: RunStarted
    done: int
    passed: int = 0
    judged: int = 0
    word_errors: float = 0.0
    words: float = 0.0
    calls_right: float = 0.0
    calls_expected: float = 0.0
    first_audio_ms: list[float] = dataclasses.field(default_factory=list)
    cost_usd: float = 0.0
    invalid: int = 0
    ended: bool = False

    def add(self, state: str, figures: TrialFigures) -> None:
        self.done += 1
        self.invalid += state not in ("scored", "failed")
        if figures.passed is not None:
            self.judged += 1
            self.passed += figures.passed
        self.word_errors += figures.word_errors
        self.words += figures.words
        self.calls_right += figures.calls_right
        self.calls_expected += figures.calls_expected
        self.first_audio_ms += figures.first_audio_ms
        self.cost_usd += figures.cost_usd

    def cells(self) -> list[str]:
        audio = f"{statistics.median(self.first_audio_ms):.0f} ms" if self.first_audio_ms else ""
        return [
            f"{self.done}/{self.start.trials}",
            _percent(self.passed, self.judged),
            _percent(self.word_errors, self.words),
            _percent(self.calls_right, self.calls_expected),
            audio,
            f"${self.cost_usd:.2f}" if self.judged else "",
        ]


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


HEADINGS = ("done", "pass", "WER", "calls", "first audio", "cost")


class Show:
    """`with Show(output) as show: run(..., listener=show)`."""

    def __init__(self, output: Output) -> None:
        self._console = output.err
        self._mode = _mode(output)
        self._every_trial = output.settings.verbose > 0
        self._tallies: dict[str, _Tally] = {}
        self._started = time.monotonic()
        self._said: dict[str, tuple[float, float]] = {}
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self._mode == "live":
            self._live = Live(
                console=self._console,
                get_renderable=self._table,
                refresh_per_second=REFRESH_PER_SECOND,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.refresh()
            self._live.stop()

    @property
    def tallies(self) -> dict[str, _Tally]:
        return self._tallies

    def __call__(self, event: Progress) -> None:
        if self._mode == "json":
            record = {"event": type(event).__name__, **plain(event)}
            sys.stderr.write(json.dumps(record, ensure_ascii=False) + "\n")
        match event:
            case RunStarted():
                self._tallies[event.run] = _Tally(event, event.done)
            case TrialEnded():
                self._trial(event)
            case AttemptFailed():
                tally = self._tallies[event.run]
                self._problem(
                    f"{tally.start.letter} {event.scenario}  {event.reason}, attempt "
                    f"{event.attempt} of {event.attempts}, trying again in {event.wait_s:g} s"
                )
            case Stopping():
                self._problem(f"{event.reason}; {event.in_flight} conversations are finishing")
            case RunEnded():
                self._tallies[event.run].ended = True
                self._line(self._tallies[event.run], force=True)
            case _:
                assert_never(event)

    def _trial(self, event: TrialEnded) -> None:
        tally = self._tallies[event.run]
        tally.add(event.state, event.figures)
        if event.state in ("invalid", "failed"):
            self._problem(f"{tally.start.letter} {event.scenario}  {event.state}: {event.reason}")
        elif self._every_trial and self._mode != "json":
            outcome = "pass" if event.figures.passed else "fail"
            self._console.print(f"{tally.start.letter} {event.scenario}  {outcome}", markup=False)
        self._line(tally, force=False)

    def _problem(self, text: str) -> None:
        if self._mode not in ("json", "none"):
            self._console.print(f"✗ {text}", style="yellow", markup=False, soft_wrap=True)

    def _line(self, tally: _Tally, *, force: bool) -> None:
        """One plain line every tenth of the run or half minute."""
        if self._mode != "lines":
            return
        now, share = time.monotonic(), tally.done / max(tally.start.trials, 1)
        said_at, said_share = self._said.get(tally.start.run, (self._started, 0.0))
        due = share - said_share >= LINE_EVERY_SHARE or now - said_at >= LINE_EVERY_S
        if not (due or (force and share != said_share)):
            return
        self._said[tally.start.run] = (now, share)
        figures = [
            f"{heading} {cell}"
            for heading, cell in zip(HEADINGS, tally.cells(), strict=True)
            if cell
        ]
        start = tally.start
        self._console.print(
            f"{start.letter} {start.variant}  {', '.join(figures)}", markup=False, soft_wrap=True
        )

    def _table(self) -> RenderableType:
        table = Table(box=None, pad_edge=False)
        for heading in ("", "variant", "done", "", *HEADINGS[1:], "left"):
            table.add_column(heading, justify="left" if heading in ("", "variant") else "right")
        for tally in self._tallies.values():
            done, *rest = tally.cells()
            bar = ProgressBar(total=tally.start.trials, completed=tally.done, width=20)
            table.add_row(
                tally.start.letter, tally.start.variant, done, bar, *rest, self._left(tally)
            )
        return table

    def _left(self, tally: _Tally) -> str:
        """Time left, once it can be told."""
        if tally.ended or tally.done >= tally.start.trials:
            return "done"
        fresh = tally.done - tally.start.done
        if fresh == 0 or tally.done < 0.05 * tally.start.trials:
            return ""
        seconds = (time.monotonic() - self._started) / fresh * (tally.start.trials - tally.done)
        return f"{seconds // 60:.0f}:{seconds % 60:02.0f}"


def _mode(output: Output) -> str:
    wanted = output.settings.progress or "auto"
    if output.settings.quiet:
        return "none"
    if wanted != "auto":
        return wanted
    return "live" if _can_redraw(output.err) else "lines"


def _can_redraw(console: Console) -> bool:
    return console.is_terminal and not console.is_dumb_terminal
