"""Rates over a run: sums, and None where there is nothing to divide by. (The rates over all worked
examples stand with the examples, in test_function_calls.)"""

from __future__ import annotations

from evalharness.scoring.call_metrics import run_metrics
from evalharness.scoring.function_calls import CallCounts


def test_nothing_scored() -> None:
    assert set(run_metrics([]).values()) == {None}


def test_a_rate_is_of_sums_not_a_mean_of_rates() -> None:
    turns = [CallCounts(tp=1, exact=1, actual=1, expected=1), CallCounts(fn=3, expected=3)]
    rates = run_metrics(turns)
    assert rates["exact_call_accuracy"] == 1 / 4
    assert rates["name_recall"] == 1 / 4
    assert rates["name_precision"] == 1
    assert rates["call_when_needed"] == 1 / 2
    assert rates["no_call_accuracy"] is None
    assert rates["arg_accuracy"] is None


def test_a_call_that_is_allowed_does_not_break_silence() -> None:
    allowed = CallCounts(extra_allowed=1, actual=1)
    unasked = CallCounts(fp=1, actual=1, passed=False)
    assert run_metrics([allowed, unasked])["no_call_accuracy"] == 1 / 2


def test_an_optional_call_left_out_was_not_needed() -> None:
    assert run_metrics([CallCounts(expected=1)])["call_when_needed"] is None
