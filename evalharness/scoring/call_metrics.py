"""What a run's function calls amount to: rates of summed counts, never means of turns' rates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalharness.scoring.function_calls import CallCounts


@dataclass(frozen=True, slots=True)
class Ratio:
    """A turn's share in a rate. Rates add up: numerators and denominators each by themselves."""

    numerator: int
    denominator: int


def call_ratios(turn: CallCounts) -> Mapping[str, Ratio]:
    """Every rate's numerator and denominator for one turn; a denominator may be 0."""
    wanted, made = turn.tp + turn.fn, turn.tp + turn.fp
    needs_call, needs_none = wanted > 0, turn.expected == 0
    return {
        "name_precision": Ratio(turn.tp, made),
        "name_recall": Ratio(turn.tp, wanted),
        "name_f1": Ratio(2 * turn.tp, wanted + made),
        "arg_accuracy": Ratio(turn.args_ok, turn.args_total),
        "arg_recall": Ratio(turn.args_ok, turn.args_total + turn.args_missed),
        "exact_call_accuracy": Ratio(turn.exact, wanted),
        "exact_call_precision": Ratio(turn.exact, made),
        "turn_pass_rate": Ratio(int(turn.passed), 1),
        # A turn that expects no call may still allow some.
        "no_call_accuracy": Ratio(int(needs_none and turn.fp == 0), int(needs_none)),
        "call_when_needed": Ratio(int(needs_call and turn.actual > 0), int(needs_call)),
        "schema_valid_rate": Ratio(turn.schema_valid, turn.actual),
        "hallucinated_tool_rate": Ratio(turn.hallucinated, turn.actual),
        "forbidden_call_rate": Ratio(int(turn.forbidden > 0), 1),
    }


def run_metrics(turns: Sequence[CallCounts]) -> dict[str, float | None]:
    """Every rate over the turns whose calls were scored; None where there is nothing to divide
    by."""
    numerators: dict[str, int] = defaultdict(int)
    denominators: dict[str, int] = defaultdict(int)
    for name, ratio in (item for turn in turns for item in call_ratios(turn).items()):
        numerators[name] += ratio.numerator
        denominators[name] += ratio.denominator
    return {
        name: numerators[name] / denominators[name] if denominators[name] else None
        for name in call_ratios(CallCounts())
    }
