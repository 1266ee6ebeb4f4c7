"""What one run's sentence says of a whole comparison, and what it does not."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from evalharness.scoring.registry import HEADLINES
from evalharness.scoring.score import Score
from evalharness.stats.runs import RunScores
from tests.stats.scored_runs import compared, cost, noisy, ratio, run_of, success, wait


def says(a: RunScores, b: RunScores, *metrics: str, primary: Sequence[str] = ()) -> str:
    (said,) = compared([a, b], *metrics, primary=primary).verdicts
    return said


def cut(share: float, scenarios: int = 20) -> list[Score]:
    return [ratio("caller_cut_off", float(at < share * scenarios)) for at in range(scenarios)]


PASSED = [success(1.0)] * 20
FAILED = [success(float(at >= 10), "no answer") for at in range(20)]
CHEAP = [cost(0.0100 + at / 1e6) for at in range(20)]
DEAR = [cost(0.0113 + at / 1e6) for at in range(20)]


def test_gains_losses_and_the_price() -> None:
    fast = [wait(700.0 + at) for at in range(20)]
    slow = [wait(900.0 + at) for at in range(20)]
    a, b = run_of("a", PASSED, slow, CHEAP), run_of("b", FAILED, fast, DEAR)
    assert says(a, b, *HEADLINES) == (
        "B b answers faster, but completes fewer conversations, for 13 % more."
    )
    assert says(b, a, *HEADLINES) == (
        "B a completes more conversations, but answers slower, for 11 % less."
    )


def test_what_was_not_declared_is_told_as_exploratory() -> None:
    a, b = run_of("a", PASSED, cut(0.0)), run_of("b", PASSED, cut(0.6))
    assert says(a, b, "task_success", "caller_cut_off") == (
        "No clear difference between B b and A a on 20 conversations. "
        "Exploratory: B b cuts callers off more."
    )
    assert says(a, b, "task_success", "caller_cut_off", primary=["caller_cut_off"]) == (
        "B b cuts callers off more."
    )
    # Alone, it is what was asked.
    assert says(a, b, "caller_cut_off") == "B b cuts callers off more."


def test_a_price_without_another_claim_is_exploratory() -> None:
    a, b = run_of("a", PASSED, CHEAP), run_of("b", PASSED, DEAR)
    assert says(a, b, "task_success", "cost_usd").endswith("Exploratory: B b costs 13 % more.")


def test_a_metric_without_a_phrase_is_told_by_its_name() -> None:
    """The sentence must not deny what the table says."""
    a = run_of("a", [ratio("reply_pass", 1.0)] * 20)
    b = run_of("b", [ratio("reply_pass", float(at > 12)) for at in range(20)])
    assert says(a, b, "reply_pass") == "B b is worse in reply checks."
    assert says(b, a, "reply_pass") == "B a is better in reply checks."


def test_the_tail_is_told_where_the_median_does_not_say_the_same() -> None:
    base = [[wait(900.0 + at + turn, turn) for at in range(30)] for turn in range(3)]
    slower = [[wait(950.0 + at + turn, turn) for at in range(30)] for turn in range(3)]
    late = [
        [wait(900.0 + at + turn + (2_000 if at % 3 == turn else 0), turn) for at in range(30)]
        for turn in range(3)
    ]
    a = run_of("a", *base)
    assert says(a, run_of("b", *slower), "v2v") == "B b answers slower."
    tail = [[one[0], one[1], third] for *one, third in zip(*base, late[2], strict=True)]
    only_tail = run_of("b", *zip(*tail, strict=True))
    assert says(a, only_tail, "v2v").endswith("Exploratory: B b is worse in first audio p95.")


@pytest.mark.parametrize(
    ("before", "after", "amount"),
    [
        (0.01, 0.02, "100 % more"),
        (0.02, 0.01, "50 % less"),
        (0.0100, 0.0113, "13 % more"),
        (0.01, 0.01003, "0.3 % more"),
        (0.01, 0.0109, "9.0 % more"),
        (0.01, 0.010000004, "under 0.1 % more"),
        (0.0, 0.01, "more"),
        (0.01, 0.0, "100 % less"),
    ],
)
def test_the_price(before: float, after: float, amount: str) -> None:
    a, b = run_of("a", [cost(before)] * 8), run_of("b", [cost(after)] * 8)
    assert says(a, b, "cost_usd") == f"B b costs {amount}."


# When there is nothing to tell


def test_the_smallest_change_that_could_have_been_found() -> None:
    """(t_.975 + t_.80) SE: here of differences -1, 0 and 1 in 40 scenarios."""
    a = run_of("a", [success(float(at % 4 != 0), "x") for at in range(40)])
    b = run_of("b", [success(float(at % 4 != 1), "x") for at in range(40)])
    # SD of the differences sqrt(20 / 39) = 0.716; SE 0.1132; t_39: 2.0227 + 0.8512.
    assert says(a, b, "task_success") == (
        "No clear difference between B b and A a on 40 conversations; the smallest change this "
        "comparison could detect is about 33 pp in task success."
    )


@pytest.mark.parametrize(
    ("metric", "scores", "amount"),
    [
        (
            "wer",
            [
                [ratio("wer", float(at % 3), 900.0) for at in range(9)],
                [ratio("wer", float((at + 1) % 3), 900.0) for at in range(9)],
            ],
            "0.2 pp in word error rate",
        ),
        (
            "v2v",
            [
                [wait(900.0 + at % 3) for at in range(9)],
                [wait(900.0 + (at + 1) % 3) for at in range(9)],
            ],
            "0.2 % in first audio",
        ),
        (
            "cost_usd",
            [
                [cost(0.01 * (1 + at % 3)) for at in range(9)],
                [cost(0.01 * (1 + (at + 1) % 3)) for at in range(9)],
            ],
            "1.6 ¢ in cost per call",
        ),
        (
            "tokens_out_text",
            [
                [ratio("tokens_out_text", 100.0 * (at % 3)) for at in range(9)],
                [ratio("tokens_out_text", 100.0 * ((at + 1) % 3)) for at in range(9)],
            ],
            "160 in text tokens out",
        ),
    ],
)
def test_the_smallest_change_has_the_metrics_unit(
    metric: str, scores: list[list[Score]], amount: str
) -> None:
    said = says(run_of("a", scores[0]), run_of("b", scores[1]), metric)
    assert said.endswith(f"; the smallest change this comparison could detect is about {amount}.")


def test_a_comparison_that_could_find_nothing_says_so() -> None:
    a = run_of("a", [success(float(at % 2), "x") for at in range(5)])
    b = run_of("b", [success(float(at % 2 == 0), "x") for at in range(5)])
    assert says(a, b, "task_success") == (
        "No clear difference between B b and A a on 5 conversations; they are too few to show any "
        "change in task success."
    )


def test_pairs_without_any_spread_tell_no_smallest_change() -> None:
    a, b = run_of("a", PASSED), run_of("b", PASSED)
    assert says(a, b, "task_success") == (
        "No clear difference between B b and A a on 20 conversations."
    )


def test_too_little_to_compare() -> None:
    def some(variant: str, count: int) -> RunScores:
        return run_of(variant, PASSED[:count])

    assert says(some("a", 0), some("b", 9), "task_success") == (
        "B b and A a have no conversation in common: nothing to compare."
    )
    assert says(some("a", 1), some("b", 9), "task_success") == (
        "1 conversation is too few to compare B b and A a: intervals need 5."
    )
    assert says(some("a", 4), some("b", 9), "task_success") == (
        "4 conversations are too few to compare B b and A a: intervals need 5."
    )
    assert says(some("a", 9), some("b", 9), "wer") == (
        "B b and A a have no comparable figure on 9 conversations."
    )


def test_each_run_has_its_sentence() -> None:
    runs = [run_of("a", PASSED), run_of("b", FAILED), run_of("c", PASSED)]
    first, second = compared(runs, "task_success").verdicts
    assert first == "B b completes fewer conversations."
    assert second.startswith("No clear difference between C c and A a on 20")


FORBIDDEN = re.compile(
    r"signific|because|caus|due to|\bbest\b|\bsame\b|\bequal\b|\bwins?\b|proves?"
)


def test_never_a_cause_never_significant_never_the_same() -> None:
    for seed in range(12):
        a, b = noisy("a", seed, 12), noisy("b", seed + 50, 12)
        for said in compared([a, b], *HEADLINES).verdicts:
            assert not FORBIDDEN.search(said)
