"""Dates, times of day and datetimes as the $date, $time and $datetime matchers compare them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, assert_never

MomentKind = Literal["$date", "$time", "$datetime"]

_DAY = timedelta(days=1)
_UNIT_S = {"$date": 86_400, "$time": 1, "$datetime": 1}
"""What a tolerance counts: days between dates, seconds otherwise."""

_PROBE = datetime(2003, 11, 22, 10, 45, 30, tzinfo=UTC)
"""A moment whose day, month, hour and minute cannot be taken for one another."""


def same_moment(
    kind: MomentKind, wanted: str, found: str, formats: Sequence[str], tolerance: float
) -> bool:
    """Whether two texts name one moment, give or take `tolerance` days ($date) or seconds.

    `wanted` is ISO 8601; `found` is ISO 8601 or in one of the strptime formats. Where one side
    names no zone, the clock's reading is what was said.
    """
    left, right = parse(kind, wanted), parse(kind, found, formats)
    if left is None or right is None:
        return False
    if (left.tzinfo is None) != (right.tzinfo is None):
        left, right = left.replace(tzinfo=None), right.replace(tzinfo=None)
    apart = abs(left - right)
    if kind == "$time":
        # The clock goes round: 23:59 and 00:01 are two minutes apart.
        apart %= _DAY
        apart = min(apart, _DAY - apart)
    return apart.total_seconds() <= tolerance * _UNIT_S[kind]


def parse(kind: MomentKind, text: str, formats: Sequence[str] = ()) -> datetime | None:
    """The moment a text names (a time of day on a fixed date); None when it names none."""
    try:
        return _from_iso(kind, text.strip())
    except ValueError:
        pass  # the other notations follow
    for one in formats:
        try:
            parsed = datetime.strptime(text.strip(), one)  # noqa: DTZ007 - it may name a zone
        except ValueError:
            continue
        return _as_kind(kind, parsed)
    return None


def format_problem(kind: MomentKind, given: str) -> str | None:
    """Why a strptime format can never match, in words; None when it can."""
    try:
        parsed = datetime.strptime(_PROBE.strftime(given), given)  # noqa: DTZ007
    except (ValueError, re.error) as error:
        return f"{given!r} is no strptime format: {error}"
    if kind != "$time" and parsed.date() != _PROBE.date():
        return f"{given!r} names no whole date: it needs year, month and day"
    return None


def _from_iso(kind: MomentKind, text: str) -> datetime:
    match kind:
        case "$date":
            return datetime.combine(date.fromisoformat(text), time())
        case "$time":
            return datetime.combine(_PROBE, time.fromisoformat(text))
        case "$datetime":
            return datetime.fromisoformat(text)
        case _:
            assert_never(kind)


def _as_kind(kind: MomentKind, parsed: datetime) -> datetime:
    match kind:
        case "$date":
            return datetime.combine(parsed, time())
        case "$time":
            return datetime.combine(_PROBE, parsed.timetz())
        case "$datetime":
            return parsed
        case _:
            assert_never(kind)
