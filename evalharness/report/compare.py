"""A comparison on the terminal: verdict, what differs, effects with intervals, what changed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from evalharness.report import figures
from evalharness.stats.comparison import ChangedOutcome, Comparison
from evalharness.stats.intervals import Method
from evalharness.stats.rows import Cell, Row

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
    if result.rows:
        others = range(1, len(result.runs))
        together = width >= NAMES_WIDTH + len(others) * VARIANT_WIDTH
        for indexes in [others] if together else [range(one, one + 1) for one in others]:
            parts += [_results(result, indexes), Text("")]
    parts += _changed(result, shown, limit)
    parts += [Text(f"warning: {warning}", style="yellow") for warning in result.warnings]
    return Group(*parts)


def baseline_line(result: Comparison) -> str:
    """Which run is the baseline, what is paired, how intervals were made, what was left out."""
    head = result.runs[0]
    line = (
        f"Baseline {head.letter} {head.variant} ({head.ref}). {result.paired} of "
        f"{result.scenarios} conversations, paired"
    )
    methods = _methods(result)
    if methods:
        line += f", {figures.percent(result.options.confidence)} {methods} intervals"
    line += "."
    if result.left_out:
        names = [
            f"{one.scenario} ({figures.reason(one.reason)})" for one in islice(result.left_out, 3)
        ]
        more = len(result.left_out) - len(names)
        line += f" {len(result.left_out)} left out: {', '.join(names)}"
        line += f" and {more} more." if more > 0 else "."
    return line


METHODS: Mapping[Method, str] = {
    "cluster-t": "cluster-t",
    "cluster-bootstrap": "bootstrap",
    "clopper-pearson": "Clopper-Pearson",
}
"""How the intervals of changes are called, the commonest first."""


def _methods(result: Comparison) -> str:
    """Those that the intervals on the page were made by."""
    cells = [cell for row in result.rows for cell in row.cells]
    used = {shown.method for cell in cells if (shown := cell.ratio_change or cell.change)}
    names = [name for method, name in METHODS.items() if method in used]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _differences(result: Comparison) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("What differs", no_wrap=True)
    for head in result.runs:
        table.add_column(Text(f"{head.letter} {head.variant}"), overflow="fold")
    for difference in result.differences:
        # Text, not str: brackets in a setting are not markup.
        values = [Text(figures.setting(value)) for value in difference.values]
        table.add_row(Text(difference.path), *values)
    same = result.identical_settings
    others = "1 other setting is" if same == 1 else f"{same} other settings are"
    return Group(table, Text(f"{others} identical."))


def _results(result: Comparison, indexes: range) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column(_title(result, 0), justify="right", no_wrap=True)
    for index in indexes:
        table.add_column(_title(result, index), justify="right", no_wrap=True)
        table.add_column(f"vs {result.runs[0].letter}")
    for row in result.rows:
        cells = [Text(figures.cell_value(row, row.cells[0]))]
        for index in indexes:
            cell = row.cells[index]
            cells += [Text(figures.cell_value(row, cell)), _change(row, cell)]
        table.add_row(row.title, *cells)
    return table


def _title(result: Comparison, index: int) -> Text:
    head = result.runs[index]
    return Text(f"{head.letter} {head.variant}")


def _change(row: Row, cell: Cell) -> Text:
    return Text(figures.change(row, cell), style=STYLE.get(cell.word or "", ""))


def _changed(result: Comparison, shown: Shown, limit: int | None) -> list[RenderableType]:
    if not result.changed:
        return [Text("Changed outcome  none.")] if result.paired else []
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


def _outcome(outcome: ChangedOutcome) -> Text:
    failing = outcome.change == "newly failing"
    text = Text("✗ " if failing else "✓ ", style="red" if failing else "cyan")
    text.append(f"{outcome.letter}  {outcome.scenario}  ", style="default")
    reasons = "; ".join(map(figures.reason, islice(outcome.reasons, 2)))
    text.append(reasons if failing else f"was: {reasons}", style="default")
    return text


def print_comparison(
    console: Console, result: Comparison, *, shown: Shown = "failing", limit: int | None = 10
) -> None:
    console.print(comparison(result, width=console.width, shown=shown, limit=limit))
