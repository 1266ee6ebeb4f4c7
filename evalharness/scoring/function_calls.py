"""Expected function calls against made ones.

Counts come from an optimal one-to-one pairing, never from first-come matching, which fails correct
turns (expected lookup(A1 or A2) and lookup(A1), made A1 then A2).
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from evalharness.dataset.json_schemas import is_valid
from evalharness.dataset.matchers import argument_matches, equal, is_absent, is_optional
from evalharness.dataset.models import CallsExpectation, ExpectedCall, ForbiddenCall
from evalharness.scoring.assignment import Weights, assign, best_after, best_in_order, total

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
    arguments: tuple[ArgumentVerdict, ...] = ()


@dataclass(frozen=True, slots=True)
class CallCounts:
    """One turn's counts; runs add them up.

    tp: pairs. fp: calls nobody expected. fn: required calls not made. args_ok of args_total
    slots of pairs matched; args_missed are the required slots of calls not made. exact: pairs
    with every slot matched. hallucinated: names that no tool has. expected: calls of the
    expectation, optional ones too.
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
    pairs: tuple[CallPair, ...] = ()


@dataclass(frozen=True, slots=True)
class _Made:
    """A call with its arguments read; None when they are no JSON object."""

    call: ActualCall
    arguments: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well an actual call answers an expected one of the same name. `total` exceeds the
    slots where arguments that cannot be read were to hold none."""

    slots: tuple[ArgumentVerdict, ...]
    matched: int
    total: int
    parseable: bool

    @property
    def share(self) -> Fraction:
        return Fraction(self.matched, self.total) if self.total else Fraction(1)

    @property
    def exact(self) -> bool:
        return self.parseable and self.matched == self.total


@dataclass(frozen=True, slots=True)
class _Scored:
    """A turn's counts, and what chooses between alternatives besides them."""

    counts: CallCounts
    shares: Fraction

    @property
    def preference(self) -> tuple[bool, int, int, Fraction]:
        counts = self.counts
        return counts.passed, counts.exact, -(counts.fn + counts.fp), self.shares


def match_calls(
    expectation: CallsExpectation | None, actual: Sequence[ActualCall], tools: Tools
) -> CallCounts:
    """Score one turn. `None` expects no calls at all. `tools` are those in force when the calls
    were made."""
    wanted = expectation or CallsExpectation()
    made = [_Made(call, _read(call.arguments)) for call in actual]
    alternatives = [one.expected for one in wanted.any_of] or [wanted.expected]
    # max keeps the first of the best.
    scored = (_score(wanted, expected, made, _functions(tools)) for expected in alternatives)
    return max(scored, key=lambda one: one.preference).counts


def _score(
    wanted: CallsExpectation,
    expected: Sequence[ExpectedCall],
    made: Sequence[_Made],
    tools: Mapping[str, Mapping[str, Any]],
) -> _Scored:
    fits = _fits(expected, made, tools)
    weights = _weights(fits)
    required = [i for i, call in enumerate(expected) if _required(wanted, call)]
    chosen = assign(weights, required)
    paired = [fit for i, j in enumerate(chosen) if j is not None and (fit := fits[i][j])]
    missing = [i for i in required if chosen[i] is None]
    unmatched = [j for j in range(len(made)) if j not in chosen]
    extra = [j for j in unmatched if _may_be_extra(wanted, made[j].call.name)]
    forbidden = {j for j, call in enumerate(made) if _is_forbidden(wanted.forbidden, call)}
    hallucinated = sum(call.call.name not in tools for call in made)
    order_ok = _in_order(wanted, expected, weights, chosen)
    exact = sum(fit.exact for fit in paired)
    wrong = len(missing) + len(unmatched) - len(extra) + len(forbidden) + hallucinated
    counts = CallCounts(
        tp=len(paired),
        fp=len(unmatched) - len(extra),
        fn=len(missing),
        extra_allowed=len(extra),
        args_ok=sum(fit.matched for fit in paired),
        args_total=sum(fit.total for fit in paired),
        args_missed=sum(len(_required_slots(expected[i])) for i in missing),
        exact=exact,
        forbidden=len(forbidden),
        hallucinated=hallucinated,
        schema_valid=sum(_is_valid(call, tools) for call in made),
        actual=len(made),
        interrupted=sum(call.call.interrupted for call in made),
        expected=len(expected),
        order_ok=order_ok,
        passed=exact == len(paired) and wrong == 0 and order_ok,
        pairs=(
            *_expected_pairs(expected, fits, chosen, missing, forbidden),
            *(_unpaired(j, made[j].call.name, extra, forbidden, tools) for j in unmatched),
        ),
    )
    return _Scored(counts, sum((fit.share for fit in paired), Fraction(0)))


def _functions(tools: Tools) -> dict[str, Mapping[str, Any]]:
    """The parameters' schema of each function; the first of a name counts. `tools` may be as a
    server reported them, so nothing is certain about their shape."""
    found: dict[str, Mapping[str, Any]] = {}
    for tool in tools:
        name, parameters = tool.get("name"), tool.get("parameters")
        if isinstance(name, str):
            found.setdefault(name, parameters if isinstance(parameters, dict) else {})
    return found


# One call against one expectation


def _read(arguments: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(arguments, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _no_json(constant: str) -> None:
    """Python reads NaN and Infinity; JSON has neither."""
    raise ValueError(f"{constant} is not JSON")


def _fits(
    expected: Sequence[ExpectedCall],
    made: Sequence[_Made],
    tools: Mapping[str, Mapping[str, Any]],
) -> list[list[_Fit | None]]:
    """How each expected call (row) and each made one of its name (column) go together."""
    return [
        [
            _fit(one, call, _defaults(tools.get(one.name, {})))
            if one.name == call.call.name
            else None
            for call in made
        ]
        for one in expected
    ]


def _fit(expected: ExpectedCall, made: _Made, defaults: Mapping[str, Any]) -> _Fit:
    given = made.arguments
    if given is None:
        unread = tuple(
            ArgumentVerdict(name, expected.args[name], None, present=False, ok=False)
            for name in _required_slots(expected)
        )
        return _Fit(unread, 0, max(len(unread), 1), parseable=False)
    slots = [
        ArgumentVerdict(
            name,
            matcher,
            given.get(name),
            present=name in given,
            ok=argument_matches(matcher, name, given),
        )
        for name, matcher in expected.args.items()
        if name in given or not (is_optional(matcher) or is_absent(matcher))
    ]
    if expected.args_mode == "exact":
        slots += [
            ArgumentVerdict(name, {"$absent": True}, value, present=True, ok=False)
            for name, value in given.items()
            if name not in expected.args and not (name in defaults and equal(defaults[name], value))
        ]
    return _Fit(tuple(slots), sum(slot.ok for slot in slots), len(slots), parseable=True)


def _required_slots(expected: ExpectedCall) -> list[str]:
    return [
        name
        for name, matcher in expected.args.items()
        if not is_optional(matcher) and not is_absent(matcher)
    ]


def _defaults(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema's default of each argument: saying it aloud is not an error."""
    properties = parameters.get("properties")
    return {
        name: schema["default"]
        for name, schema in (properties.items() if isinstance(properties, dict) else ())
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
        if all(argument_matches(value, name, given) for name, value in one.args.items()):
            return True
    return False


def _in_order(
    wanted: CallsExpectation,
    expected: Sequence[ExpectedCall],
    weights: Weights,
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


def _is_valid(made: _Made, tools: Mapping[str, Mapping[str, Any]]) -> bool:
    name = made.call.name
    return name in tools and made.arguments is not None and is_valid(tools[name], made.arguments)


# For people


def _expected_pairs(
    expected: Sequence[ExpectedCall],
    fits: Sequence[Sequence[_Fit | None]],
    chosen: Sequence[int | None],
    missing: Sequence[int],
    forbidden: Container[int],
) -> Iterator[CallPair]:
    for i, (call, j) in enumerate(zip(expected, chosen, strict=True)):
        if j is None:
            if i in missing:
                yield CallPair(call.name, "never called", i, None)
            continue
        fit = fits[i][j]
        assert fit is not None
        verdict: Verdict = "match" if fit.exact else "wrong argument"
        yield CallPair(call.name, "forbidden" if j in forbidden else verdict, i, j, fit.slots)


def _unpaired(
    j: int, name: str, extra: Container[int], forbidden: Container[int], tools: Container[str]
) -> CallPair:
    verdict: Verdict = "allowed extra" if j in extra else "not expected"
    if name not in tools:
        verdict = "unknown tool"
    if j in forbidden:
        verdict = "forbidden"
    return CallPair(name, verdict, None, j)
