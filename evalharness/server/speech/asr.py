"""Speech to text on the CPU, in worker processes, since the recogniser holds Python's lock."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from threading import Lock
from typing import Protocol

from evalharness.audio.activity import first_audible_ms
from evalharness.audio.pcm import Pcm
from evalharness.audio.resample import resample
from evalharness.children import end_with_parent
from evalharness.server.speech import recogniser
from evalharness.server.speech.vocabulary import Vocabulary

# In less sound than this there is no word to find, and the recogniser would make one up.
_SHORTEST_MS = 100.0
_AUDIBLE_DBFS = -60.0


class Recogniser(Protocol):
    """Hears words in audio."""

    def transcribe(self, pcm: Pcm, vocabulary: Vocabulary) -> str:
        """Words in lower case; "" when none are heard. Blocks until done."""
        ...

    def prepare(self, vocabulary: Vocabulary) -> None:
        """Begin to load what `vocabulary` needs. Returns at once."""
        ...

    def close(self) -> None: ...


class PooledRecogniser:
    """Recogniser processes, started with the first use: one a core, and all of them give way to
    whoever paces audio.

    Safe to share between threads. Each process keeps the decoders of the last few vocabularies.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or os.cpu_count() or 2
        self._lock = Lock()
        self._pool: ProcessPoolExecutor | None = None

    def transcribe(self, pcm: Pcm, vocabulary: Vocabulary) -> str:
        if pcm.duration_ms < _SHORTEST_MS or first_audible_ms(pcm, _AUDIBLE_DBFS) is None:
            return ""
        samples = resample(pcm, recogniser.RATE).samples.astype("<i2").tobytes()
        try:
            return self._started().submit(recogniser.recognise, samples, vocabulary).result()
        except BrokenProcessPool:
            # A worker was killed (memory, a signal). The rest of the run deserves a new one.
            self.close()
            return self._started().submit(recogniser.recognise, samples, vocabulary).result()

    def prepare(self, vocabulary: Vocabulary) -> None:
        for _ in range(self._workers):
            self._started().submit(recogniser.load, vocabulary)

    def close(self) -> None:
        """End the processes; a later use starts new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _started(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                # A fork would copy the server's event loop and threads in mid-air.
                spawn = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(
                    self._workers, mp_context=spawn, initializer=_begin_work
                )
            return self._pool


_NICENESS = 10


def _begin_work() -> None:
    end_with_parent()
    # Recognising may wait for a processor; a chunk of audio may not.
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
