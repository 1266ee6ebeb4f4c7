"""Function calls and replies of each turn, and the verdict on the whole conversation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from evalharness.dataset.matchers import describe
from evalharness.recording.timeline import FunctionCall
from evalharness.scoring.conversation import Conversation, PlayedTurn
from evalharness.scoring.function_calls import ActualCall, CallCounts, CallPair, match_calls
from evalharness.scoring.replies import check_reply
from evalharness.scoring.score import Score

CALLS = "function_calls"
REPLIES = "replies"
OUTCOME = "outcome"


@dataclass(slots=True)
class _Verdict:
    """What failed so far, in words, with the turn."""

    checks: int = 0
    reasons: list[dict[str, Any]] = field(default_factory=list)

    def add(self, turn: PlayedTurn, what: Sequence[str]) -> None:
        self.checks += 1
        self.reasons += [{"turn": turn.index, "what": one} for one in what]


def score_outcome(conversation: Conversation) -> Iterator[Score]:
    verdict = _Verdict()
    for turn in conversation.turns:
        yield from _calls(conversation, turn, verdict)
        yield from _reply(turn, verdict)
        _response(turn, verdict)
    passed = float(not verdict.reasons)
    detail = {"reasons": verdict.reasons, "checks": verdict.checks}
    yield Score(None, OUTCOME, "task_success", passed, 1.0, passed, detail)


def _response(turn: PlayedTurn, verdict: _Verdict) -> None:
    if turn.expects_response and not turn.answered:
        verdict.add(turn, ["no answer"])
    elif turn.script.expect.response is False and turn.answered:
        verdict.add(turn, ["answered although nothing was asked"])
    else:
        verdict.add(turn, [])


def _reply(turn: PlayedTurn, verdict: _Verdict) -> Iterator[Score]:
    if turn.script.expect.reply is None:
        return
    reply = turn.reply
    checks = check_reply(turn.script.expect.reply, reply)
    failed = [check.what for check in checks if not check.passed]
    passed = len(checks) - len(failed)
    verdict.add(turn, [f"the reply must be one that {what}" for what in failed])
    detail = {"reply": reply, "failed": failed}
    share = passed / len(checks) if checks else None
    yield Score(turn.index, REPLIES, "reply_pass", float(passed), float(len(checks)), share, detail)


def _calls(conversation: Conversation, turn: PlayedTurn, verdict: _Verdict) -> Iterator[Score]:
    expect = turn.script.expect
    if expect.calls is None and not expect.no_calls:
        return
    made = [call for call in turn.calls if _counts(call)]
    actual = [_actual(call) for call in made]
    counts = match_calls(expect.calls, actual, made[0].tools if made else _tools(conversation))
    verdict.add(turn, [_fault(pair) for pair in counts.pairs if _is_fault(pair)])
    if not counts.order_ok:
        verdict.add(turn, ["the calls came in the wrong order"])
    yield from _call_scores(turn, counts, actual)


def _counts(call: FunctionCall) -> bool:
    """A call of a response that was cut off counts only if it was whole and we answered it."""
    if not call.interrupted:
        return True
    try:
        json.loads(call.arguments)
    except ValueError:
        return False
    return call.output is not None


def _actual(call: FunctionCall) -> ActualCall:
    return ActualCall(call.name, call.arguments, call.call_id, call.interrupted)


def _tools(conversation: Conversation) -> Sequence[Any]:
    """The tools of the last session the server confirmed."""
    found = [change.effective for change in conversation.timeline.configs if change.effective]
    tools = found[-1].get("tools") if found else None
    return tools if isinstance(tools, list) else ()


def _call_scores(
    turn: PlayedTurn, counts: CallCounts, actual: Sequence[ActualCall]
) -> Iterator[Score]:
    def ratio(metric: str, numerator: float, denominator: float) -> Score:
        value = numerator / denominator if denominator else None
        return Score(turn.index, CALLS, metric, float(numerator), float(denominator), value)

    required = counts.tp + counts.fn
    if required:
        yield ratio("exact_call_accuracy", counts.exact, required)
        yield ratio("call_recall", counts.tp, required)
        yield ratio("call_when_needed", bool(counts.actual), 1)
        yield ratio("arg_recall", counts.args_ok, counts.args_total + counts.args_missed)
    if counts.tp + counts.fp:
        yield ratio("call_precision", counts.tp, counts.tp + counts.fp)
    # F1 over a run is 2tp / (2tp + fp + fn), so these two sums are what adds up.
    if 2 * counts.tp + counts.fp + counts.fn:
        yield ratio("call_f1", 2 * counts.tp, 2 * counts.tp + counts.fp + counts.fn)
    if counts.args_total:
        yield ratio("arg_accuracy", counts.args_ok, counts.args_total)
    if counts.expected == 0:
        yield ratio("no_call_accuracy", not counts.actual, 1)
    if counts.actual:
        yield ratio("schema_valid_rate", counts.schema_valid, counts.actual)
        yield ratio("hallucinated_tool_rate", counts.hallucinated, counts.actual)
    yield ratio("forbidden_call_rate", counts.forbidden > 0, 1)
    passed = float(counts.passed)
    detail = {"pairs": [_pair_json(pair, actual) for pair in counts.pairs]}
    if not counts.order_ok:
        detail["order_ok"] = False  # type: ignore[assignment]
    yield Score(turn.index, CALLS, "turn_calls_pass", passed, 1.0, passed, detail)


def _pair_json(pair: CallPair, actual: Sequence[ActualCall]) -> dict[str, Any]:
    return {
        "name": pair.name,
        "verdict": pair.verdict,
        "expected": {
            slot.name: slot.expected for slot in pair.arguments if not _is_surplus(slot.expected)
        }
        if pair.expected is not None
        else None,
        "actual": None if pair.actual is None else _arguments(actual[pair.actual].arguments),
        "wrong": [slot.name for slot in pair.arguments if not slot.ok],
    }


def _is_surplus(expected: Any) -> bool:
    return isinstance(expected, dict) and expected.get("$absent") is True


def _arguments(text: str) -> Any:
    """Arguments as JSON where they are, else the text as it came."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _is_fault(pair: CallPair) -> bool:
    return pair.verdict not in ("match", "allowed extra")


def _fault(pair: CallPair) -> str:
    """What went wrong with one call, in words."""
    if pair.verdict == "unknown tool":
        return f"{pair.name} is an unknown tool"
    wrong = [slot for slot in pair.arguments if not slot.ok]
    if pair.verdict != "wrong argument" or not wrong:
        return f"{pair.name} {pair.verdict}"
    slot = wrong[0]
    got = describe(slot.actual) if slot.present else "nothing"
    more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    return f"{pair.name}.{slot.name}: expected {describe(slot.expected)}, got {got}{more}"
