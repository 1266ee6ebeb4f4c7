"""What happens during a run, as values for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunStarted:
    """One variant's run begins (or goes on, when `done` trials were kept from before)."""

    run: str
    letter: str
    variant: str
    trials: int
    done: int


@dataclass(frozen=True, slots=True)
class TrialFigures:
    """A trial's headline figures. Sums, so that they add up over trials; None: not scored."""

    passed: bool | None = None
    word_errors: float = 0.0
    words: float = 0.0
    calls_right: float = 0.0
    calls_expected: float = 0.0
    first_audio_ms: tuple[float, ...] = ()
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class TrialEnded:
    """A trial has its final state: scored, failed, invalid or skipped."""

    run: str
    scenario: str
    repeat: int
    state: str
    figures: TrialFigures
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """An attempt failed and another one follows after `wait_s`."""

    run: str
    scenario: str
    attempt: int
    attempts: int
    reason: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class Stopping:
    """No new trial starts any more; `reason` says why."""

    reason: str
    in_flight: int


@dataclass(frozen=True, slots=True)
class RunEnded:
    run: str
    state: str


Progress = RunStarted | TrialEnded | AttemptFailed | Stopping | RunEnded
Listener = Callable[[Progress], None]
