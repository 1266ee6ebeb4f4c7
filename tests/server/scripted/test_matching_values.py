from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalharness.dataset.matchers import matcher_problem, matches
from evalharness.dataset.models import ExpectedCall
from evalharness.server.scripted.matching_values import (
    refused_arguments,
    refused_value,
    satisfying_arguments,
    satisfying_value,
    value_of_schema,
)

MATCHERS: list[Any] = [
    4,
    True,
    "plain",
    None,
    [1, {"$alnum": "a 1"}],
    {"a": 1, "b": {"$any": True, "$optional": True}, "c": {"$absent": True}},
    {"$number": 20, "$abs": 3},
    {"$number": -5, "$rel": 0.5, "$coerce": True},
    {"$one_of": [{"$alnum": "A-1"}, 3]},
    {"$regex": r"[A-Z]{2}-\d+"},
    {"$iexact": "Anna  Schmidt"},
    {"$alnum": "+1 415 555 0123"},
    {"$text": "two large pizzas"},
    {"$text": "two large pizzas", "$max_wer": 0.34},
    {"$contains": "window"},
    {"$date": "2026-05-01", "$formats": ["%B %d, %Y"], "$tolerance": 2},
    {"$time": "18:30"},
    {"$datetime": "2026-05-01T18:30:00", "$tolerance": 3_600},
    {"$unordered": [1, {"$alnum": "b"}]},
    {"$each": {"$number": 3}},
    {"$len": 2},
    {"$len": {"$number": 3}},
    {"$type": "integer"},
    {"$type": "object"},
    {"$schema": {"type": "string", "minLength": 12}},
    {"$value": {"$alnum": "x 1"}, "$optional": True},
    {"$value": {"$dollars": 3}},
]


@pytest.mark.parametrize("matcher", MATCHERS, ids=str)
def test_satisfying_and_refused_values(matcher: Any) -> None:
    assert matcher_problem(matcher) is None
    assert matches(matcher, satisfying_value(matcher))
    assert not matches(matcher, refused_value(matcher))


def test_anything_goes_cannot_be_wrong() -> None:
    with pytest.raises(ValueError, match="nothing can be wrong"):
        refused_value({"$any": True})
    assert satisfying_value({"$any": True}, {"type": "integer", "minimum": 4}) == 4


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1_000, 1_000) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(JSON)
def test_bare_values(value: Any) -> None:
    assert satisfying_value(value) == value
    assert not matches(value, refused_value(value))


def test_a_wrong_enum_value_is_another_member() -> None:
    assert refused_value("small", {"enum": ["small", "large"]}) == "large"


SCHEMAS = [
    {"type": "string", "pattern": r"^[A-Z]\d{3}$"},
    {"type": "string", "enum": ["c", "f"]},
    {"type": "string", "format": "date"},
    {"type": ["integer", "null"], "minimum": 3},
    {"type": "number", "exclusiveMinimum": 2},
    {"type": "array", "items": {"type": "boolean"}, "minItems": 2},
    {"anyOf": [{"type": "null"}, {"type": "string"}]},
    {
        "type": "object",
        "properties": {"a": {"const": 7}, "b": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    },
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_values_of_schemas(schema: dict[str, Any]) -> None:
    jsonschema.validate(value_of_schema(schema), schema)


PARAMETERS = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "size": {"type": "integer", "minimum": 1}},
    "required": ["name", "size"],
}


def call(**fields: Any) -> ExpectedCall:
    return ExpectedCall(name="book", **fields)


class TestArguments:
    def test_exactly_what_is_expected(self) -> None:
        assert satisfying_arguments(call(args={"name": "Anna"}), PARAMETERS) == {"name": "Anna"}

    def test_a_subset_is_filled_up_for_the_schema(self) -> None:
        arguments = satisfying_arguments(
            call(args={"name": "Anna"}, args_mode="subset"), PARAMETERS
        )
        assert arguments == {"name": "Anna", "size": 1}

    def test_one_wrong_value(self) -> None:
        expected = call(args={"name": "Anna", "size": {"$any": True}})
        good = satisfying_arguments(expected, PARAMETERS)
        for pick in range(5):
            wrong = refused_arguments(expected, PARAMETERS, good, pick)
            assert wrong["name"] != "Anna"
            assert wrong["size"] == good["size"]

    def test_a_call_without_arguments_gets_one_unasked(self) -> None:
        assert refused_arguments(call(), PARAMETERS, {}, 0) == {"unasked": "value"}
