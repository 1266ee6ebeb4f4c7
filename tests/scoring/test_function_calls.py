"""Function-call matching against worked examples: every count of every one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalharness.dataset.models import CallsExpectation
from evalharness.scoring.call_metrics import run_metrics
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


def expected_calls(calls: list[dict[str, Any]], **options: Any) -> CallsExpectation:
    return CallsExpectation.model_validate({"expected": calls, **options})


def played(wanted: CallsExpectation, calls: list[Call]) -> CallCounts:
    return match_calls(wanted, [made(call) for call in calls], TOOLS)


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


def test_rates_over_all_goldens() -> None:
    every = [*(scored(golden) for golden in GOLDENS), g22()]
    assert len(every) == 28
    assert run_metrics(every) == {
        "name_precision": 29 / 33,
        "name_recall": 29 / 33,
        "name_f1": 29 / 33,
        "arg_accuracy": 38 / 47,
        "arg_recall": 38 / 52,
        "exact_call_accuracy": 21 / 33,
        "exact_call_precision": 21 / 33,
        "turn_pass_rate": 13 / 28,
        "no_call_accuracy": 1 / 2,
        "call_when_needed": 25 / 26,
        "schema_valid_rate": 29 / 35,
        "hallucinated_tool_rate": 1 / 35,
        "forbidden_call_rate": 1 / 28,
    }


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


def test_order_holds_across_a_call_that_was_left_out() -> None:
    wanted = expected_calls(
        [
            {"name": "lookup", "args": {"id": "A1"}, "id": "a"},
            {
                "name": "get_weather",
                "args": {"city": "P"},
                "id": "b",
                "after": ["a"],
                "optional": True,
            },
            {"name": "lookup", "args": {"id": "A3"}, "id": "c", "after": ["b"]},
        ]
    )
    assert played(wanted, [lookup("A1"), lookup("A3")]).passed
    assert not played(wanted, [lookup("A3"), lookup("A1")]).order_ok


def test_after_replaces_strict_order() -> None:
    calls = [
        {"name": "lookup", "args": {"id": "A1"}, "id": "a"},
        {"name": "lookup", "args": {"id": "A2"}, "after": ["a"]},
        {"name": "lookup", "args": {"id": "A3"}},
    ]
    made_calls = [lookup("A3"), lookup("A1"), lookup("A2")]
    assert played(expected_calls(calls, order="strict"), made_calls).order_ok
    del calls[1]["after"]
    assert not played(expected_calls(calls, order="strict"), made_calls).order_ok


def test_any_of_prefers_right_calls_then_few_faults_then_right_arguments() -> None:
    def best(made_calls: list[Call], *alternatives: list[dict[str, Any]]) -> CallCounts:
        any_of = [{"expected": one} for one in alternatives]
        return played(CallsExpectation.model_validate({"any_of": any_of}), made_calls)

    a1, a2 = ({"name": "lookup", "args": {"id": one}} for one in ("A1", "A2"))
    money = {"name": "transfer", "args": {"amount": 1, "to": "Bo"}}
    wrong_money = {"name": "transfer", "args": {"amount": 2, "to": "Bo"}}
    # One exact call beats none, although it leaves one call missing.
    assert best([lookup("A1")], [a2], [a1, money]).exact == 1
    # Equally exact: fewer calls missing or not expected.
    assert best([lookup("A1")], [a1, money, money], [a1, money]).fn == 1
    # Equal but for arguments.
    bad_money = {"name": "transfer", "args": {"amount": 2, "to": "Al"}}
    assert best([transfer(1, "Bo")], [bad_money], [wrong_money]).args_ok == 1
    # A call that needs no arguments and got none is wholly right.
    bare = {"name": "lookup"}
    counts = best([("lookup", {}), transfer(1, "Bo")], [a1, money], [bare, wrong_money])
    assert (counts.exact, counts.args_ok, counts.args_total) == (1, 1, 2)
    # Equal in every way: the first.
    assert best([lookup("A3")], [a1], [a2]).pairs[0].arguments[0].expected == "A1"


def test_an_optional_call_does_not_take_the_place_of_a_required_one() -> None:
    wanted = expected_calls(
        [
            {"name": "lookup", "args": {"id": {"$any": True}}, "optional": True},
            {"name": "lookup", "args": {"id": "A1"}},
        ]
    )
    counts = played(wanted, [lookup("A1")])
    assert (counts.tp, counts.fn, counts.passed) == (1, 0, True)


def test_ties_go_to_the_nearest() -> None:
    counts = played(expected_calls([{"name": "lookup"}] * 2), [("lookup", {})] * 3)
    assert [(pair.expected, pair.actual) for pair in counts.pairs] == [(0, 0), (1, 1), (None, 2)]


@pytest.mark.parametrize(
    "arguments",
    ["", "null", "[]", '"x"', "{", '{"id": NaN}', '{"id": Infinity}', "[" * 100_000],
)
def test_arguments_that_are_no_json_object(arguments: str) -> None:
    counts = played(expected_calls([{"name": "lookup"}]), [("lookup", arguments)])
    assert (counts.tp, counts.args_ok, counts.args_total) == (1, 0, 1)
    assert (counts.exact, counts.schema_valid, counts.passed) == (0, 0, False)
    counts = played(
        expected_calls([{"name": "lookup", "args": {"id": "A"}}]), [("lookup", arguments)]
    )
    assert [(slot.name, slot.present) for slot in counts.pairs[0].arguments] == [("id", False)]


def test_unread_arguments_miss_only_required_slots() -> None:
    args = {"id": "A", "x": {"$any": True, "$optional": True}, "y": {"$absent": True}}
    counts = played(expected_calls([{"name": "lookup", "args": args}]), [("lookup", "{")])
    assert (counts.args_ok, counts.args_total) == (0, 1)


def test_a_default_counts_only_as_itself() -> None:
    def right(**more: Any) -> bool:
        wanted = expected_calls([{"name": "get_weather", "args": {"city": "Paris"}}])
        return played(wanted, [weather("Paris", **more)]).passed

    assert right()
    assert right(unit="c")
    assert not right(unit="C")
    assert not right(unit=None)
    assert not right(days=1)


def test_forbidden_calls_by_their_arguments() -> None:
    def forbidden(args: dict[str, Any] | None, call: Call) -> int:
        options = {"extra": "allow", "forbidden": [{"name": "transfer", "args": args}]}
        return played(expected_calls([], **options), [call]).forbidden

    assert forbidden(None, transfer(1, "Bo")) == 1
    assert forbidden(None, ("transfer", "{")) == 1
    assert forbidden({}, transfer(1, "Bo")) == 1
    assert forbidden({"amount": {"$number": 1}}, transfer(1, "Bo")) == 1
    assert forbidden({"amount": {"$number": 2}}, transfer(1, "Bo")) == 0
    assert forbidden({"amount": 1}, ("transfer", {})) == 0
    assert forbidden({"to": {"$absent": True}}, ("transfer", {"amount": 1})) == 1
    assert forbidden({"to": {"$absent": True}}, transfer(1, "Bo")) == 0
    assert forbidden(None, lookup("A1")) == 0


def test_an_expected_call_that_is_forbidden_fails() -> None:
    wanted = expected_calls(
        [{"name": "transfer"}], forbidden=[{"name": "transfer", "args": {"amount": 0}}]
    )
    counts = played(wanted, [("transfer", {"amount": 0})])
    assert (counts.tp, counts.forbidden, counts.passed) == (1, 1, False)
    assert [pair.verdict for pair in counts.pairs] == ["forbidden"]


@pytest.mark.parametrize(
    "parameters",
    [
        None,
        [],
        "x",
        {"properties": [1]},
        {"properties": {"id": 1}},
        {"type": "strin"},
        {"$ref": "#/x"},
    ],
)
def test_tools_of_any_shape_can_be_in_force(parameters: Any) -> None:
    odd = [{"type": "function", "name": "lookup", "parameters": parameters}, {"type": "mcp"}]
    wanted = expected_calls([{"name": "lookup", "args": {"id": "A"}}])
    counts = match_calls(wanted, [made(lookup("A"))], odd)
    assert (counts.exact, counts.hallucinated, counts.passed) == (1, 0, True)


def test_numbers_too_large_for_a_float() -> None:
    wanted = expected_calls([{"name": "transfer", "args": {"amount": {"$number": 1}, "to": "Bo"}}])
    assert played(wanted, [transfer(10**400, "Bo")]).args_ok == 1


def test_interrupted_calls_are_counted() -> None:
    calls = [ActualCall("lookup", '{"id": "A"}', "c1", interrupted=True)]
    counts = match_calls(expected_calls([{"name": "lookup", "args": {"id": "A"}}]), calls, TOOLS)
    assert (counts.interrupted, counts.exact, counts.actual) == (1, 1, 1)


def test_a_missing_optional_call_is_not_named() -> None:
    assert played(expected_calls([{"name": "lookup", "optional": True}]), []).pairs == ()


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


# Among pairings of one weight the nearest is taken, so the slots counted may depend on the order
# of the calls; what was right, wrong, missing or too much may not.
BY_PAIRING = {"pairs", "order_ok", "args_ok", "args_total", "args_missed"}
COUNTS = [one.name for one in fields(CallCounts) if one.name not in BY_PAIRING]

argument = st.sampled_from(["A1", "A2", "A3", {"$one_of": ["A1", "A2"]}, {"$any": True}])
some_call = st.builds(
    lambda name, args: (name, args),
    st.sampled_from(["lookup", "transfer", "nobody"]),
    st.dictionaries(st.sampled_from(["id", "to", "x"]), st.sampled_from(["A1", "A2", "A3", 1])),
)


@st.composite
def some_expectation(draw: st.DrawFn) -> CallsExpectation:
    calls = st.fixed_dictionaries(
        {
            "name": st.sampled_from(["lookup", "transfer"]),
            "args": st.dictionaries(st.sampled_from(["id", "to"]), argument),
            "optional": st.booleans(),
            "args_mode": st.sampled_from(["exact", "subset"]),
        }
    )
    return expected_calls(
        draw(st.lists(calls, max_size=4)),
        extra=draw(st.sampled_from(["forbid", "allow", ["lookup"]])),
        missing=draw(st.sampled_from(["forbid", "allow"])),
        forbidden=draw(st.sampled_from([[], [{"name": "transfer", "args": {"to": "A3"}}]])),
    )


@settings(max_examples=60)
@given(some_expectation(), st.lists(some_call, max_size=5), st.randoms(use_true_random=False))
def test_order_of_actual_calls_does_not_matter(
    wanted: CallsExpectation, calls: list[Call], random: Any
) -> None:
    shuffled = list(calls)
    random.shuffle(shuffled)
    first, second = played(wanted, calls), played(wanted, shuffled)
    assert [getattr(first, name) for name in COUNTS] == [getattr(second, name) for name in COUNTS]


@settings(max_examples=60)
@given(some_expectation(), st.lists(some_call, max_size=5))
def test_counts_add_up(wanted: CallsExpectation, calls: list[Call]) -> None:
    counts = played(wanted, calls)
    assert counts.tp + counts.fp + counts.extra_allowed == counts.actual == len(calls)
    assert counts.tp + counts.fn <= counts.expected
    assert counts.exact <= counts.tp
    assert counts.args_ok <= counts.args_total
    shown = [pair.actual for pair in counts.pairs if pair.actual is not None]
    assert sorted(shown) == list(range(len(calls)))
    faults = [pair for pair in counts.pairs if pair.verdict not in ("match", "allowed extra")]
    # A hallucinated call is "unknown tool" and an extra one "forbidden" even where extras may be.
    assert counts.passed == (not faults)


@settings(max_examples=60)
@given(some_expectation(), st.lists(some_call, max_size=5))
def test_allowing_more_never_fails_a_turn(wanted: CallsExpectation, calls: list[Call]) -> None:
    lenient = wanted.model_copy(update={"extra": "allow", "missing": "allow"})
    assert played(lenient, calls).passed >= played(wanted, calls).passed


@settings(max_examples=60)
@given(st.lists(some_call.filter(lambda call: call[0] != "nobody"), max_size=5))
def test_what_was_made_is_what_was_expected(calls: list[Call]) -> None:
    expected = [{"name": name, "args": args} for name, args in calls]
    counts = played(expected_calls(expected, order="strict"), calls)
    assert counts.passed
    assert counts.exact == len(calls)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["A1", "A2", "A3"]), max_size=5), st.permutations(range(5)))
def test_slots_do_not_depend_on_order_where_calls_have_one_argument(
    values: list[str], order: list[int]
) -> None:
    wanted = expected_calls([{"name": "lookup", "args": {"id": one}} for one in ("A1", "A2", "A2")])
    shuffled = [values[index] for index in order if index < len(values)]
    first = played(wanted, [lookup(value) for value in values])
    second = played(wanted, [lookup(value) for value in shuffled])
    assert (first.args_ok, first.args_total, first.args_missed) == (
        second.args_ok,
        second.args_total,
        second.args_missed,
    )
