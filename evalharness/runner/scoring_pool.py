"""Scoring in a process of its own: it would hold the interpreter while audio has to leave on time.

The child reads the recording from the database, so what is scored is what was stored.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from types import TracebackType
from typing import Any, Self

from evalharness.children import end_with_parent
from evalharness.dataset.models import ScenarioScript
from evalharness.scoring.registry import score_recording
from evalharness.scoring.score import Score
from evalharness.scoring.spec import ScoringSpec
from evalharness.store.store import Store, open_store


class ScoringPool:
    """`await pool.score(...)` while sessions run."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._pool = ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=error is not None)

    async def score(self, key: str, script: ScenarioScript, spec: Mapping[str, Any]) -> list[Score]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, _score, self._place, key, script, spec)


def _start() -> None:
    """Ctrl-C reaches the whole terminal group; our parent decides what happens then."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@cache
def _store(place: str) -> Store:
    """Opened once: checking the schema takes longer than reading a recording."""
    return open_store(place)


def _score(place: str, key: str, script: ScenarioScript, spec: Mapping[str, Any]) -> list[Score]:
    recording = _store(place).recording(key)
    return score_recording(script, recording, ScoringSpec.from_json(spec))
