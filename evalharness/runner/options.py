"""How a dataset is run."""

from __future__ import annotations

from dataclasses import dataclass, field

from evalharness.experiment.plan import Selection


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a dataset is run. `timeout_s` bounds one conversation; None: as its script needs."""

    concurrency: int = 8
    repeats: int = 1
    retries: int = 2
    timeout_s: float | None = None
    fast: bool = False
    seed: int = 0
    label: str | None = None
    selection: Selection = field(default_factory=Selection)
