"""A score: one number for one turn or one whole trial, and what it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Better = Literal["higher", "lower", "neither"]
Kind = Literal["ratio", "duration_ms", "money_usd", "count"]


@dataclass(frozen=True, slots=True)
class Metric:
    """What a metric is: shown in tables, docs and `--json` from this one place.

    A `ratio` aggregates as sum of numerators over sum of denominators; a duration by
    percentiles of its turn values; money and counts by sums. `gain` and `loss` finish the
    sentence "B ..." when the metric changed for the better or the worse ("is faster").
    """

    name: str
    title: str
    kind: Kind
    better: Better
    formula: str
    primary: bool = False
    gain: str = ""
    loss: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """`turn` is None for a score of the whole trial. `value` is None when it is undefined
    (no denominator, no answer, an invalid measurement); `detail` says why."""

    turn: int | None
    scorer: str
    metric: str
    numerator: float | None
    denominator: float | None
    value: float | None
    detail: Mapping[str, Any] = field(default_factory=dict)
