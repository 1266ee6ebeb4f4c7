"""Numbers as people read them."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalharness.report import figures
from evalharness.scoring.registry import METRICS
from evalharness.scoring.score import Kind
from evalharness.stats.intervals import Interval
from evalharness.stats.rows import Cell, Row

KINDS: tuple[Kind, ...] = ("ratio", "duration_ms", "money_usd", "count")


@pytest.mark.parametrize(
    ("kind", "number", "text"),
    [
        ("ratio", 0.7731, "77.3 %"),
        ("ratio", 1.0, "100.0 %"),
        ("duration_ms", 998.7, "999 ms"),
        ("duration_ms", -120.0, "−120 ms"),
        ("duration_ms", math.inf, "no answer"),
        ("money_usd", 0.0129, "1.29 ¢"),
        ("money_usd", 3.5, "$3.50"),
        ("count", 12_345.4, "12,345"),
        ("ratio", None, "n/a"),
        ("duration_ms", None, "n/a"),
    ],
)
def test_value(kind: Kind, number: float | None, text: str) -> None:
    assert figures.value(kind, number) == text


@pytest.mark.parametrize(
    ("kind", "number", "text"),
    [
        ("ratio", 0.084, "+8.4 pp"),
        ("ratio", -0.101, "−10.1 pp"),
        ("ratio", 0.0001, "0.0 pp"),
        ("ratio", -0.0001, "0.0 pp"),
        ("duration_ms", -221.3, "−221 ms"),
        ("money_usd", 0.0016, "+0.16 ¢"),
        ("count", 1_234.56, "+1,234.6"),
    ],
)
def test_difference(kind: Kind, number: float, text: str) -> None:
    assert figures.difference(kind, number) == text


def row(metric: str, quantile: float | None = None) -> Row:
    return Row(METRICS[metric], METRICS[metric].title, quantile, ())


def changed(delta: float | None, *change: float, **fields: Any) -> Cell:
    interval = Interval(change[0], change[1], "cluster-t") if change else None
    return Cell(0.5, 40, delta=delta, change=interval, **{"clusters": 40, **fields})


@pytest.mark.parametrize(
    ("metric", "cell", "text"),
    [
        ("wer", Cell(0.5, 40), ""),
        ("wer", changed(-0.101, -0.176, -0.025, word="worse"), "−10.1 pp worse −17.6 to −2.5"),
        (
            "wer",
            changed(0.01, -0.02, 0.04, word="no clear change", adjusted_p=0.3),
            "+1.0 pp no clear change −2.0 to +4.0",
        ),
        # An interval that seems to contradict the word is explained.
        (
            "wer",
            changed(0.03, 0.002, 0.06, word="no clear change", adjusted_p=0.0812),
            "+3.0 pp no clear change +0.2 to +6.0 (adj. p 0.081)",
        ),
        (
            "wer",
            changed(0.03, 0.002, 0.06, word="no clear change", adjusted_p=0.01),
            "+3.0 pp no clear change +0.2 to +6.0 (too small to count)",
        ),
        # Few pairs are told beside the interval, or instead of it.
        (
            "wer",
            changed(0.03, 0.002, 0.06, word="better", clusters=19),
            "+3.0 pp better +0.2 to +6.0 (19 pairs)",
        ),
        ("wer", changed(0.03, word="too few pairs", clusters=1), "+3.0 pp too few pairs (1 pair)"),
        (
            "v2v",
            changed(300.0, 120.0, math.inf, word="worse"),
            "+300 ms worse +120 to +∞",
        ),
        (
            "v2v",
            changed(-5.0, -math.inf, math.inf, word="no clear change"),
            "−5 ms no clear change",
        ),
        ("v2v", changed(math.inf, 120.0, math.inf, word="worse"), "worse +120 to +∞"),
        ("v2v", changed(math.inf, math.inf, math.inf, word="worse"), "worse"),
        ("cost_usd", changed(0.0016, 0.0014, 0.0019, word="worse"), "+0.16 ¢ worse +0.14 to +0.19"),
    ],
)
def test_change(metric: str, cell: Cell, text: str) -> None:
    assert figures.change(row(metric), cell) == text


def test_change_of_a_median() -> None:
    """In ms and in per cent; the interval is that of the paired ratio."""
    cell = changed(
        -221.0,
        -244.0,
        -195.0,
        ratio=0.779,
        ratio_change=Interval(0.76, 0.804, "cluster-t"),
        word="better",
    )
    assert figures.change(row("v2v", 0.5), cell) == "−221 ms (−22 %) better −24 to −20 %"


def test_a_median_that_moved_against_its_paired_ratio() -> None:
    cell = changed(
        20.0,
        -5.0,
        40.0,
        ratio=0.95,
        ratio_change=Interval(0.91, 0.98, "cluster-t"),
        word="no clear change",
    )
    assert figures.change(row("v2v", 0.5), cell) == (
        "+20 ms (−5 %) no clear change −9 to −2 % (the paired turns say otherwise)"
    )


def test_a_percentile_of_too_few_values() -> None:
    assert figures.cell_value(row("v2v", 0.95), Cell(None, 40)) == "n too small (40)"
    assert figures.cell_value(row("v2v", 0.95), Cell(None, 0)) == "n/a"
    assert figures.cell_value(row("wer"), Cell(None, 0)) == "n/a"


@pytest.mark.parametrize(
    ("share", "text"), [(0.95, "95 %"), (0.999, "99.9 %"), (0.5, "50 %"), (0.9995, "99.95 %")]
)
def test_confidence_is_not_rounded_up(share: float, text: str) -> None:
    assert figures.percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (500, "500"),
        (0.5, "0.5"),
        ("marin", "marin"),
        ("", "(empty)"),
        ("two\n lines", "two lines"),
        ([], "none"),
        (["refund", "billing"], "refund, billing"),
        ([1, {"a": True}], '[1, {"a": true}]'),
        ({"type": "server_vad"}, '{"type": "server_vad"}'),
        ("x" * 48, "x" * 48),
        ("x" * 49, "x" * 40 + "... (49 chars)"),
    ],
)
def test_setting(value: object, text: str) -> None:
    assert figures.setting(value) == text


def test_a_reason_is_one_line() -> None:
    assert figures.reason("closed\n  (1011)") == "closed (1011)"
    assert figures.reason("x" * 80) == "x" * 80
    assert figures.reason("x" * 81) == "x" * 77 + "..."


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(KINDS), st.floats(-1e6, 1e6))
def test_signs(kind: Kind, number: float) -> None:
    """A true minus sign, never a hyphen; a sign unless it is rounded to zero."""
    text = figures.difference(kind, number)
    assert "-" not in text
    digits = any(digit in text for digit in "123456789")
    assert text.startswith("−" if number < 0 else "+") == digits
    assert "-" not in figures.value(kind, number)
