"""How late the event loop is: a heartbeat that measures its own lateness.

Every recording made in this loop gets a `loop_lag` mark for each window in which the loop was
noticeably late, so that a latency measured then can be told from one that is the server's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

HEARTBEAT_S = 0.010
WINDOW_BEATS = 10
NOTICEABLE_MS = 5.0

Listener = Callable[[float], None]


class LoopLag:
    """Measures one event loop; listeners get the worst lag (ms) of each noticeable window."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self.worst_ms = 0.0

    def listen(self, listener: Listener) -> None:
        self._listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            window_ms = 0.0
            for _ in range(WINDOW_BEATS):
                due = time.perf_counter() + HEARTBEAT_S
                await asyncio.sleep(HEARTBEAT_S)
                window_ms = max(window_ms, (time.perf_counter() - due) * 1000)
            self.worst_ms = max(self.worst_ms, window_ms)
            if window_ms > NOTICEABLE_MS:
                for listener in tuple(self._listeners):
                    listener(window_ms)
