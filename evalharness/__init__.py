"""Record, replay and evaluate Realtime voice sessions.

The public names; everything else is reached by its room (`evalharness.store.store`, ...).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalharness.dataset.load import load_dataset
    from evalharness.errors import EvalharnessError, UserError
    from evalharness.experiment.variant import load_variants
    from evalharness.recording.reading import build_timeline
    from evalharness.recording.recording import Recording
    from evalharness.runner.comparison import CompareOptions, compare_runs
    from evalharness.runner.options import RunOptions
    from evalharness.runner.rescore import rescore_run
    from evalharness.runner.run import run_dataset
    from evalharness.scoring.registry import score_recording
    from evalharness.store.store import open_store

__all__ = [
    "CompareOptions",
    "EvalharnessError",
    "Recording",
    "RunOptions",
    "UserError",
    "build_timeline",
    "compare_runs",
    "load_dataset",
    "load_variants",
    "open_store",
    "rescore_run",
    "run_dataset",
    "score_recording",
]

_HOMES = {
    "CompareOptions": "runner.comparison",
    "EvalharnessError": "errors",
    "Recording": "recording.recording",
    "RunOptions": "runner.options",
    "UserError": "errors",
    "build_timeline": "recording.reading",
    "compare_runs": "runner.comparison",
    "load_dataset": "dataset.load",
    "load_variants": "experiment.variant",
    "open_store": "store.store",
    "rescore_run": "runner.rescore",
    "run_dataset": "runner.run",
    "score_recording": "scoring.registry",
}


def __getattr__(name: str) -> Any:
    """Import a public name's home when it is first used: `evalharness --help` must stay quick."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
