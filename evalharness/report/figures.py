"""Numbers as people read them: one unit a metric, a true minus sign, no false precision."""

from __future__ import annotations

import math

from evalharness.scoring.score import Kind, Metric
from evalharness.stats.comparison import Cell, Row

MINUS = "\N{MINUS SIGN}"


def signed(text: str, value: float) -> str:
    """`text` is the magnitude; zero keeps no sign."""
    if not any(digit in text for digit in "123456789"):
        return text
    return f"{MINUS if value < 0 else '+'}{text}"


def value(kind: Kind, number: float | None) -> str:
    """A metric's value: 77.3 %, 999 ms, 1.29 ¢, 12."""
    if number is None:
        return "n/a"
    match kind:
        case "ratio":
            return f"{number * 100:.1f} %"
        case "duration_ms":
            return "no answer" if math.isinf(number) else f"{number:.0f} ms"
        case "money_usd":
            return _money(number)
        case "count":
            return f"{number:,.0f}"


def _money(dollars: float) -> str:
    return f"{dollars * 100:.2f} ¢" if abs(dollars) < 1 else f"${dollars:,.2f}"


def difference(kind: Kind, number: float, *, unit: bool = True) -> str:
    """A change: +8.4 pp, −221 ms, +0.16 ¢. Without `unit`, the bare number."""
    size = abs(number)
    match kind:
        case "ratio":
            text = f"{size * 100:.1f}" + (" pp" if unit else "")
        case "duration_ms":
            text = f"{size:.0f}" + (" ms" if unit else "")
        case "money_usd":
            text = f"{size * 100:.2f}" + (" ¢" if unit else "")
        case "count":
            text = f"{size:,.1f}"
    return signed(text, number)


def change(row: Row, cell: Cell) -> str:
    """One cell's change with its word and interval: `−10.1 pp worse −17.6 to −2.5`."""
    if cell.delta is None:
        return ""
    metric: Metric = row.metric
    parts = [difference(metric.kind, cell.delta)]
    if cell.ratio is not None:
        parts.append(f"({signed(f'{abs(cell.ratio - 1) * 100:.0f} %', cell.ratio - 1)})")
    if cell.word is not None:
        parts.append(cell.word)
    interval = _interval(row, cell)
    if interval:
        parts.append(interval)
    return " ".join(parts)


def _interval(row: Row, cell: Cell) -> str:
    if cell.ratio_change is not None:
        low, high = cell.ratio_change.low - 1, cell.ratio_change.high - 1
        bounds = [signed(f"{abs(bound) * 100:.0f}", bound) for bound in (low, high)]
        return f"{bounds[0]} to {bounds[1]} %"
    if cell.change is None:
        return ""
    kind = row.metric.kind
    low_text = difference(kind, cell.change.low, unit=False)
    return f"{low_text} to {difference(kind, cell.change.high, unit=False)}"


def setting(value: object) -> str:
    """A configuration value in a table cell; long texts by their beginning and length."""
    if value is None:
        return "not set"
    text = value if isinstance(value, str) else _compact(value)
    return text if len(text) <= 48 else f"{text[:40].rstrip()}... ({len(text)} chars)"


def _compact(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
