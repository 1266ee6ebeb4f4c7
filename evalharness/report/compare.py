"""A comparison on the terminal: verdict, what differs, effects with intervals, what changed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from evalharness.report import figures
from evalharness.stats.comparison import Cell, ChangedOutcome, Comparison, Row

STYLE = {"better": "cyan", "worse": "red"}
NAMES_WIDTH, VARIANT_WIDTH = 40, 58
"""What the metrics with the baseline, and each variant with its change, take without wrapping;
where it is not there, each variant gets a block of its own instead of columns side by side."""


Shown = Literal["failing", "passing", "all", "none"]
"""Which of the changed outcomes are listed."""


def comparison(
    result: Comparison, *, width: int, shown: Shown = "failing", limit: int | None = 10
) -> RenderableType:
    """The whole screen. `limit` bounds the list of changed outcomes (None: no bound)."""
    parts: list[RenderableType] = [Text(verdict, style="bold") for verdict in result.verdicts]
    parts += [Text(baseline_line(result)), Text("")]
    if result.differences:
        parts += [_differences(result), Text("")]
    others = len(result.runs) - 1
    if width >= NAMES_WIDTH + others * VARIANT_WIDTH:
        parts.append(_results(result, range(1, len(result.runs))))
    else:
        for index in range(1, len(result.runs)):
            parts.append(_results(result, range(index, index + 1)))
            parts.append(Text(""))
    parts += [Text(""), *_changed(result, shown, limit)]
    parts += [Text(f"warning: {warning}", style="yellow") for warning in result.warnings]
    return Group(*parts)


def baseline_line(result: Comparison) -> str:
    """Which run is the baseline, what is paired, how intervals were made, what was left out."""
    head = result.runs[0]
    resampled = result.paired >= 50
    method = "bootstrap" if resampled else "cluster-t"
    line = (
        f"Baseline {head.letter} {head.variant} ({head.ref}). {result.paired} of "
        f"{result.scenarios} conversations, paired, {result.options.confidence:.0%} {method} "
        f"intervals."
    )
    if result.left_out:
        names = [f"{one.scenario} ({one.reason})" for one in islice(result.left_out, 3)]
        more = len(result.left_out) - len(names)
        line += f" {len(result.left_out)} left out: {', '.join(names)}"
        line += f" and {more} more." if more > 0 else "."
    return line


def _differences(result: Comparison) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("What differs", no_wrap=True)
    for head in result.runs:
        table.add_column(f"{head.letter} {head.variant}", overflow="fold")
    for difference in result.differences:
        table.add_row(difference.path, *(figures.setting(value) for value in difference.values))
    return Group(table, Text(f"{result.identical_settings} other settings are identical."))


def _results(result: Comparison, indexes: Sequence[int] | range) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column(_title(result, 0), justify="right", no_wrap=True)
    for index in indexes:
        table.add_column(_title(result, index), justify="right", no_wrap=True)
        table.add_column(f"vs {result.runs[0].letter}")
    for row in result.rows:
        cells: list[str | Text] = [_value(row, row.cells[0])]
        for index in indexes:
            cells += [_value(row, row.cells[index]), _change(row, row.cells[index])]
        table.add_row(row.title, *cells)
    return table


def _title(result: Comparison, index: int) -> str:
    head = result.runs[index]
    return f"{head.letter} {head.variant}"


def _value(row: Row, cell: Cell) -> str:
    if cell.value is None and row.quantile is not None and cell.n:
        return f"n too small ({cell.n:.0f})"
    return figures.value(row.metric.kind, cell.value)


def _change(row: Row, cell: Cell) -> Text:
    return Text(figures.change(row, cell), style=STYLE.get(cell.word or "", ""))


def _changed(result: Comparison, shown: Shown, limit: int | None) -> list[RenderableType]:
    if not result.changed:
        return [Text("Changed outcome  none.")]
    counts = []
    for head in result.runs[1:]:
        mine = [one.change for one in result.changed if one.letter == head.letter]
        counts.append(
            f"{head.letter}: {mine.count('newly failing')} newly failing, "
            f"{mine.count('newly passing')} newly passing."
        )
    lines: list[RenderableType] = [Text(f"Changed outcome  {'  '.join(counts)}")]
    listed = [one for one in result.changed if shown == "all" or one.change == f"newly {shown}"]
    lines += [_outcome(one) for one in listed[:limit]]
    hidden = len(result.changed) - len(listed[:limit])
    if hidden:
        lines.append(Text(f"  {hidden} more. --changed all lists them."))
    return lines


def _outcome(outcome: ChangedOutcome) -> RenderableType:
    failing = outcome.change == "newly failing"
    text = Text("✗ " if failing else "✓ ", style="red" if failing else "cyan")
    text.append(f"{outcome.letter}  {outcome.scenario}  ", style="default")
    reasons = "; ".join(islice(outcome.reasons, 2))
    text.append(reasons if failing else f"was: {reasons}", style="default")
    return Padding(text, (0, 0, 0, 0))


def print_comparison(
    console: Console, result: Comparison, *, shown: Shown = "failing", limit: int | None = 10
) -> None:
    console.print(comparison(result, width=console.width, shown=shown, limit=limit))
