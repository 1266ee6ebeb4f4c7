"""A comparison as a pull-request comment: the verdict in an alert, one table, the rest folded."""

from __future__ import annotations

from evalharness.report import figures
from evalharness.report.compare import baseline_line
from evalharness.stats.comparison import Comparison

LONGEST = 60_000
"""GitHub refuses comments above 65,536 characters."""


def markdown(result: Comparison) -> str:
    worse = any(cell.word == "worse" for row in result.rows for cell in row.cells)
    lines = ["> [!WARNING]" if worse else "> [!NOTE]"]
    lines += [f"> {_plain(verdict)}" for verdict in result.verdicts]
    lines += ["", _plain(baseline_line(result)), "", *_table(result)]
    for warning in result.warnings:
        lines += [f"**Warning:** {_plain(warning)}", ""]
    lines += [*_settings(result), *_changed(result)]
    return "\n".join(lines).rstrip() + "\n"


def _table(result: Comparison) -> list[str]:
    if not result.rows:
        return []
    base = result.runs[0]
    header = ["", f"{base.letter} {_plain(base.variant)}"]
    for head in result.runs[1:]:
        header += [f"{head.letter} {_plain(head.variant)}", f"vs {base.letter}"]
    rows = [header, ["---"] + ["---:"] * (len(header) - 1)]
    for row in result.rows:
        cells = [row.title, figures.cell_value(row, row.cells[0])]
        for cell in row.cells[1:]:
            cells += [figures.cell_value(row, cell), figures.change(row, cell)]
        rows.append(cells)
    return [*(f"| {' | '.join(cells)} |" for cells in rows), ""]


def _settings(result: Comparison) -> list[str]:
    if not result.differences:
        return []
    lines = ["<details><summary>What differs</summary>", ""]
    for difference in result.differences:
        values = ", ".join(
            f"{head.letter} {_plain(figures.setting(value))}"
            for head, value in zip(result.runs, difference.values, strict=True)
        )
        lines.append(f"- `{difference.path}`: {values}")
    return [*lines, "", "</details>", ""]


def _changed(result: Comparison) -> list[str]:
    if not result.changed:
        return []
    lines = [f"<details><summary>Changed outcome: {len(result.changed)}</summary>", ""]
    size = 0
    for index, one in enumerate(result.changed):
        reasons = "; ".join(map(figures.reason, one.reasons))
        was = "was: " if one.change == "newly passing" else ""
        line = f"- {one.letter} `{one.scenario}` {one.change}, {was}{_plain(reasons)}"
        size += len(line)
        if size > LONGEST // 2:
            lines.append(f"- and {len(result.changed) - index} more")
            break
        lines.append(line)
    return [*lines, "", "</details>"]


def _plain(text: str) -> str:
    """Text from transcripts and configurations must not become markup."""
    for mark in ("\\", "`", "*", "_", "<", "[", "|", "#"):
        text = text.replace(mark, "\\" + mark)
    return text.replace("\n", " ")
