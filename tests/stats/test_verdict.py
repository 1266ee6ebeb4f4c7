"""The words, rule by rule, each at its boundary."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.stats.verdict import CLAIMS, Finding, sentence, word
from tests.stats.effort import QUICK


def finding(metric: str = "calls", **fields: Any) -> Finding:
    """A clear gain, unless told otherwise."""
    given_: dict[str, Any] = {
        "better": "higher",
        "delta": 0.1,
        "low": 0.05,
        "high": 0.15,
        "adjusted_p": 0.01,
        "min_effect": 0.0,
        "gain": f"gets more {metric} right",
        "loss": f"gets fewer {metric} right",
        **fields,
    }
    return Finding(metric=metric, **given_)


LOSS: dict[str, Any] = {"delta": -0.1, "low": -0.15, "high": -0.05}
NOTHING: dict[str, Any] = {"low": -0.01}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "better"),
        (LOSS, "worse"),
        ({"better": "lower"}, "worse"),
        ({"better": "lower", **LOSS}, "better"),
        # A metric without a direction is not praised.
        ({"better": "neither"}, "higher"),
        ({"better": "neither", **LOSS}, "lower"),
        # An interval that touches zero shows nothing.
        ({"low": 0.0}, "no clear change"),
        ({"low": 1e-12}, "better"),
        ({**LOSS, "high": 0.0}, "no clear change"),
        ({**LOSS, "high": -1e-12}, "worse"),
        ({"low": -0.05}, "no clear change"),
        # Nor does one that contradicts the difference it is about.
        ({"delta": -0.1}, "no clear change"),
        ({"delta": 0.0}, "no clear change"),
        # Holm's p-value, where there is one.
        ({"adjusted_p": 0.05}, "no clear change"),
        ({"adjusted_p": 0.0499}, "better"),
        ({"adjusted_p": None}, "better"),
        # The declared size.
        ({"min_effect": 0.1}, "better"),
        ({"min_effect": 0.1001}, "no clear change"),
        ({**LOSS, "min_effect": 0.1}, "worse"),
        ({**LOSS, "min_effect": 0.1001}, "no clear change"),
        # An infinite bound is still a bound.
        ({"high": float("inf")}, "better"),
        # No interval, no word.
        ({"low": None}, "too few pairs"),
        ({"high": None}, "too few pairs"),
    ],
)
def test_a_word(fields: dict[str, Any], said: str) -> None:
    assert word(finding(**fields)) == said


def says(*findings: Finding) -> str:
    return sentence("B vad-250", findings, nothing="Nothing.")


def test_the_template() -> None:
    one, two, three = (finding(name) for name in ("calls", "tasks", "words"))
    bad = finding("replies", **LOSS)
    worse = finding("codes", **LOSS)
    assert says(one) == "B vad-250 gets more calls right."
    assert says(one, two) == "B vad-250 gets more calls right and gets more tasks right."
    assert says(one, two, three) == (
        "B vad-250 gets more calls right, gets more tasks right and gets more words right."
    )
    assert says(bad) == "B vad-250 gets fewer replies right."
    assert says(bad, one, worse) == (
        "B vad-250 gets more calls right, but gets fewer replies right and gets fewer codes right."
    )


def test_findings_that_do_not_pass_are_not_told() -> None:
    assert says() == "Nothing."
    assert says(finding(**NOTHING), finding(better="neither"), finding(low=None)) == "Nothing."
    assert says(finding("x", **NOTHING), finding()) == "B vad-250 gets more calls right."


def test_the_order_is_the_metrics_own() -> None:
    """Not that of their sizes: nothing is ranked."""
    small, large = finding("a", delta=0.06), finding("b", delta=0.9, high=1.0)
    assert says(small, large) == "B vad-250 gets more a right and gets more b right."
    assert says(large, small) == "B vad-250 gets more b right and gets more a right."


def test_two_metrics_with_the_same_words_are_told_once() -> None:
    first, audio = (finding(name, gain="answers faster") for name in ("v2v", "ttfa"))
    assert says(first, audio) == "B vad-250 answers faster."


def price(**fields: Any) -> Finding:
    amounts = {"better": "lower", "gain": "13 % less", "loss": "13 % more", "price": True}
    return finding("cost", **amounts, **fields)


def test_the_price_is_last() -> None:
    assert says(price(), finding()) == "B vad-250 gets more calls right, for 13 % more."
    assert says(finding(), finding("x", **LOSS), price(**LOSS)) == (
        "B vad-250 gets more calls right, but gets fewer x right, for 13 % less."
    )
    assert says(price()) == "B vad-250 costs 13 % more."
    assert says(price(**LOSS)) == "B vad-250 costs 13 % less."
    assert says(price(**NOTHING)) == "Nothing."


anything = st.builds(
    Finding,
    metric=st.sampled_from("abc"),
    better=st.sampled_from(["higher", "lower", "neither"]),
    delta=st.floats(-1, 1),
    low=st.none() | st.floats(-1, 1),
    high=st.none() | st.floats(-1, 1),
    adjusted_p=st.none() | st.floats(0, 1),
    min_effect=st.floats(0, 0.2),
    gain=st.sampled_from(["gains x", "gains y"]),
    loss=st.sampled_from(["loses x", "loses y"]),
    price=st.just(False),
)


@QUICK
@given(st.lists(anything, max_size=6))
def test_a_sentence_claims_what_its_words_claim_and_no_more(findings: list[Finding]) -> None:
    said = says(*findings)
    gains = {one.gain for one in findings if word(one) == "better"}
    losses = {one.loss for one in findings if word(one) == "worse"}
    for phrase in ("gains x", "gains y"):
        assert (phrase in said) == (phrase in gains)
    for phrase in ("loses x", "loses y"):
        assert (phrase in said) == (phrase in losses)
    assert (said == "Nothing.") == (not gains and not losses)


@QUICK
@given(anything)
def test_a_claim_needs_everything(one: Finding) -> None:
    if word(one) in CLAIMS:
        assert one.low is not None
        assert one.high is not None
        assert one.low > 0 or one.high < 0
        assert abs(one.delta) >= one.min_effect
        assert one.adjusted_p is None or one.adjusted_p < 0.05
        assert one.better != "neither"
