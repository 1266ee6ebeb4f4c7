"""From figures to words: each cell's word, and one sentence for each run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evalharness.stats.intervals import FEWEST_CLUSTERS
from evalharness.stats.multiplicity import holm
from evalharness.stats.rows import MEDIAN, TAIL, Cell, Row
from evalharness.stats.verdict import CLAIMS, Finding, sentence, word

GRAIN_MS = 20.0
"""A change of a duration below one chunk of audio is within the measurement's own grain and is
not called one, unless another `min_effect` is declared."""


@dataclass(frozen=True, slots=True)
class Judge:
    """`primary` names the metrics the comparison is about; the others explore. Holm's correction
    is made over each of the two. `min_effect` are the changes, in the metric's unit, too small to
    be called one."""

    primary: Sequence[str]
    min_effect: Mapping[str, float]

    def judged(self, rows: Sequence[Row]) -> list[Row]:
        """Every cell with its word; p-values corrected run by run."""
        columns = [
            _corrected([(row, row.cells[index]) for row in rows], self.primary)
            for index in range(len(rows[0].cells) if rows else 0)
        ]
        return [
            replace(row, cells=[self._with_word(row, column[at]) for column in columns])
            for at, row in enumerate(rows)
        ]

    def _with_word(self, row: Row, cell: Cell) -> Cell:
        if cell.delta is None:
            return cell
        return replace(cell, word=word(self._finding(row, cell, cell.delta)))

    def _finding(self, row: Row, cell: Cell, delta: float) -> Finding:
        metric = row.metric
        low = cell.change.low if cell.change else None
        high = cell.change.high if cell.change else None
        if cell.ratio_change is not None:
            low, high = cell.ratio_change.low - 1, cell.ratio_change.high - 1
        price = metric.kind == "money_usd"
        phrases = _amounts(cell, delta) if price else _phrases(row, delta)
        grain = GRAIN_MS if metric.kind == "duration_ms" else 0.0
        return Finding(
            metric=metric.name,
            better=metric.better,
            delta=delta,
            low=low,
            high=high,
            adjusted_p=cell.adjusted_p,
            min_effect=self.min_effect.get(metric.name, grain),
            gain=phrases.gain,
            loss=phrases.loss,
            price=price,
        )

    def sentence(
        self, rows: Sequence[Row], index: int, *, name: str, other: str, paired: int
    ) -> str:
        """About run `index`, against the baseline `other`, on so many paired scenarios.

        Metrics that are not primary are told apart: nobody had asked for them.
        """
        declared: list[Finding] = []
        exploratory: list[Finding] = []
        for row in rows:
            cell = row.cells[index]
            if cell.delta is None or _said(row, rows, index):
                continue
            told = declared if self._declared(row) else exploratory
            told.append(self._finding(row, cell, cell.delta))
        if any(word(one) in CLAIMS for one in declared):
            declared += [one for one in exploratory if one.price]
            exploratory = [one for one in exploratory if not one.price]
        said = sentence(
            name, declared, nothing=self._nothing(rows, index, f"{name} and {other}", paired)
        )
        aside = sentence(name, exploratory, nothing="")
        return f"{said} Exploratory: {aside}" if aside else said

    def _declared(self, row: Row) -> bool:
        return row.metric.name in self.primary and row.quantile != TAIL

    def _nothing(self, rows: Sequence[Row], index: int, both: str, paired: int) -> str:
        if paired == 0:
            return f"{both} have no conversation in common: nothing to compare."
        if paired < FEWEST_CLUSTERS:
            few = "1 conversation is" if paired == 1 else f"{paired} conversations are"
            return f"{few} too few to compare {both}: intervals need {FEWEST_CLUSTERS}."
        if all(row.cells[index].delta is None for row in rows):
            return f"{both} have no comparable figure on {paired} conversations."
        reach = _reach([row for row in rows if self._declared(row)], index)
        return f"No clear difference between {both} on {paired} conversations{reach}."


def _corrected(column: Sequence[tuple[Row, Cell]], primary: Sequence[str]) -> list[Cell]:
    """One run's cells, corrected in two families: the primary metrics, and all others together.
    The tail of a duration has no p-value: its word is its interval's."""
    adjusted: dict[int, float] = {}
    for family in (True, False):
        p_values = {
            at: cell.p_value
            for at, (row, cell) in enumerate(column)
            if (row.metric.name in primary) == family and cell.p_value is not None
        }
        adjusted.update(zip(p_values, holm(list(p_values.values())), strict=True))
    return [replace(cell, adjusted_p=adjusted.get(at)) for at, (_, cell) in enumerate(column)]


def _said(row: Row, rows: Sequence[Row], index: int) -> bool:
    """Whether a tail only repeats what its median says."""
    return row.quantile == TAIL and any(
        one.metric == row.metric
        and one.quantile == MEDIAN
        and one.cells[index].word == row.cells[index].word
        for one in rows
    )


@dataclass(frozen=True, slots=True)
class _Phrases:
    gain: str
    loss: str


def _phrases(row: Row, delta: float) -> _Phrases:
    metric = row.metric
    # "Answers faster" is said of a median of answers; all else, and a metric without a phrase, by
    # name.
    name = row.title[:1].lower() + row.title[1:]
    if row.quantile == TAIL or math.isinf(delta) or not metric.gain:
        return _Phrases(f"is better in {name}", f"is worse in {name}")
    return _Phrases(metric.gain, metric.loss)


def _amounts(cell: Cell, delta: float) -> _Phrases:
    baseline = (cell.value or 0.0) - delta
    if baseline <= 0:
        return _Phrases("less", "more")
    percent = _rounded(abs(delta) / baseline * 100)
    return _Phrases(f"{percent} % less", f"{percent} % more")


def _rounded(number: float) -> str:
    """Two digits below ten, whole numbers from there: 0.3, 8.4, 113; never a bare zero."""
    if number >= 9.95:
        return f"{number:.0f}"
    return f"{number:.1f}" if number >= 0.05 else "under 0.1"


def _reach(rows: Sequence[Row], index: int) -> str:
    """The smallest change the first metric that knows it could have shown."""
    for row in rows:
        smallest = row.cells[index].smallest
        if smallest is None:
            continue
        title = row.metric.title[:1].lower() + row.metric.title[1:]
        match row.metric.kind:
            case "ratio" if smallest >= 1:
                return f"; they are too few to show any change in {title}"
            case "ratio":
                amount = f"{_rounded(smallest * 100)} pp"
            case "duration_ms":
                amount = f"{_rounded(smallest * 100)} %"
            case "money_usd":
                amount = f"{_rounded(smallest * 100)} ¢"
            case "count":
                amount = _rounded(smallest)
        return f"; the smallest change this comparison could detect is about {amount} in {title}"
    return ""
