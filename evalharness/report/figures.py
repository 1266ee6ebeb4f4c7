"""Numbers as people read them: one unit a metric, a true minus sign, no false precision."""

from __future__ import annotations

import json
import math

from evalharness.scoring.score import Kind
from evalharness.stats.rows import FEW_PAIRS, Cell, Row
from evalharness.stats.verdict import ALPHA

MINUS = "\N{MINUS SIGN}"
LONGEST_REASON = 80


def signed(text: str, value: float) -> str:
    """`text` is the magnitude; zero keeps no sign."""
    if not any(digit in text for digit in "123456789"):
        return text
    return f"{MINUS if value < 0 else '+'}{text}"


def value(kind: Kind, number: float | None) -> str:
    """A metric's value: 77.3 %, 999 ms, 1.29 ¢, 12."""
    if number is None:
        return "n/a"
    size = abs(number)
    match kind:
        case "ratio":
            text = f"{size * 100:.1f} %"
        case "duration_ms":
            text = "no answer" if math.isinf(size) else f"{size:.0f} ms"
        case "money_usd":
            text = f"{size * 100:.2f} ¢" if size < 1 else f"${size:,.2f}"
        case "count":
            text = f"{size:,.0f}"
    # An answer before the caller had finished has a negative wait.
    return signed(text, number) if number < 0 else text


def difference(kind: Kind, number: float, *, unit: bool = True) -> str:
    """A change: +8.4 pp, −221 ms, +0.16 ¢. Without `unit`, the bare number."""
    size = abs(number)
    # A difference is infinite where one of the two was never answered.
    if math.isinf(size):
        return f"{MINUS if number < 0 else '+'}∞"
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


def cell_value(row: Row, cell: Cell) -> str:
    """A cell's value; a percentile of too few values says so."""
    if cell.value is None and row.quantile is not None and cell.n:
        return f"n too small ({cell.n:.0f})"
    return value(row.metric.kind, cell.value)


def change(row: Row, cell: Cell) -> str:
    """One cell's change with its word and interval: `−10.1 pp worse −17.6 to −2.5`; with the
    number of pairs where they are few."""
    if cell.delta is None:
        return ""
    # Where one side was never answered, the value says it all.
    parts = [] if math.isinf(cell.delta) else [difference(row.metric.kind, cell.delta)]
    if cell.ratio is not None:
        parts.append(f"({signed(f'{abs(cell.ratio - 1) * 100:.0f} %', cell.ratio - 1)})")
    if cell.word is not None:
        parts.append(cell.word)
    interval = _interval(row, cell)
    if interval:
        parts.append(interval)
    if cell.word == "no clear change" and (why := _why_not(cell)):
        parts.append(f"({why})")
    if cell.clusters < FEW_PAIRS:
        parts.append(f"({cell.clusters} pair{'' if cell.clusters == 1 else 's'})")
    return " ".join(parts)


def _why_not(cell: Cell) -> str:
    """Why a change is not called one although its interval lies on one side of zero."""
    decides, no_change = (cell.ratio_change, 1) if cell.ratio_change else (cell.change, 0)
    if decides is None or decides.low <= no_change <= decides.high:
        return ""
    if cell.adjusted_p is not None and cell.adjusted_p >= ALPHA:
        return f"adj. p {cell.adjusted_p:.2g}"
    if (decides.low > no_change) != ((cell.delta or 0) > 0):
        return "the paired turns say otherwise"
    return "too small to count"


def _interval(row: Row, cell: Cell) -> str:
    if cell.ratio_change is not None:
        low, high = cell.ratio_change.low - 1, cell.ratio_change.high - 1
        bounds = [signed(f"{abs(bound) * 100:.0f}", bound) for bound in (low, high)]
        return f"{bounds[0]} to {bounds[1]} %"
    if cell.change is None or (math.isinf(cell.change.low) and math.isinf(cell.change.high)):
        return ""
    low_text = difference(row.metric.kind, cell.change.low, unit=False)
    return f"{low_text} to {difference(row.metric.kind, cell.change.high, unit=False)}"


def percent(share: float) -> str:
    """0.95 is 95 %, and 0.999 is not 100 %."""
    return f"{share * 100:.4g} %"


def setting(value: object) -> str:
    """A configuration value in a table cell; long texts by their beginning and length."""
    text = " ".join(value.split()) if isinstance(value, str) else _compact(value)
    if value == "":
        return "(empty)"
    return text if len(text) <= 48 else f"{text[:40].rstrip()}... ({len(text)} chars)"


def _compact(value: object) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value) or "none"
    return json.dumps(value, ensure_ascii=False, default=str)


def reason(text: str) -> str:
    """Why something failed, in one line; a server's message may be a page."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_REASON else f"{line[: LONGEST_REASON - 3].rstrip()}..."
