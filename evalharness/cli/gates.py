"""Gates for CI: `--fail-under METRIC=VALUE`."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from evalharness.errors import UserError
from evalharness.runner.comparison import run_value
from evalharness.scoring.registry import METRICS
from evalharness.store.store import Store

GATE_FAILED = 1


@dataclass(frozen=True, slots=True)
class Gate:
    """A metric that must not be worse than `bound`, in the metric's own unit."""

    metric: str
    bound: float


def parse_gates(texts: Sequence[str]) -> list[Gate]:
    """METRIC=VALUE, where 90% means 0.9. Raises UserError."""
    return [_gate(text) for text in texts]


def _gate(text: str) -> Gate:
    name, equals, number = text.partition("=")
    if not equals or name not in METRICS:
        near = difflib.get_close_matches(name, METRICS, n=1)
        raise UserError(
            "EH603",
            f"--fail-under {text}: unknown metric {name}" if equals else f"{text} has no =",
            hint=f"did you mean {near[0]}?" if near else f"one of {', '.join(METRICS)}",
        )
    try:
        value = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        raise UserError("EH603", f"{number} is not a number", hint=f"{name}=0.9") from None
    return Gate(name, value)


def failed_gates(store: Store, runs: Sequence[str], gates: Sequence[Gate]) -> list[str]:
    """One line for each run and gate that failed; a metric without a value fails its gate."""
    lines = []
    for run in runs:
        for gate in gates:
            metric = METRICS[gate.metric]
            value = run_value(store, run, metric)
            good = value is not None and (
                value <= gate.bound if metric.better == "lower" else value >= gate.bound
            )
            if not good:
                shown = "nothing measured" if value is None else f"{value:g}"
                lines.append(f"{run} {gate.metric} is {shown}, the bound {gate.bound:g}")
    return lines
