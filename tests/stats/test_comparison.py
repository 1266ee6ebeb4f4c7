"""Whole comparisons of constructed runs: pairing, figures, words, what changed, determinism."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalharness.scoring.registry import HEADLINES
from evalharness.stats.comparison import Comparison, resampling_seed
from evalharness.stats.rows import Cell, Row
from evalharness.stats.runs import RunScores
from tests.stats.effort import QUICK
from tests.stats.scored_runs import (
    FEW,
    compared,
    cost,
    digest,
    figures,
    noisy,
    ratio,
    run,
    run_of,
    success,
    trial,
    wait,
)

NEVER = math.inf


def row(result: Comparison, title: str) -> Row:
    return next(one for one in result.rows if one.title == title)


def cell(result: Comparison, title: str, index: int = 1) -> Cell:
    return row(result, title).cells[index]


def passes(variant: str, *outcomes: float) -> RunScores:
    return run_of(variant, [success(one, *([] if one else ["no answer"])) for one in outcomes])


def waits(variant: str, *ms: float | None) -> RunScores:
    return run_of(variant, [wait(one) for one in ms])


# Which scenarios are paired


def test_what_is_left_out_is_named_with_its_reason() -> None:
    a = run("a", [trial(name, success(1.0)) for name in ("both", "changed", "lost", "only-a")])
    b = run(
        "b",
        [
            trial("both", success(1.0)),
            trial("changed", success(1.0), sha256="other"),
            trial("lost", state="invalid", reason="WebSocket closed (1011)"),
            trial("only-b", success(1.0)),
            trial("waiting", state="planned"),
        ],
    )
    result = compared([a, b], "task_success")
    assert (result.paired, result.scenarios) == (1, 6)
    assert {one.scenario: one.reason for one in result.left_out} == {
        "changed": "the scenario changed between the runs",
        "lost": "B invalid: WebSocket closed (1011)",
        "only-a": "B did not run it",
        "only-b": "A did not run it",
        "waiting": "A did not run it",
    }
    assert cell(result, "Task success").n == 1
    assert (result.runs[1].scored, result.runs[1].failed, result.runs[1].invalid) == (3, 0, 2)


def test_a_trial_that_failed_counts_and_an_invalid_repeat_does_not() -> None:
    a = run("a", [trial("s", success(1.0)), trial("s", success(1.0), repeat=1)])
    b = run(
        "b",
        [
            trial("s", success(0.0, "no answer"), state="failed"),
            trial("s", success(1.0), repeat=1, state="invalid"),
        ],
    )
    result = compared([a, b], "task_success")
    assert result.paired == 1
    assert result.left_out == []
    assert cell(result, "Task success").value == 0.0
    assert "B b: 1 of 2 trials without a valid result, not counted" in result.warnings


def test_a_scenario_must_be_in_every_run() -> None:
    runs = [passes(name, 1.0, 1.0, 1.0) for name in "abc"]
    short = passes("d", 1.0, 1.0)
    result = compared([*runs, short], "task_success")
    assert result.paired == 2
    assert [one.reason for one in result.left_out] == ["D did not run it"]
    assert [one.n for one in row(result, "Task success").cells] == [2, 2, 2, 2]


# Figures


def test_scenarios_are_the_clusters() -> None:
    """Errors are summed over turns and repeats of a scenario, words too."""
    a = run("a", [trial("s", ratio("wer", 1.0, 10.0), ratio("wer", 3.0, 5.0, turn=1))])
    b = run(
        "b",
        [
            trial("s", ratio("wer", 2.0, 10.0), ratio("wer", 0.0, 5.0, turn=1)),
            trial("s", ratio("wer", 4.0, 10.0), ratio("wer", 3.0, 5.0, turn=1), repeat=1),
        ],
    )
    result = compared([a, b], "wer")
    found = cell(result, "Word error rate")
    assert found.value == pytest.approx(9 / 30)
    assert (found.n, found.clusters) == (30, 1)
    assert found.delta == pytest.approx(9 / 30 - 4 / 15)


def test_money_is_per_conversation_and_repeats_are_conversations() -> None:
    a = run("a", [trial("s", cost(0.01)), trial("s", cost(0.03), repeat=1)])
    b = run("b", [trial("s", cost(0.05))])
    found = cell(compared([a, b], "cost_usd"), "Cost per call")
    assert found.value == pytest.approx(0.05)
    assert found.delta == pytest.approx(0.03)


def test_the_difference_is_that_of_the_figures_shown() -> None:
    """Scenarios in which one run has no such turn are in neither figure."""
    a = run_of("a", [ratio("call_precision", 1.0, 2.0)] * 6)
    scores = [ratio("call_precision", 1.0, 1.0)] * 5 + [ratio("call_precision", 0.0, 0.0)]
    result = compared([a, run_of("b", scores)], "call_precision")
    first, second = row(result, "Call precision").cells
    assert (first.value, second.value, second.delta) == (0.5, 1.0, 0.5)
    assert (first.n, second.clusters) == (10, 5)


def test_a_run_that_measured_nothing_does_not_hide_the_others() -> None:
    a, b = waits("a", *[900.0] * 8), waits("b", *[700.0 + at for at in range(8)])
    silent = waits("c", *[None] * 8)
    result = compared([a, silent, b], "v2v")
    assert [one.value for one in row(result, "First audio p50").cells] == [900.0, None, 703.5]
    assert cell(result, "First audio p50", 2).word == "better"
    result = compared([silent, a], "v2v")
    assert [one.value for one in row(result, "First audio p50").cells] == [None, 900.0]
    assert cell(result, "First audio p50").word is None


def test_a_metric_that_nobody_measured_has_no_row() -> None:
    result = compared([passes("a", *[1.0] * 6), passes("b", *[1.0] * 6)], *HEADLINES)
    assert [one.title for one in result.rows] == ["Task success"]


def test_scores_that_are_no_numbers_are_as_good_as_none() -> None:
    nan = float("nan")
    broken = [ratio("wer", nan, 10.0), ratio("wer", 1.0, nan), ratio("wer", NEVER, 1.0)]
    good = [ratio("wer", 1.0, 10.0)] * 5
    a, b = run_of("a", broken + good), run_of("b", [ratio("wer", 2.0, 10.0)] * 8)
    found = cell(compared([a, b], "wer"), "Word error rate")
    assert (found.clusters, found.value) == (5, 0.2)
    assert found.delta == pytest.approx(0.1)
    result = compared([waits("a", nan, 900.0), waits("b", 800.0, 800.0)], "v2v")
    assert [one.value for one in row(result, "First audio p50").cells] == [900.0, 800.0]


def test_percentiles_of_too_few_values_are_not_shown() -> None:
    a, b = waits("a", *[900.0] * 71), waits("b", *[900.0] * 71)
    assert cell(compared([a, b], "v2v"), "First audio p95").value is None
    assert cell(compared([a, b], "v2v"), "First audio p95").n == 71
    a, b = waits("a", *[900.0] * 72), waits("b", *[900.0] * 72)
    assert cell(compared([a, b], "v2v"), "First audio p95").value == 900.0


def test_a_median_that_was_never_answered() -> None:
    """Is infinitely slower, whatever its few answers were; two of them cannot be compared."""
    a, b = waits("a", *[900.0] * 15), waits("b", *[NEVER] * 9, *[400.0] * 6)
    result = compared([a, b, b], "v2v")
    found = cell(result, "First audio p50")
    assert (found.value, found.delta, found.ratio, found.p_value) == (NEVER, NEVER, None, None)
    assert found.change is not None
    assert found.change.high == NEVER
    both = cell(compared([b, b], "v2v"), "First audio p50")
    assert (both.value, both.delta, both.word) == (NEVER, None, None)
    hardly = waits("b", *[NEVER] * 14, 400.0)
    silent = compared([waits("a", *[900.0] * 15), hardly], "v2v")
    assert cell(silent, "First audio p50").word == "too few pairs"
    fewer = compared([waits("a", *[900.0] * 40), waits("b", *[NEVER] * 32, *[400.0] * 8)], "v2v")
    assert cell(fewer, "First audio p50").word == "worse"
    assert fewer.verdicts == ["B b is worse in first audio p50."]


def test_answering_fewer_turns_is_not_answering_faster() -> None:
    """The turns it answers are faster, but the median of all its turns is not."""
    slow = [900.0 + 20 * at for at in range(15)]
    a, b = waits("a", *slow), waits("b", *[NEVER] * 7, *[1_060.0] * 8)
    found = cell(compared([a, b], "v2v"), "First audio p50")
    assert found.ratio_change is not None
    assert found.ratio_change.high < 1
    assert found.delta == 20.0
    assert found.word == "no clear change"


# Words


def test_metrics_declared_primary_pay_for_their_number() -> None:
    """Six scenarios: the smallest p is 2 / 64 = 0.031, enough for one metric, not for two."""
    a = run_of("a", [success(1.0)] * 6, [ratio("wer", 0.0, 9.0)] * 6)
    b = run_of("b", [success(0.0, "no")] * 6, [ratio("wer", 9.0, 9.0)] * 6)
    alone = compared([a, b], "task_success", "wer", primary=["task_success"])
    assert cell(alone, "Task success").adjusted_p == pytest.approx(2 / 64)
    assert cell(alone, "Task success").word == "worse"
    # What was not asked for beforehand is a family of its own.
    assert cell(alone, "Word error rate").adjusted_p == pytest.approx(2 / 64)
    assert alone.primary == ["task_success"]
    two = compared([a, b], "task_success", "wer", primary=["task_success", "wer"])
    assert cell(two, "Task success").adjusted_p == pytest.approx(4 / 64)
    assert cell(two, "Task success").word == "no clear change"
    # What is not shown is not paid for.
    shown = compared([a, b], "task_success", primary=["task_success", "wer"])
    assert cell(shown, "Task success").adjusted_p == pytest.approx(2 / 64)
    # Each run pays for its own metrics.
    three = compared([a, b, a], "task_success", primary=["task_success", "wer"])
    assert cell(three, "Task success").adjusted_p == pytest.approx(2 / 64)


def test_without_primary_metrics_all_that_are_asked_for_are() -> None:
    a = run_of("a", [ratio("call_f1", 1.0)] * 6, [ratio("reply_pass", 1.0)] * 6)
    b = run_of("b", [ratio("call_f1", 0.0)] * 6, [ratio("reply_pass", 1.0)] * 6)
    result = compared([a, b], "call_f1", "reply_pass", primary=["task_success"])
    assert cell(result, "Call F1").adjusted_p == pytest.approx(4 / 64)


def test_the_smallest_effect_that_counts() -> None:
    a, b = passes("a", *[1.0] * 40), passes("b", *[0.0] * 8, *[1.0] * 32)
    assert cell(compared([a, b], "task_success"), "Task success").word == "worse"
    at_least = compared([a, b], "task_success", min_effect={"task_success": 0.2})
    assert cell(at_least, "Task success").word == "worse"
    more = compared([a, b], "task_success", min_effect={"task_success": 0.21})
    assert cell(more, "Task success").word == "no clear change"


@pytest.mark.parametrize(("faster_ms", "said"), [(19.0, "no clear change"), (20.0, "better")])
def test_a_chunk_of_audio_is_the_grain_of_time(faster_ms: float, said: str) -> None:
    ms = [900.0 + at for at in range(12)]
    a, b = waits("a", *ms), waits("b", *(one - faster_ms for one in ms))
    assert cell(compared([a, b], "v2v"), "First audio p50").word == said
    declared = compared([a, b], "v2v", min_effect={"v2v": 1.0})
    assert cell(declared, "First audio p50").word == "better"


def test_below_five_pairs_there_is_no_word_but_that() -> None:
    result = compared([passes("a", 1, 1, 1, 1), passes("b", 0, 0, 0, 0)], "task_success")
    assert cell(result, "Task success").word == "too few pairs"
    assert cell(result, "Task success").change is None
    assert cell(result, "Task success").delta == -1.0


def test_tokens_are_more_or_fewer_but_not_better() -> None:
    a = run_of("a", [ratio("tokens_out_audio", 100.0 + at) for at in range(8)])
    b = run_of("b", [ratio("tokens_out_audio", 300.0 - at) for at in range(8)])
    assert cell(compared([a, b], "tokens_out_audio"), "Audio tokens out").word == "higher"
    assert cell(compared([b, a], "tokens_out_audio"), "Audio tokens out").word == "lower"


# What changed


def test_changed_outcomes() -> None:
    reasons = ("no answer", "no answer", "book never called")
    a = run_of("a", [success(1.0), success(0.0, "cut off"), success(1.0), success(0.0, "x")])
    b = run_of("b", [success(0.0, *reasons), success(1.0), success(1.0), success(0.0, "y")])
    changed = compared([a, b], "task_success").changed
    assert [(one.letter, one.scenario, one.change, list(one.reasons)) for one in changed] == [
        ("B", "s00", "newly failing", ["no answer", "book never called"]),
        ("B", "s01", "newly passing", ["cut off"]),
    ]


def test_a_repeat_that_fails_makes_a_scenario_fail() -> None:
    a = run("a", [trial("s", success(1.0)), trial("s", success(1.0), repeat=1)])
    b = run("b", [trial("s", success(1.0)), trial("s", success(0.0), repeat=1)])
    (changed,) = compared([a, b], "task_success").changed
    assert (changed.change, list(changed.reasons)) == ("newly failing", ["failed"])


# Warnings


def test_different_dataset_versions_are_told() -> None:
    a, b = passes("a", *[1.0] * 20), passes("b", *[1.0] * 20)
    assert compared([a, b], "task_success").warnings == []
    other = run("b", b.trials, dataset="desk@ffff")
    (warning,) = compared([a, other], "task_success").warnings
    assert warning.startswith("the runs are of different dataset versions")


@pytest.mark.parametrize(("missing", "told"), [(1, False), (2, True)])
def test_more_than_one_in_twenty_left_out_is_told(missing: int, told: bool) -> None:
    a, b = passes("a", *[1.0] * 20), passes("b", *[1.0] * (20 - missing))
    assert any("left out" in one for one in compared([a, b], "task_success").warnings) is told


@pytest.mark.parametrize(
    ("paired", "warning"),
    [
        (0, "no scenarios are paired: too few for intervals"),
        (1, "1 scenario is paired: too few for intervals"),
        (4, "4 scenarios are paired: too few for intervals"),
        (5, "only 5 scenarios are paired: intervals are wide"),
        (19, "only 19 scenarios are paired: intervals are wide"),
        (20, None),
    ],
)
def test_few_pairs_are_told(paired: int, warning: str | None) -> None:
    result = compared([passes("a", *[1.0] * paired), passes("b", *[1.0] * paired)], "task_success")
    assert result.warnings == ([warning] if warning else [])


# Determinism and properties


def test_the_same_in_another_process() -> None:
    """With another order of sets and dictionaries."""
    code = "from tests.stats.scored_runs import digest; print(digest())"
    path = os.pathsep.join(one for one in sys.path if one)
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": path}
    there = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    )
    assert there.stdout == f"{digest()}\n"


def test_the_seed_is_made_of_the_runs_and_the_spec() -> None:
    """The first eight bytes of the sha256 of r-1r-2spec."""
    seed = resampling_seed(["r-1", "r-2"], "spec")
    assert seed == 0x3B98A95253E87BFA
    others = [resampling_seed(["r-2", "r-1"], "spec"), resampling_seed(["r-1", "r-2"], "other")]
    assert seed not in others


@QUICK
@given(st.integers(0, 1_000), st.integers(0, 1_000))
def test_swapping_baseline_and_candidate(one: int, two: int) -> None:
    a, b = noisy("a", one, 8), noisy("b", two, 8)
    opposite = {"better": "worse", "worse": "better"}
    there, back = compared([a, b], *HEADLINES), compared([b, a], *HEADLINES)
    for left, right in zip(there.rows, back.rows, strict=True):
        found, swapped = left.cells[1], right.cells[1]
        assert left.cells[0].value == swapped.value
        assert found.p_value == swapped.p_value
        if found.delta is None:
            assert swapped.delta is None
            continue
        assert found.word is not None
        assert swapped.word == opposite.get(found.word, found.word)
        assert swapped.delta == pytest.approx(-found.delta)
        assert found.change is not None
        assert swapped.change is not None
        assert swapped.change.low == pytest.approx(-found.change.high)
    assert [one.scenario for one in there.changed] == [one.scenario for one in back.changed]


@settings(QUICK, max_examples=5)
@given(st.permutations(range(8)))
def test_the_order_of_trials_does_not_matter(order: Sequence[int]) -> None:
    a, b = noisy("a", 1, 8), noisy("b", 2, 8)
    shuffled = run("b", [b.trials[at] for at in order])
    there, again = compared([a, b], *HEADLINES), compared([a, shuffled], *HEADLINES)
    assert figures(again) == figures(there)
    assert again.changed == there.changed


def test_a_run_against_its_own_repeat_claims_little() -> None:
    """Forty pairs of runs of the same agent: primary metrics are called changed in about one of
    twenty at most, each exploratory one too. Coverage proper is a benchmark."""
    results = [
        compared([noisy("a", 2 * at), noisy("b", 2 * at + 1)], *HEADLINES, options=FEW)
        for at in range(40)
    ]
    claimed = [not one.verdicts[0].startswith("No clear difference") for one in results]
    assert sum(claimed) <= 5
    for title in ("Task success", "Word error rate", "First audio p50", "Cost per call"):
        words = [cell(one, title).word for one in results]
        assert words.count("better") + words.count("worse") <= 5


def test_a_real_difference_is_found() -> None:
    for seed in range(5):
        slower = run(
            "b",
            [
                trial(
                    one.scenario,
                    *(
                        wait(score.value * 1.1, score.turn or 0)
                        for score in one.scores
                        if score.metric == "v2v" and score.value is not None
                    ),
                )
                for one in noisy("b", 1_000 + seed).trials
            ],
        )
        result = compared([noisy("a", seed), slower], "v2v")
        assert cell(result, "First audio p50").word == "worse"
        assert result.verdicts == ["B b answers slower."]
