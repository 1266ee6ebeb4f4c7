"""The verdict on a conversation, and what of its calls and replies it rests on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.recordings import RecordingBuilder, call
from tests.scoring.played import scored

TOOL = {
    "type": "function",
    "name": "get_order",
    "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}},
}
WANTED = {"calls": {"expected": [{"name": "get_order", "args": {"order_id": "4217"}}]}}


def asked(expect: dict[str, Any], kind: str = "text") -> list[dict[str, Any]]:
    return [
        {"silence": {"ms": 100}, "expect": expect}
        if kind == "silence"
        else {"text": "x", "expect": expect}
    ]


def begun() -> RecordingBuilder:
    return RecordingBuilder().session(tools=[TOOL]).turn(0, "text")


def verdict(turns: list[dict[str, Any]], builder: RecordingBuilder) -> Any:
    (score,) = scored("task_success", turns, builder)
    return score


def reasons(turns: list[dict[str, Any]], builder: RecordingBuilder) -> list[str]:
    score = verdict(turns, builder)
    assert score.value == float(not score.detail["reasons"])
    return [one["what"] for one in score.detail["reasons"]]


def test_everything_as_expected() -> None:
    builder = begun().answer("a", calls=[call("get_order", order_id="4217")])
    builder.tool_output("call-1").answer("b", "It has shipped.")
    expect = {**WANTED, "reply": {"contains": ["shipped"]}}
    assert reasons(asked(expect), builder) == []


def test_an_expectation_missed_is_told_in_words() -> None:
    builder = begun().answer("a", calls=[call("get_order", order_id="4127")])
    expect = {**WANTED, "reply": {"contains": ["shipped"]}}
    assert reasons(asked(expect), builder) == [
        "get_order.order_id: expected 4217, got 4127",
        "the reply must be one that says 'shipped'",
    ]


def test_a_call_never_made_and_one_not_expected() -> None:
    builder = begun().answer("a", calls=[call("transfer")])
    assert sorted(reasons(asked(WANTED), builder)) == [
        "get_order never called",
        "transfer is an unknown tool",
    ]


def test_no_answer() -> None:
    assert reasons(asked({}), begun()) == ["no answer"]


def test_an_answer_nobody_asked_for() -> None:
    builder = RecordingBuilder().session().turn(0, "silence").answer("r", "Hello?")
    expect = {"response": False}
    assert reasons(asked(expect, "silence"), builder) == ["answered although nothing was asked"]


def test_no_calls_is_an_expectation() -> None:
    builder = begun().answer("a", calls=[call("get_order", order_id="1")])
    assert reasons(asked({"no_calls": True}), builder) == ["get_order not expected"]
    (score,) = scored("no_call_accuracy", asked({"no_calls": True}), builder)
    assert score.value == 0


@pytest.mark.parametrize(("answered", "exact"), [(True, 1.0), (False, 0.0)])
def test_a_call_that_was_cut_off_counts_when_we_answered_it(answered: bool, exact: float) -> None:
    made = [call("get_order", order_id="4217")]
    builder = begun().answer("a", calls=made, status="cancelled")
    if answered:
        builder.tool_output("call-1")
    (score,) = scored("exact_call_accuracy", asked(WANTED), builder)
    assert score.value == exact


def test_a_call_cut_off_in_its_arguments_does_not_count() -> None:
    half = {"name": "get_order", "call_id": "call-1", "arguments": '{"order_id": "42'}
    builder = begun().answer("a", calls=[half], status="cancelled").tool_output("call-1")
    assert reasons(asked(WANTED), builder) == ["get_order never called"]


def test_tools_are_those_of_the_session_the_calls_were_made_in() -> None:
    builder = begun().answer("a", calls=[call("get_order", order_id="4217"), call("fly", "c2")])
    (score,) = scored("hallucinated_tool_rate", asked(WANTED), builder)
    assert (score.numerator, score.denominator) == (1, 2)


def test_what_is_not_expected_is_not_scored() -> None:
    names = {"exact_call_accuracy", "turn_calls_pass", "reply_pass"}
    builder = begun().answer("a", "Hi.")
    assert [name for name in names if scored(name, [{"text": "x"}], builder)] == []


def test_replies_are_scored_by_check() -> None:
    expect = {"reply": {"contains": ["shipped", "today"], "max_words": 3}}
    (score,) = scored("reply_pass", asked(expect), begun().answer("a", "It has shipped."))
    assert (score.numerator, score.denominator) == (2, 3)
    assert score.detail["failed"] == ["says 'today'"]


def test_turns_are_told_apart() -> None:
    builder = begun().answer("a", "Hi.").after(10).turn(1, "text")
    score = verdict([{"text": "x"}, {"text": "y"}], builder)
    assert score.detail["reasons"] == [{"turn": 1, "what": "no answer"}]


def test_calls_in_the_wrong_order_are_told_as_that() -> None:
    both = [{"name": "get_order", "args": {"order_id": number}} for number in ("1", "2")]
    made = [call("get_order", "c2", order_id="2"), call("get_order", "c1", order_id="1")]
    expect = {"calls": {"order": "strict", "expected": both}}
    builder = begun().answer("a", calls=made)
    assert reasons(asked(expect), builder) == ["the calls came in the wrong order"]
    (score,) = scored("turn_calls_pass", asked(expect), builder)
    assert (score.value, score.detail["order_ok"]) == (0, False)


def test_further_wrong_arguments_are_counted() -> None:
    args = {"order_id": "4217", "by": "post"}
    builder = begun().answer("a", calls=[call("get_order", order_id="4127")])
    expect = {"calls": {"expected": [{"name": "get_order", "args": args}]}}
    (told,) = reasons(asked(expect), builder)
    assert told.startswith("get_order.")
    assert told.endswith(" and 1 more")
