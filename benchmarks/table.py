"""One line a measurement: what, the figure, the goal, reached or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """`reached` is None for a figure that stands without a goal."""

    what: str
    figure: str
    goal: str
    reached: bool | None


def table(rows: Sequence[Measured]) -> str:
    words = {True: "reached", False: "not reached", None: ""}
    cells = [("what", "figure", "goal", "")]
    cells += [(row.what, row.figure, row.goal, words[row.reached]) for row in rows]
    widths = [max(len(row[index]) for row in cells) for index in range(4)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )
