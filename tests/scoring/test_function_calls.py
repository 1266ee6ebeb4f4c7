"""Function-call matching against worked examples: every count of every one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.dataset.models import CallsExpectation
from evalharness.scoring.function_calls import ActualCall, CallCounts, match_calls


def tool(name: str, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "function",
        "name": name,
        "parameters": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        },
    }


TEXT = {"type": "string"}
TOOLS = [
    tool(
        "get_weather",
        {
            "city": TEXT,
            "unit": {"enum": ["c", "f"], "default": "c"},
            "days": {"type": "integer"},
        },
        ["city"],
    ),
    tool(
        "book_table",
        {
            "name": TEXT,
            "date": TEXT,
            "time": TEXT,
            "party_size": {"type": "integer"},
            "phone": TEXT,
            "notes": TEXT,
        },
        ["name", "date", "party_size"],
    ),
    tool("transfer", {"amount": {"type": "number"}, "to": TEXT}, ["amount", "to"]),
    tool("lookup", {"id": TEXT}, ["id"]),
]

Call = tuple[str, Any]


def weather(city: str, **more: Any) -> Call:
    return "get_weather", {"city": city, **more}


def lookup(value: Any) -> Call:
    return "lookup", {"id": value}


def transfer(amount: Any, to: Any) -> Call:
    return "transfer", {"amount": amount, "to": to}


def book(name: Any, date: Any, party_size: Any, **more: Any) -> Call:
    return "book_table", {"name": name, "date": date, "party_size": party_size, **more}


A1_OR_A2 = {"$one_of": ["A1", "A2"]}


@dataclass(frozen=True)
class Golden:
    """`counts` are tp fp fn; `args` are ok, total, missed; `valid` is schema-valid of actual."""

    id: str
    expected: list[Call]
    actual: list[Call]
    counts: tuple[int, int, int]
    args: tuple[int, int, int]
    exact: int
    valid: tuple[int, int]
    passed: bool
    options: dict[str, Any] = field(default_factory=dict)
    each: dict[str, Any] = field(default_factory=dict)
    extra_allowed: int = 0
    hallucinated: int = 0
    forbidden: int = 0
    order_ok: bool = True


GOLDENS = [
    Golden("G1", [weather("Paris")], [weather("Paris")], (1, 0, 0), (1, 1, 0), 1, (1, 1), True),
    Golden(
        "G2",
        [weather("Paris")],
        [weather("Paris", unit="c")],
        (1, 0, 0),
        (1, 1, 0),
        1,
        (1, 1),
        True,
    ),
    Golden(
        "G3",
        [weather("Paris")],
        [weather("Paris", unit="f")],
        (1, 0, 0),
        (1, 2, 0),
        0,
        (1, 1),
        False,
    ),
    Golden(
        "G4",
        [weather("Paris")],
        [weather("Paris", unit="f")],
        (1, 0, 0),
        (1, 1, 0),
        1,
        (1, 1),
        True,
        each={"args_mode": "subset"},
    ),
    Golden(
        "G5",
        [
            book(
                {"$iexact": "Ana  García"},
                {"$date": "2026-05-01", "$formats": ["%B %d, %Y"]},
                {"$number": 4},
                phone={"$alnum": "+1 (415) 555-0123"},
                notes={"$any": True, "$optional": True},
            )
        ],
        [book("ana garcía", "May 01, 2026", 4.0, phone="1-415-555-0123")],
        (1, 0, 0),
        (4, 4, 0),
        1,
        (1, 1),
        True,
    ),
    Golden(
        "G6",
        [lookup(A1_OR_A2), lookup("A1")],
        [lookup("A1"), lookup("A2")],
        (2, 0, 0),
        (2, 2, 0),
        2,
        (2, 2),
        True,
    ),
    Golden(
        "G7", [lookup("A1"), lookup("A1")], [lookup("A1")], (1, 0, 1), (1, 1, 1), 1, (1, 1), False
    ),
    Golden(
        "G8", [lookup("A1")], [lookup("A1"), lookup("A1")], (1, 1, 0), (1, 1, 0), 1, (2, 2), False
    ),
    Golden(
        "G9",
        [transfer(20, "Bo")],
        [lookup("x"), transfer(20, "Bo")],
        (1, 0, 0),
        (2, 2, 0),
        1,
        (2, 2),
        True,
        options={"extra": ["lookup"]},
        extra_allowed=1,
    ),
    Golden(
        "G10",
        [lookup("A1"), transfer(20, "Bo")],
        [transfer(20, "Bo"), lookup("A1")],
        (2, 0, 0),
        (3, 3, 0),
        2,
        (2, 2),
        False,
        options={"order": "strict"},
        order_ok=False,
    ),
    Golden(
        "G11",
        [lookup("A1"), transfer(20, "Bo")],
        [transfer(20, "Bo"), lookup("A1")],
        (2, 0, 0),
        (3, 3, 0),
        2,
        (2, 2),
        True,
    ),
    Golden("G12", [], [], (0, 0, 0), (0, 0, 0), 0, (0, 0), True),
    Golden("G13", [], [weather("Paris")], (0, 1, 0), (0, 0, 0), 0, (1, 1), False),
    Golden(
        "G14",
        [transfer(20, "Bo")],
        [("send_money", {"amount": 20, "to": "Bo"})],
        (0, 1, 1),
        (0, 0, 2),
        0,
        (0, 1),
        False,
        hallucinated=1,
    ),
    Golden(
        "G15",
        [transfer(20, "Bo")],
        [("transfer", '{"amount": 20, "to": "Bo"')],
        (1, 0, 0),
        (0, 2, 0),
        0,
        (0, 1),
        False,
    ),
    Golden(
        "G16", [transfer(20, "Bo")], [transfer("20", "Bo")], (1, 0, 0), (1, 2, 0), 0, (0, 1), False
    ),
    Golden(
        "G17",
        [transfer({"$number": 20, "$coerce": True}, "Bo")],
        [transfer("20", "Bo")],
        (1, 0, 0),
        (2, 2, 0),
        1,
        (0, 1),
        True,
    ),
    Golden(
        "G18",
        [lookup("A1")],
        [lookup("A1"), transfer(5, "Bo")],
        (1, 0, 0),
        (1, 1, 0),
        1,
        (2, 2),
        False,
        options={"extra": "allow", "forbidden": [{"name": "transfer"}]},
        extra_allowed=1,
        forbidden=1,
    ),
    Golden(
        "G19",
        [lookup("A1"), transfer(20, "Bo"), weather("Paris")],
        [lookup("A1"), transfer(25, "Bo"), book("x", "2026-05-01", 2)],
        (2, 1, 1),
        (2, 3, 1),
        1,
        (3, 3),
        False,
    ),
    Golden(
        "G20", [transfer(1, "Bo")], [transfer(True, "Bo")], (1, 0, 0), (1, 2, 0), 0, (0, 1), False
    ),
    Golden(
        "G21",
        [lookup("A1"), lookup("A2")],
        [lookup("A2")],
        (1, 0, 0),
        (1, 1, 0),
        1,
        (1, 1),
        True,
        options={"missing": "allow"},
    ),
    Golden(
        "G23",
        [lookup(A1_OR_A2), lookup(A1_OR_A2)],
        [lookup("A2"), lookup("A1")],
        (2, 0, 0),
        (2, 2, 0),
        2,
        (2, 2),
        True,
        options={"order": "strict"},
    ),
    Golden(
        "G24",
        [lookup({"$regex": "ORD-[0-9]{4}"})],
        [lookup("ORD-12345")],
        (1, 0, 0),
        (0, 1, 0),
        0,
        (1, 1),
        False,
    ),
    Golden(
        "G25",
        [transfer({"$number": 100, "$rel": 0.01}, {"$iexact": "bo"})],
        [transfer(100.99, "BO")],
        (1, 0, 0),
        (2, 2, 0),
        1,
        (1, 1),
        True,
    ),
    Golden(
        "G26",
        [transfer(20, "Bo")],
        [("transfer", {"amount": 20})],
        (1, 0, 0),
        (1, 2, 0),
        0,
        (0, 1),
        False,
    ),
    Golden(
        "G27",
        [book("A", "2026-05-01", 2, phone={"$absent": True})],
        [book("A", "2026-05-01", 2, phone="555")],
        (1, 0, 0),
        (3, 4, 0),
        0,
        (1, 1),
        False,
    ),
    Golden("G28", [lookup("A1")], [], (0, 0, 1), (0, 0, 1), 0, (0, 0), False),
]


def made(call: Call) -> ActualCall:
    name, arguments = call
    return ActualCall(name, arguments if isinstance(arguments, str) else json.dumps(arguments))


def expectation(golden: Golden) -> CallsExpectation:
    expected = [{"name": name, "args": args, **golden.each} for name, args in golden.expected]
    return CallsExpectation.model_validate({"expected": expected, **golden.options})


def scored(golden: Golden) -> CallCounts:
    return match_calls(expectation(golden), [made(call) for call in golden.actual], TOOLS)


def g22() -> CallCounts:
    """The first of two expected calls is optional, and is not made."""
    wanted = CallsExpectation.model_validate(
        {
            "expected": [
                {"name": "lookup", "args": {"id": "A1"}, "optional": True},
                {"name": "transfer", "args": {"amount": 20, "to": "Bo"}},
            ]
        }
    )
    return match_calls(wanted, [made(transfer(20, "Bo"))], TOOLS)


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.id)
def test_golden(golden: Golden) -> None:
    counts = scored(golden)
    assert (counts.tp, counts.fp, counts.fn) == golden.counts
    assert (counts.args_ok, counts.args_total, counts.args_missed) == golden.args
    assert counts.exact == golden.exact
    assert (counts.schema_valid, counts.actual) == golden.valid
    assert counts.extra_allowed == golden.extra_allowed
    assert counts.hallucinated == golden.hallucinated
    assert counts.forbidden == golden.forbidden
    assert counts.order_ok == golden.order_ok
    assert counts.passed == golden.passed


def test_golden_22_optional_call() -> None:
    counts = g22()
    assert (counts.tp, counts.fp, counts.fn) == (1, 0, 0)
    assert (counts.args_ok, counts.args_total, counts.args_missed) == (2, 2, 0)
    assert (counts.exact, counts.schema_valid, counts.actual) == (1, 1, 1)
    assert counts.passed


def test_totals_over_all_goldens() -> None:
    every = [*(scored(golden) for golden in GOLDENS), g22()]
    assert len(every) == 28
    tp, fp, fn = (sum(getattr(one, name) for one in every) for name in ("tp", "fp", "fn"))
    assert (tp, tp + fp, tp + fn) == (29, 33, 33)
    assert sum(one.args_ok for one in every) == 38
    assert sum(one.args_total for one in every) == 47
    assert sum(one.args_missed for one in every) == 5
    assert sum(one.exact for one in every) == 21
    assert sum(one.passed for one in every) == 13
    assert sum(one.schema_valid for one in every) == 29
    assert sum(one.actual for one in every) == 35
    assert sum(one.hallucinated for one in every) == 1
    assert sum(one.forbidden > 0 for one in every) == 1


def test_partial_order() -> None:
    wanted = CallsExpectation.model_validate(
        {
            "expected": [
                {"name": "lookup", "args": {"id": "A1"}, "id": "find"},
                {"name": "get_weather", "args": {"city": "Paris"}},
                {"name": "transfer", "args": {"amount": 1, "to": "Bo"}, "after": ["find"]},
            ]
        }
    )
    good = [weather("Paris"), lookup("A1"), transfer(1, "Bo")]
    bad = [transfer(1, "Bo"), weather("Paris"), lookup("A1")]
    assert match_calls(wanted, [made(call) for call in good], TOOLS).passed
    wrong = match_calls(wanted, [made(call) for call in bad], TOOLS)
    assert (wrong.exact, wrong.order_ok, wrong.passed) == (3, False, False)


def test_any_of_keeps_the_best_alternative() -> None:
    wanted = CallsExpectation.model_validate(
        {
            "any_of": [
                {"expected": [{"name": "lookup", "args": {"id": "A1"}}]},
                {"expected": [{"name": "lookup", "args": {"id": "A2"}}]},
            ]
        }
    )
    assert match_calls(wanted, [made(lookup("A2"))], TOOLS).passed
    assert not match_calls(wanted, [made(lookup("A3"))], TOOLS).passed


def test_no_expectation_means_no_calls() -> None:
    assert match_calls(None, [], TOOLS).passed
    assert not match_calls(None, [made(lookup("A1"))], TOOLS).passed


def test_pairs_say_what_was_wrong() -> None:
    counts = scored(next(golden for golden in GOLDENS if golden.id == "G19"))
    verdicts = [(pair.name, pair.verdict) for pair in counts.pairs]
    assert verdicts == [
        ("lookup", "match"),
        ("transfer", "wrong argument"),
        ("get_weather", "never called"),
        ("book_table", "not expected"),
    ]
    wrong = [slot for slot in counts.pairs[1].arguments if not slot.ok]
    assert [(slot.name, slot.expected, slot.actual) for slot in wrong] == [("amount", 20, 25)]


ids = st.sampled_from(["A1", "A2", "A3"])


@given(st.lists(ids, max_size=5), st.lists(ids, max_size=5), st.randoms(use_true_random=False))
def test_order_of_actual_calls_does_not_matter(
    expected: list[str], actual: list[str], random: Any
) -> None:
    wanted = CallsExpectation.model_validate(
        {"expected": [{"name": "lookup", "args": {"id": value}} for value in expected]}
    )
    shuffled = list(actual)
    random.shuffle(shuffled)
    first = match_calls(wanted, [made(lookup(value)) for value in actual], TOOLS)
    second = match_calls(wanted, [made(lookup(value)) for value in shuffled], TOOLS)
    for name in ("tp", "fp", "fn", "args_ok", "args_total", "args_missed", "exact", "passed"):
        assert getattr(first, name) == getattr(second, name)
