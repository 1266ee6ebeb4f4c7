"""Monotonic and wall time: the system's, and one that a test moves by hand."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Two readings: nanoseconds that never go back, and the aware UTC time of day."""

    def now_ns(self) -> int: ...

    def wall(self) -> datetime: ...


class SystemClock:
    """The machine's own clocks."""

    def now_ns(self) -> int:
        return time.perf_counter_ns()

    def wall(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """Stands still until `advance` moves both readings together."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self._now_ns = 0

    def now_ns(self) -> int:
        return self._now_ns

    def wall(self) -> datetime:
        return self._start + timedelta(microseconds=self._now_ns // 1000)

    def advance(self, ns: int) -> None:
        if ns < 0:
            raise ValueError("a monotonic clock does not go back")
        self._now_ns += ns
