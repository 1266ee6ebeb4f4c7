"""Expected function calls against made ones.

Counts come from an optimal one-to-one pairing, never from first-come matching, which fails correct
turns (expected lookup(A1 or A2) and lookup(A1), made A1 then A2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from evalharness.dataset.matchers import equal, is_absent, is_optional, matches, schema_validator
from evalharness.dataset.models import CallsExpectation, ExpectedCall, ForbiddenCall
from evalharness.scoring.assignment import assign, best_after, best_in_order, total

Tools = Sequence[Mapping[str, Any]]

Verdict = Literal[
    "match",
    "wrong argument",
    "never called",
    "not expected",
    "unknown tool",
    "allowed extra",
    "forbidden",
]


@dataclass(frozen=True, slots=True)
class ActualCall:
    """A call as made; `arguments` is the text as it came."""

    name: str
    arguments: str
    call_id: str = ""
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class ArgumentVerdict:
    """One slot. `present` tells a missing argument from a null one."""

    name: str
    expected: Any
    actual: Any
    present: bool
    ok: bool


@dataclass(frozen=True, slots=True)
class CallPair:
    """An expected call, an actual one, or both, and what came of it. Indexes count from 0."""

    name: str
    verdict: Verdict
    expected: int | None
    actual: int | None
    arguments: Sequence[ArgumentVerdict] = ()


@dataclass(frozen=True, slots=True)
class CallCounts:
    """One turn's counts; runs add them up.

    tp: pairs. fp: calls nobody expected. fn: required calls not made. args_ok of args_total
    slots of pairs matched; args_missed are the required slots of calls not made. exact: pairs
    with every slot matched. hallucinated: names that no tool has.
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0
    extra_allowed: int = 0
    args_ok: int = 0
    args_total: int = 0
    args_missed: int = 0
    exact: int = 0
    forbidden: int = 0
    hallucinated: int = 0
    schema_valid: int = 0
    actual: int = 0
    interrupted: int = 0
    expected: int = 0
    order_ok: bool = True
    passed: bool = True
    pairs: Sequence[CallPair] = ()


@dataclass(frozen=True, slots=True)
class _Made:
    """A call with its arguments read; None when they are no JSON object."""

    call: ActualCall
    arguments: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well an actual call answers an expected one of the same name."""

    slots: Sequence[ArgumentVerdict]
    total: int
    parseable: bool

    @property
    def matched(self) -> int:
        return sum(slot.ok for slot in self.slots)

    @property
    def share(self) -> Fraction:
        return Fraction(self.matched, self.total) if self.total else Fraction(1)

    @property
    def exact(self) -> bool:
        return self.parseable and self.matched == self.total


def match_calls(
    expectation: CallsExpectation | None, actual: Sequence[ActualCall], tools: Tools
) -> CallCounts:
    """Score one turn. `None` expects no calls at all. `tools` are those in force when the calls
    were made."""
    wanted = expectation or CallsExpectation()
    made = [_Made(call, _read(call.arguments)) for call in actual]
    if not wanted.any_of:
        return _score(wanted, wanted.expected, made, tools)
    scored = [_score(wanted, one.expected, made, tools) for one in wanted.any_of]
    return max(scored, key=_preference)


def _preference(counts: CallCounts) -> tuple[bool, int, int, Fraction]:
    shares = sum(
        (
            Fraction(sum(slot.ok for slot in pair.arguments), len(pair.arguments))
            for pair in counts.pairs
            if pair.arguments
        ),
        Fraction(0),
    )
    return counts.passed, counts.exact, -(counts.fn + counts.fp), shares


def _score(
    wanted: CallsExpectation,
    expected: Sequence[ExpectedCall],
    made: Sequence[_Made],
    tools: Tools,
) -> CallCounts:
    defaults = {str(tool.get("name")): _defaults(tool) for tool in tools}
    fits = [
        [
            _fit(one, call, defaults.get(one.name, {})) if one.name == call.call.name else None
            for call in made
        ]
        for one in expected
    ]
    weights = _weights(fits)
    chosen = assign(weights)
    pairs = [(i, j) for i, j in enumerate(chosen) if j is not None]
    paired = [fit for i, j in pairs if (fit := fits[i][j]) is not None]
    unmatched = [j for j in range(len(made)) if j not in {j for _, j in pairs}]
    missing = [i for i, j in enumerate(chosen) if j is None and _required(wanted, expected[i])]
    extra = [j for j in unmatched if _may_be_extra(wanted, made[j].call.name)]
    known = {str(tool.get("name")) for tool in tools}
    forbidden = {j for j, call in enumerate(made) if _is_forbidden(wanted.forbidden, call)}
    hallucinated = [j for j, call in enumerate(made) if call.call.name not in known]
    order_ok = _in_order(wanted, expected, weights, chosen)
    exact = sum(fit.exact for fit in paired)
    wrong = len(missing) + len(unmatched) - len(extra) + len(forbidden) + len(hallucinated)
    return CallCounts(
        tp=len(pairs),
        fp=len(unmatched) - len(extra),
        fn=len(missing),
        extra_allowed=len(extra),
        args_ok=sum(fit.matched for fit in paired),
        args_total=sum(fit.total for fit in paired),
        args_missed=sum(len(_required_slots(expected[i])) for i in missing),
        exact=exact,
        forbidden=len(forbidden),
        hallucinated=len(hallucinated),
        schema_valid=sum(_is_valid(call, tools) for call in made),
        actual=len(made),
        interrupted=sum(call.call.interrupted for call in made),
        expected=len(expected),
        order_ok=order_ok,
        passed=exact == len(pairs) and wrong == 0 and order_ok,
        pairs=_pairs(expected, made, fits, chosen, missing, extra, forbidden, known),
    )


# One call against one expectation


def _read(arguments: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _fit(expected: ExpectedCall, made: _Made, defaults: Mapping[str, Any]) -> _Fit:
    given = made.arguments
    if given is None:
        slots = [
            ArgumentVerdict(name, expected.args[name], None, present=False, ok=False)
            for name in _required_slots(expected)
        ]
        return _Fit(slots, max(len(slots), 1), parseable=False)
    slots = []
    for name, matcher in expected.args.items():
        if name in given:
            ok = not is_absent(matcher) and matches(matcher, given[name])
            slots.append(ArgumentVerdict(name, matcher, given[name], present=True, ok=ok))
        elif not is_optional(matcher) and not is_absent(matcher):
            slots.append(ArgumentVerdict(name, matcher, None, present=False, ok=False))
    if expected.args_mode == "exact":
        slots += [
            ArgumentVerdict(name, {"$absent": True}, value, present=True, ok=False)
            for name, value in given.items()
            if name not in expected.args and not (name in defaults and equal(defaults[name], value))
        ]
    return _Fit(slots, len(slots), parseable=True)


def _required_slots(expected: ExpectedCall) -> list[str]:
    return [
        name
        for name, matcher in expected.args.items()
        if not is_optional(matcher) and not is_absent(matcher)
    ]


def _defaults(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema's default of each argument: saying it aloud is not an error."""
    properties = (tool.get("parameters") or {}).get("properties") or {}
    return {
        name: schema["default"]
        for name, schema in properties.items()
        if isinstance(schema, dict) and "default" in schema
    }


def _weights(fits: Sequence[Sequence[_Fit | None]]) -> list[list[Fraction | None]]:
    """1 for the name, the share of right arguments, and more than all of those for exactness:
    so the most exact pairs win first."""
    smaller = min(len(fits), len(fits[0])) if fits else 0
    bonus = 2 * (smaller + 1)
    return [
        [None if fit is None else 1 + fit.share + bonus * fit.exact for fit in row] for row in fits
    ]


# The switches


def _required(wanted: CallsExpectation, call: ExpectedCall) -> bool:
    return wanted.missing == "forbid" and not call.optional


def _may_be_extra(wanted: CallsExpectation, name: str) -> bool:
    if isinstance(wanted.extra, str):
        return wanted.extra == "allow"
    return name in wanted.extra


def _is_forbidden(forbidden: Sequence[ForbiddenCall], made: _Made) -> bool:
    for one in forbidden:
        if one.name != made.call.name:
            continue
        if one.args is None:
            return True
        given = made.arguments or {}
        if all(name in given and matches(value, given[name]) for name, value in one.args.items()):
            return True
    return False


def _in_order(
    wanted: CallsExpectation,
    expected: Sequence[ExpectedCall],
    weights: Sequence[Sequence[Fraction | None]],
    chosen: Sequence[int | None],
) -> bool:
    """Whether a pairing as good as the best keeps the order asked for: `after` where any call has
    it, else the list's own when the order is strict."""
    if not expected or not weights[0]:
        return True
    if any(call.after for call in expected):
        index = {call.id: i for i, call in enumerate(expected) if call.id is not None}
        after = [[index[name] for name in call.after if name in index] for call in expected]
        return best_after(weights, after) == total(weights, chosen)
    return wanted.order == "any" or best_in_order(weights) == total(weights, chosen)


def _is_valid(made: _Made, tools: Tools) -> bool:
    tool = next((one for one in tools if one.get("name") == made.call.name), None)
    if tool is None or made.arguments is None:
        return False
    schema = json.dumps(tool.get("parameters") or {}, sort_keys=True)
    return bool(schema_validator(schema).is_valid(made.arguments))


# For people


def _pairs(
    expected: Sequence[ExpectedCall],
    made: Sequence[_Made],
    fits: Sequence[Sequence[_Fit | None]],
    chosen: Sequence[int | None],
    missing: Sequence[int],
    extra: Sequence[int],
    forbidden: set[int],
    known: set[str],
) -> list[CallPair]:
    pairs: list[CallPair] = []
    for i, j in enumerate(chosen):
        if j is None:
            if i in missing:
                pairs.append(CallPair(expected[i].name, "never called", i, None))
            continue
        fit = fits[i][j]
        assert fit is not None
        verdict: Verdict = "match" if fit.exact else "wrong argument"
        if j in forbidden:
            verdict = "forbidden"
        pairs.append(CallPair(expected[i].name, verdict, i, j, tuple(fit.slots)))
    for j, call in enumerate(made):
        if j not in chosen:
            pairs.append(
                CallPair(call.call.name, _unpaired(j, call, extra, forbidden, known), None, j)
            )
    return pairs


def _unpaired(
    j: int, call: _Made, extra: Sequence[int], forbidden: set[int], known: set[str]
) -> Verdict:
    if j in forbidden:
        return "forbidden"
    if call.call.name not in known:
        return "unknown tool"
    return "allowed extra" if j in extra else "not expected"
