"""The expectation language: what each matcher accepts, and which expectations are mistakes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.dataset.matchers import (
    argument_matches,
    describe,
    equal,
    is_absent,
    is_optional,
    matcher_name,
    matcher_problem,
    matches,
)

DAY = {"$date": "2026-05-01", "$formats": ["%B %d, %Y", "%d.%m.%y"]}

ACCEPTED: list[tuple[Any, Any]] = [
    (4, 4.0),
    (4.0, 4),
    (0, -0.0),
    (2**60, 2**60),
    (None, None),
    (True, True),
    ("", ""),
    ([1, "a", None], [1.0, "a", None]),
    ({"a": 1, "b": [2]}, {"b": [2.0], "a": 1}),
    (
        {"a": {"$any": True}, "b": {"$absent": True}, "c": {"$number": 1, "$optional": True}},
        {"a": 0},
    ),
    ({"$number": 20}, 20.0),
    ({"$number": 0.3, "$abs": 0.1}, 0.4),
    ({"$number": 0.3, "$abs": 0.1}, 0.2),
    ({"$number": 100, "$rel": 0.01}, 100.99),
    ({"$number": -100, "$rel": 0.01}, -101),
    ({"$number": 100, "$rel": 0.01, "$abs": 5}, 105),
    ({"$number": 2, "$coerce": True}, "2"),
    ({"$number": 2, "$coerce": True}, "2.0"),
    ({"$number": 1000, "$coerce": True}, "1e3"),
    ({"$number": -0.5, "$coerce": True}, "-0.5"),
    ({"$number": 2, "$coerce": True}, 2),
    ({"$one_of": ["A1", {"$iexact": "a2"}]}, "A2"),
    ({"$regex": "ORD-[0-9]{4}"}, "ORD-1234"),
    ({"$regex": "a|ab"}, "ab"),
    ({"$iexact": "Ana  García"}, " ana\tGARCI\u0301A "),
    ({"$iexact": "Straße"}, "STRASSE"),
    ({"$alnum": "+1 (415) 555-0123"}, "1-415-555-0123"),
    ({"$alnum": "ab-12 x"}, "AB12X"),
    ({"$alnum": "４２"}, "42"),
    ({"$text": "Two large pizzas!"}, "two, large pizzas"),
    ({"$text": "two pizzas", "$normalizer": "whisper-en"}, "2 pizzas"),
    ({"$text": "a b c d", "$max_wer": 0.25}, "a b x d"),
    ({"$text": " ".join("a" * 100), "$max_wer": 0.29}, " ".join("a" * 71 + "b" * 29)),
    ({"$text": "?!"}, ""),
    ({"$contains": "WINDOW"}, "a window seat"),
    (DAY, "2026-05-01"),
    (DAY, " 20260501 "),
    (DAY, "2026-W18-5"),
    (DAY, "May 01, 2026"),
    (DAY, "1.5.26"),
    ({"$date": "2026-05-01", "$tolerance": 1}, "2026-04-30"),
    ({"$time": "18:30"}, "18:30:00"),
    ({"$time": "18:30", "$formats": ["%I:%M %p"]}, "6:30 pm"),
    ({"$time": "18:30"}, "18:30:00+02:00"),
    ({"$time": "23:00+00:00"}, "01:00+02:00"),
    ({"$time": "23:59:30", "$tolerance": 60}, "00:00:30"),
    ({"$datetime": "2026-05-01T18:30"}, "2026-05-01 18:30:00"),
    ({"$datetime": "2026-05-01T18:30+02:00"}, "2026-05-01T16:30:00Z"),
    ({"$datetime": "2026-05-01T18:30", "$tolerance": 300}, "2026-05-01T18:25"),
    ({"$datetime": "2026-05-01T18:30", "$formats": ["%d %b %Y %H:%M"]}, "01 May 2026 18:30"),
    ({"$unordered": [1, "b", {"$any": True}]}, ["x", 1.0, "b"]),
    ({"$unordered": [{"$one_of": [1, 2]}, 1]}, [1, 2]),
    ({"$unordered": [{"$one_of": [1, 2, 3]}, {"$one_of": [1, 2]}, {"$one_of": [1]}]}, [3, 2, 1]),
    ({"$unordered": []}, []),
    ({"$each": {"$type": "string"}}, ["a", "b"]),
    ({"$each": 1}, []),
    ({"$len": 2}, [None, None]),
    ({"$len": {"$number": 3, "$abs": 1}}, [1, 2]),
    ({"$type": "integer"}, 4.0),
    ({"$type": "number"}, 4),
    ({"$type": "null"}, None),
    ({"$type": "object"}, {}),
    ({"$schema": {"type": "array", "prefixItems": [{"const": 1}]}}, [1, "x"]),
    ({"$schema": {"$defs": {"s": {"type": "string"}}, "$ref": "#/$defs/s"}}, "a"),
    ({"$schema": True}, None),
    ({"$any": True}, None),
    ({"$value": 4, "$optional": True}, 4.0),
    ({"$value": {"$iexact": "bo"}, "$optional": True}, "BO"),
    ({"$value": {"size": {"$number": 4, "$abs": 1}}, "$optional": True}, {"size": 5}),
    ({"$value": {"$dollars": 3}}, {"$dollars": 3.0}),
]

REFUSED: list[tuple[Any, Any]] = [
    (1, True),
    (True, 1),
    (0, False),
    (False, 0.0),
    (20, "20"),
    ("20", 20),
    (None, "None"),
    (None, ""),
    (None, False),
    ("None", None),
    ("a", "A"),
    ("a", "a "),
    (2**60, 2**60 + 1),
    ([1, 2], [1]),
    ([1], [1, 2]),
    ([1, 2], [2, 1]),
    ([], {}),
    ({"a": 1}, {"a": 1, "b": None}),
    ({"a": 1, "b": None}, {"a": 1}),
    ({"a": 1}, {"a": True}),
    ({"a": {"$absent": True}}, {"a": None}),
    ({"$number": 1}, True),
    ({"$number": 20}, "20"),
    ({"$number": 20}, None),
    ({"$number": 20}, float("nan")),
    ({"$number": 20, "$abs": 1e308}, float("inf")),
    ({"$number": 20, "$abs": 5}, 10**400),
    ({"$number": 100, "$rel": 0.01}, 101.01),
    *(
        ({"$number": 2, "$coerce": True}, text)
        for text in ("02", "+2", "2 units", "", " 2", "2.", ".2e1", "0x2", "two", "true", "٢")
    ),
    ({"$number": 12, "$coerce": True}, "1٢"),
    ({"$number": 1, "$coerce": True}, True),
    ({"$number": 20, "$coerce": True}, "1e9999999"),
    ({"$number": 20, "$coerce": True}, "1e99999999999999999999"),
    ({"$one_of": ["A1", "A2"]}, "A3"),
    ({"$regex": "ORD-[0-9]{4}"}, "ORD-12345"),
    ({"$regex": "ORD-[0-9]{4}"}, "ORD-1234\n"),
    ({"$regex": "4"}, 4),
    ({"$iexact": "ana garcía"}, "ana garcia"),
    ({"$iexact": "4"}, 4),
    ({"$alnum": "4155550123"}, 4155550123),
    ({"$alnum": "0123"}, "123"),
    ({"$text": "two pizzas"}, "2 pizzas"),
    ({"$text": "a b c d", "$max_wer": 0.24}, "a b x d"),
    ({"$text": "?!", "$max_wer": 1}, "a"),
    ({"$text": "a"}, ["a"]),
    ({"$contains": "a b"}, "a  b"),
    ({"$contains": "window"}, ["window"]),
    (DAY, "2026-05-02"),
    (DAY, "01/05/2026"),
    (DAY, "2026-05-01T00:00"),
    (DAY, "May 32, 2026"),
    (DAY, 20260501),
    (DAY, ""),
    ({"$date": "2026-05-01", "$tolerance": 1}, "2026-05-03"),
    ({"$time": "18:30"}, "6:30"),
    ({"$time": "23:59:30", "$tolerance": 59}, "00:00:30"),
    ({"$datetime": "2026-05-01T18:30+02:00"}, "2026-05-01T18:30Z"),
    ({"$unordered": [1, 2]}, [1, 1]),
    ({"$unordered": [1]}, [1, 1]),
    ({"$unordered": [1, 1]}, [1]),
    ({"$unordered": [1]}, {"0": 1}),
    ({"$unordered": [{"$one_of": [1, 2]}, {"$one_of": [1, 2]}, {"$one_of": [1, 2]}]}, [1, 2, 3]),
    ({"$each": {"$type": "string"}}, ["a", 1]),
    ({"$each": {"$any": True}}, "text"),
    ({"$len": 2}, "ab"),
    ({"$len": 2}, [1]),
    ({"$type": "integer"}, True),
    ({"$type": "integer"}, 4.5),
    ({"$type": "number"}, True),
    ({"$type": "number"}, "4"),
    ({"$schema": {"type": "integer"}}, True),
    ({"$schema": False}, None),
    ({"$absent": True}, None),
    ({"$value": {"$dollars": 3}}, {"$dollars": 4}),
]


def test_matchers_are_sound() -> None:
    assert [m for m, _ in [*ACCEPTED, *REFUSED] if matcher_problem(m) is not None] == []


@pytest.mark.parametrize(("expected", "actual"), ACCEPTED, ids=repr)
def test_accepts(expected: Any, actual: Any) -> None:
    assert matches(expected, actual) is True


@pytest.mark.parametrize(("expected", "actual"), REFUSED, ids=lambda one: repr(one)[:60])
def test_refuses(expected: Any, actual: Any) -> None:
    assert matches(expected, actual) is False


def test_a_pattern_cannot_hang_a_run() -> None:
    assert not matches({"$regex": "(a|aa)+$"}, "a" * 60 + "b")


def test_a_schema_never_leads_to_the_network() -> None:
    assert not matches({"$schema": {"$ref": "http://127.0.0.1:9/schema.json"}}, 1)


def test_a_schema_that_cannot_be_used_accepts_nothing() -> None:
    for schema in ({"$ref": "#"}, {"$ref": "#/nope"}, {"type": "strin"}, {"pattern": "["}):
        assert not matches({"$schema": schema}, 1)
    deep: Any = "leaf"
    for _ in range(5000):
        deep = [deep]
    assert not matches(
        {"$schema": {"$defs": {"l": {"items": {"$ref": "#/$defs/l"}}}, "$ref": "#/$defs/l"}}, deep
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text().filter(lambda k: k[:1] != "$"), inner)
    ),
    max_leaves=12,
)


@given(json_values)
def test_a_bare_value_matches_itself(value: Any) -> None:
    assert matcher_problem(value) is None
    assert matches(value, value)
    assert equal(value, value)
    assert matches({"$value": value, "$optional": True}, value)


@given(json_values, json_values)
def test_bare_matching_is_equality_and_symmetric(left: Any, right: Any) -> None:
    assert matches(left, right) == equal(left, right) == equal(right, left)


@given(st.lists(st.integers(0, 3), max_size=6), st.randoms(use_true_random=False))
def test_unordered_accepts_every_order(values: list[int], random: Any) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)
    assert matches({"$unordered": values}, shuffled)


@given(st.lists(st.sets(st.integers(0, 3)), min_size=1, max_size=4), st.data())
def test_unordered_is_a_perfect_matching(choices: list[set[int]], data: st.DataObject) -> None:
    actual = data.draw(st.lists(st.integers(0, 3), min_size=len(choices), max_size=len(choices)))

    def possible(left: list[set[int]], rest: list[int]) -> bool:
        return not left or any(
            value in left[0] and possible(left[1:], rest[:i] + rest[i + 1 :])
            for i, value in enumerate(rest)
        )

    wanted = {"$unordered": [{"$one_of": sorted(one) or [-1]} for one in choices]}
    assert matches(wanted, actual) == possible(choices, actual)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e3))
def test_number_tolerance_holds_to_both_sides(target: float, margin: float) -> None:
    assert matches({"$number": target, "$abs": margin}, target)
    assert not matches({"$number": target, "$abs": margin}, target + margin + 1)
    assert not matches({"$number": target, "$abs": margin}, target - margin - 1)


def test_modifiers() -> None:
    assert is_optional({"$any": True, "$optional": True})
    assert not is_optional({"$any": True})
    assert not is_optional({"$any": True, "$optional": False})
    assert not is_optional("text")
    assert is_absent({"$absent": True})
    assert not is_absent({"$any": True})
    assert matcher_name({"$optional": True, "$alnum": "a"}) == "$alnum"
    assert matcher_name({"a": 1}) is None


def test_arguments_that_are_left_out() -> None:
    assert argument_matches({"$absent": True}, "a", {})
    assert argument_matches({"$value": 1, "$optional": True}, "a", {})
    assert not argument_matches({"$any": True}, "a", {})
    assert argument_matches({"$any": True}, "a", {"a": None})
    assert not argument_matches({"$absent": True}, "a", {"a": None})
    assert not argument_matches({"$value": 1, "$optional": True}, "a", {"a": 2})


MISTAKES: list[tuple[Any, str]] = [
    ({"$regx": "a"}, "unknown matcher $regx, did you mean $regex?"),
    ({"$foo": 1}, "unknown matcher $foo"),
    ({"a": [{"$iexat": "x"}]}, "unknown matcher $iexat, did you mean $iexact?"),
    ({"$optional": True}, "$optional stands beside a matcher"),
    ({"$rel": 0.1}, "$rel stands beside a matcher"),
    ({"city": "Paris", "$optional": True}, "$optional stands beside a matcher"),
    ({"$number": 1, "$relative": 0.1}, "$relative cannot stand beside $number, did you mean $rel?"),
    ({"$regex": "a", "$number": 1}, "$number cannot stand beside $regex"),
    ({"$any": True, "city": "x"}, "city cannot stand beside $any"),
    ({"$any": True, "$optional": "yes"}, "$optional takes true or false"),
    ({1: 2}, "the keys of an object are texts"),
    ({"$number": "20"}, "$number takes a number"),
    ({"$number": True}, "$number takes a number"),
    ({"$number": float("inf")}, "$number takes a number"),
    ({"$number": 1, "$abs": -1}, "$abs takes a number from 0"),
    ({"$number": 1, "$rel": "1%"}, "$rel takes a number from 0"),
    ({"$number": 1, "$coerce": 1}, "$coerce is true or false"),
    ({"$one_of": "a"}, "$one_of takes a list"),
    ({"$one_of": []}, "$one_of takes a list"),
    ({"$one_of": [{"$regex": "("}]}, "no regular expression"),
    ({"$unordered": {"a": 1}}, "$unordered takes a list"),
    ({"$each": {"$nope": 1}}, "unknown matcher $nope"),
    ({"$regex": "("}, "no regular expression"),
    ({"$regex": 4}, "$regex takes a text"),
    ({"$iexact": None}, "$iexact takes a text"),
    ({"$alnum": 123}, "$alnum takes a text"),
    ({"$alnum": "--"}, "a letter or a digit"),
    ({"$contains": ""}, "not empty"),
    ({"$text": "a", "$normalizer": "whisper"}, "$normalizer takes one of whisper-en, basic"),
    ({"$text": "a", "$normalizer": ["basic"]}, "$normalizer takes one of"),
    ({"$text": "a", "$max_wer": -0.1}, "$max_wer takes"),
    ({"$date": "May 1"}, "$date takes an ISO 8601 text"),
    ({"$date": "2026-13-01"}, "$date takes an ISO 8601 text"),
    ({"$date": 2026}, "$date takes an ISO 8601 text"),
    ({"$time": "half past"}, "$time takes an ISO 8601 text"),
    ({"$datetime": ""}, "$datetime takes an ISO 8601 text"),
    ({"$date": "2026-05-01", "$formats": "%d"}, "$formats takes a list"),
    ({"$date": "2026-05-01", "$formats": ["%Q"]}, "'%Q' is no strptime format"),
    ({"$date": "2026-05-01", "$formats": ["%Y %Y-%m-%d"]}, "is no strptime format"),
    ({"$date": "2026-05-01", "$formats": ["%Y-%m"]}, "names no whole date"),
    ({"$date": "2026-05-01", "$tolerance": float("inf")}, "$tolerance takes a number"),
    ({"$time": "10:00", "$tolerance": "5m"}, "$tolerance takes a number"),
    ({"$len": "abc"}, "$len takes a whole number"),
    ({"$len": -1}, "$len takes a whole number"),
    ({"$len": True}, "$len takes a whole number"),
    ({"$len": {"$numbr": 1}}, "unknown matcher $numbr, did you mean $number?"),
    ({"$type": "int"}, "$type takes one of string"),
    ({"$type": ["string", "null"]}, "$type takes one of string"),
    ({"$schema": "string"}, "a JSON Schema is an object"),
    ({"$schema": {"properties": {"a": {"type": "strin"}}}}, "at properties.a.type"),
    ({"$schema": {"type": "string", "pattern": "["}}, "at pattern"),
    ({"$schema": {"items": {"$ref": "#/nope"}}}, "$ref #/nope leads nowhere"),
    ({"$schema": {"$ref": "http://127.0.0.1:9/a"}}, "leads nowhere"),
    ({"$any": 1}, "$any takes true"),
    ({"$absent": False}, "$absent takes true"),
    ({"$value": {"a": {"$nope": 1}}}, "unknown matcher $nope"),
]


@pytest.mark.parametrize(("matcher", "words"), MISTAKES, ids=lambda one: repr(one)[:50])
def test_mistakes_are_found_when_a_dataset_is_loaded(matcher: Any, words: str) -> None:
    problem = matcher_problem(matcher)
    assert problem is not None
    assert words in problem


@pytest.mark.parametrize(
    ("matcher", "words"),
    [
        ("Okonkwo", "Okonkwo"),
        (4, "4"),
        (None, "null"),
        (["é", 1], '["é", 1]'),
        ({"$number": 20}, "20"),
        ({"$number": 20, "$rel": 0.1}, "≈ 20"),
        ({"$any": True, "$optional": True}, "any"),
        ({"$absent": True}, "nothing"),
        ({"$iexact": "Okonkwo"}, "Okonkwo"),
        ({"$date": "2026-05-01"}, "2026-05-01"),
        ({"$one_of": ["A1", {"$alnum": "A-2"}]}, "A1 or A-2"),
        ({"$regex": "A[0-9]"}, "/A[0-9]/"),
        ({"$contains": "window"}, "… window …"),
        ({"$unordered": [1, {"$any": True}]}, "in any order: 1, any"),
        ({"$each": {"$type": "string"}}, "each any string"),
        ({"$len": 2}, "2 of them"),
        ({"$schema": {"type": "string"}}, 'schema {"type": "string"}'),
        ({"$value": {"$dollars": 3}}, '{"$dollars": 3}'),
    ],
    ids=repr,
)
def test_describe(matcher: Any, words: str) -> None:
    assert describe(matcher) == words
