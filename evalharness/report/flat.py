"""A comparison as flat records: one a metric and run, numbers unrounded, units in the names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from evalharness.stats.comparison import Comparison
from evalharness.stats.intervals import Interval
from evalharness.stats.rows import Cell, Row


def records(result: Comparison) -> list[Mapping[str, Any]]:
    return [
        _record(result, row, index, cell)
        for row in result.rows
        for index, cell in enumerate(row.cells)
    ]


def _record(result: Comparison, row: Row, index: int, cell: Cell) -> Mapping[str, Any]:
    head = result.runs[index]
    relative = row.quantile is not None
    return {
        "metric": row.metric.name,
        "quantile": row.quantile,
        "unit": row.metric.kind,
        "better": row.metric.better,
        "run": head.ref,
        "variant": head.variant,
        "baseline": result.runs[0].ref,
        "value": cell.value,
        "no_answer": cell.value is not None and math.isinf(cell.value),
        "n": cell.n,
        **_bounds("value", cell.interval),
        "delta": cell.delta,
        **_bounds("delta", cell.change),
        "ratio": cell.ratio,
        **_bounds("ratio", cell.ratio_change),
        "pairs": cell.clusters,
        "p_value": cell.p_value,
        "adjusted_p": cell.adjusted_p,
        "p_lower": cell.p_lower,
        "smallest_detectable": None if relative else cell.smallest,
        "smallest_detectable_ratio": cell.smallest if relative else None,
        "word": cell.word,
    }


def _bounds(name: str, interval: Interval | None) -> Mapping[str, float | None]:
    return {
        f"{name}_low": interval.low if interval else None,
        f"{name}_high": interval.high if interval else None,
    }
