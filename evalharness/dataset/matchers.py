"""The expectation language for JSON values.

A bare value means JSON equality; an object with one key that starts with `$` is a matcher, with
modifiers beside it: {"$number": 20, "$rel": 0.01}, {"$alnum": "+1 415 555", "$optional": true}.
`{"$value": m}` wraps a value or matcher that modifiers are to stand beside. An object in it whose
keys start with `$`, but are no matcher's, is meant literally.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import regex

from evalharness.dataset.json_schemas import is_valid, schema_problem
from evalharness.dataset.moments import MomentKind, format_problem, parse, same_moment
from evalharness.dataset.normalisers import BASIC, NORMALISER_IDS
from evalharness.dataset.text_matching import (
    contains,
    letters_and_digits,
    matches_pattern,
    same_but_for_case,
    word_error_rate,
)

Json = Any

OPTIONAL = "$optional"
MODIFIERS: Mapping[str, frozenset[str]] = {
    "$number": frozenset({"$abs", "$rel", "$coerce"}),
    "$text": frozenset({"$normalizer", "$max_wer"}),
    "$date": frozenset({"$formats", "$tolerance"}),
    "$time": frozenset({"$formats", "$tolerance"}),
    "$datetime": frozenset({"$formats", "$tolerance"}),
}
TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


# Equality of bare JSON


def equal(expected: Json, actual: Json) -> bool:
    """JSON equality: 4 equals 4.0, a bool is never a number, nothing is coerced."""
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, int | float) and isinstance(actual, int | float):
        return expected == actual
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(equal, expected, actual))
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(
            equal(value, actual[key]) for key, value in expected.items()
        )
    return type(expected) is type(actual) and bool(expected == actual)


# Matching


def matches(expected: Json, actual: Json) -> bool:
    """Whether a value satisfies a matcher (or equals a bare value, matchers inside included)."""
    name = matcher_name(expected)
    if name is not None:
        return _MATCHERS[name](expected[name], expected, actual)
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(map(matches, expected, actual))
        )
    if isinstance(expected, dict):
        return isinstance(actual, dict) and _object_matches(expected, actual)
    return equal(expected, actual)


def matcher_name(expected: Json) -> str | None:
    """The matcher an object stands for; None for a bare value."""
    if not isinstance(expected, dict):
        return None
    return next((key for key in expected if key in _MATCHERS), None)


def is_optional(expected: Json) -> bool:
    """Whether an argument may be left out."""
    return isinstance(expected, dict) and expected.get(OPTIONAL) is True


def is_absent(expected: Json) -> bool:
    """Whether an argument must be left out."""
    return isinstance(expected, dict) and expected.get("$absent") is True


def argument_matches(matcher: Json, name: str, given: Mapping[str, Json]) -> bool:
    """Whether one argument of those given is as expected: there, left out, or either."""
    if name not in given:
        return is_absent(matcher) or is_optional(matcher)
    return matches(matcher, given[name])


def _object_matches(expected: Mapping[str, Json], actual: Mapping[str, Json]) -> bool:
    return actual.keys() <= expected.keys() and all(
        argument_matches(matcher, key, actual) for key, matcher in expected.items()
    )


Options = Mapping[str, Json]


def _number(target: Json, options: Options, actual: Json) -> bool:
    value = _as_number(actual, coerce=options.get("$coerce") is True)
    if value is None:
        return False
    wanted = Decimal(str(target))
    margin = max(
        Decimal(str(options.get("$abs", 0))), Decimal(str(options.get("$rel", 0))) * abs(wanted)
    )
    return abs(value - wanted) <= margin


# The grammar of JSON: no leading zeros, no plus, no blanks, no digits but these ten.
_JSON_NUMBER = regex.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def _as_number(actual: Json, *, coerce: bool) -> Decimal | None:
    """The exact decimal value, so that 0.1 away means 0.1; None for what is no finite number."""
    if isinstance(actual, bool):
        return None
    if isinstance(actual, int):
        return Decimal(actual)
    if isinstance(actual, float):
        return Decimal(str(actual)) if math.isfinite(actual) else None
    if coerce and isinstance(actual, str) and _JSON_NUMBER.fullmatch(actual):
        # Larger exponents than a float's are no quantity anyone says, and overflow decimals too.
        return Decimal(actual) if math.isfinite(float(actual)) else None
    return None


def _one_of(targets: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return any(matches(target, actual) for target in targets)


def _regex(pattern: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return isinstance(actual, str) and matches_pattern(pattern, actual)


def _iexact(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return isinstance(actual, str) and same_but_for_case(target, actual)


def _alnum(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return isinstance(actual, str) and letters_and_digits(target) == letters_and_digits(actual)


def _text(target: Json, options: Options, actual: Json) -> bool:
    if not isinstance(actual, str):
        return False
    errors = word_error_rate(target, actual, options.get("$normalizer", BASIC))
    return bool(errors <= options.get("$max_wer", 0))


def _contains(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return isinstance(actual, str) and contains(actual, target)


def _date(target: Json, options: Options, actual: Json) -> bool:
    return _moment("$date", target, options, actual)


def _time(target: Json, options: Options, actual: Json) -> bool:
    return _moment("$time", target, options, actual)


def _datetime(target: Json, options: Options, actual: Json) -> bool:
    return _moment("$datetime", target, options, actual)


def _moment(kind: MomentKind, target: Json, options: Options, actual: Json) -> bool:
    formats, tolerance = options.get("$formats", ()), options.get("$tolerance", 0)
    return isinstance(actual, str) and same_moment(kind, target, actual, formats, tolerance)


def _unordered(targets: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    """Each target takes one element: a perfect matching, found by augmenting paths."""
    if not isinstance(actual, list) or len(actual) != len(targets):
        return False
    fitting = [
        [index for index, element in enumerate(actual) if matches(target, element)]
        for target in targets
    ]
    taken_by: dict[int, int] = {}

    def place(target: int, tried: set[int]) -> bool:
        for index in fitting[target]:
            if index not in tried:
                tried.add(index)
                if index not in taken_by or place(taken_by[index], tried):
                    taken_by[index] = target
                    return True
        return False

    return all(place(target, set()) for target in range(len(targets)))


def _each(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return isinstance(actual, list) and all(matches(target, element) for element in actual)


def _len(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return isinstance(actual, list) and matches(target, len(actual))


def _type(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    if isinstance(actual, bool):
        return bool(target == "boolean")
    if target == "integer" and isinstance(actual, float):
        return actual.is_integer()
    return bool(isinstance(actual, TYPES[target]))


def _schema(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return is_valid(target, actual)


def _any(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return True


def _absent(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return False


def _value(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return equal(target, actual) if _is_literal(target) else matches(target, actual)


def _is_literal(target: Json) -> bool:
    """Whether an object in $value is meant as it stands, for all that its keys look like."""
    return bool(_dollars(target)) and matcher_name(target) is None


def _dollars(expected: Json) -> list[str]:
    if not isinstance(expected, dict):
        return []
    return [key for key in expected if isinstance(key, str) and key.startswith("$")]


_MATCHERS: Mapping[str, Callable[[Json, Options, Json], bool]] = {
    "$number": _number,
    "$one_of": _one_of,
    "$regex": _regex,
    "$iexact": _iexact,
    "$alnum": _alnum,
    "$text": _text,
    "$contains": _contains,
    "$date": _date,
    "$time": _time,
    "$datetime": _datetime,
    "$unordered": _unordered,
    "$each": _each,
    "$len": _len,
    "$type": _type,
    "$schema": _schema,
    "$any": _any,
    "$absent": _absent,
    "$value": _value,
}


# Checking an expectation when it is loaded


def matcher_problem(expected: Json) -> str | None:
    """What is wrong with a matcher, in words; None when nothing is."""
    if isinstance(expected, list):
        return next(filter(None, map(matcher_problem, expected)), None)
    if not isinstance(expected, dict):
        return None
    if not all(isinstance(key, str) for key in expected):
        return "the keys of an object are texts; put them in quotes"
    dollars = _dollars(expected)
    if not dollars:
        return next(filter(None, map(matcher_problem, expected.values())), None)
    name = matcher_name(expected)
    if name is None:
        return _no_matcher(dollars[0])
    allowed = MODIFIERS.get(name, frozenset()) | {name, OPTIONAL}
    for key in expected:
        if key not in allowed:
            return f"{key} cannot stand beside {name}{_nearest(key, sorted(allowed - {name}))}"
    if not isinstance(expected.get(OPTIONAL, False), bool):
        return f"{OPTIONAL} takes true or false"
    return _operand_problem(name, expected)


def _no_matcher(key: str) -> str:
    if key == OPTIONAL or any(key in modifiers for modifiers in MODIFIERS.values()):
        return f'{key} stands beside a matcher, as in {{"$value": 4, "$optional": true}}'
    return f"unknown matcher {key}{_nearest(key, list(_MATCHERS))}"


def _nearest(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f", did you mean {near[0]}?" if near else ""


def _operand_problem(name: str, options: Options) -> str | None:
    target = options[name]
    match name:
        case "$number":
            return _number_problem(options)
        case "$one_of" | "$unordered":
            if not isinstance(target, list) or (name == "$one_of" and not target):
                return f"{name} takes a list of matchers"
            return matcher_problem(target)
        case "$regex" | "$iexact" | "$alnum" | "$text" | "$contains":
            return _text_problem(name, options)
        case "$date" | "$time" | "$datetime":
            return _moment_problem(name, options)
        case "$each":
            return matcher_problem(target)
        case "$len":
            return _length_problem(target)
        case "$value":
            return None if _is_literal(target) else matcher_problem(target)
        case "$type":
            known = isinstance(target, str) and target in TYPES
            return None if known else f"$type takes one of {', '.join(TYPES)}"
        case "$schema":
            return schema_problem(target)
        case _:
            return None if target is True else f"{name} takes true"


def _is_number(value: Json) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)


def _is_amount(value: Json) -> bool:
    return _is_number(value) and bool(value >= 0)


def _number_problem(options: Options) -> str | None:
    if not _is_number(options["$number"]):
        return "$number takes a number"
    for key in ("$abs", "$rel"):
        if not _is_amount(options.get(key, 0)):
            return f"{key} takes a number from 0"
    return None if isinstance(options.get("$coerce", False), bool) else "$coerce is true or false"


def _length_problem(target: Json) -> str | None:
    if isinstance(target, dict):
        return matcher_problem(target)
    whole = isinstance(target, int) and _is_amount(target)
    return None if whole else "$len takes a whole number from 0, or a matcher"


def _text_problem(name: str, options: Options) -> str | None:
    target = options[name]
    if not isinstance(target, str):
        return f"{name} takes a text"
    match name:
        case "$regex":
            try:
                regex.compile(target)
            except regex.error as error:
                return f"$regex is no regular expression: {error}"
        case "$alnum" if not letters_and_digits(target):
            return "$alnum takes a text with a letter or a digit"
        case "$contains" if not target:
            return "$contains takes a text that is not empty"
        case "$text" if options.get("$normalizer", BASIC) not in NORMALISER_IDS:
            return f"$normalizer takes one of {', '.join(NORMALISER_IDS)}"
        case "$text" if not _is_amount(options.get("$max_wer", 0)):
            return "$max_wer takes a number from 0"
    return None


def _moment_problem(kind: MomentKind, options: Options) -> str | None:
    target = options[kind]
    if not isinstance(target, str) or parse(kind, target) is None:
        return f"{kind} takes an ISO 8601 text, not {target!r}"
    formats = options.get("$formats", [])
    if not isinstance(formats, list) or not all(isinstance(one, str) for one in formats):
        return "$formats takes a list of strptime formats"
    if not _is_amount(options.get("$tolerance", 0)):
        return "$tolerance takes a number from 0: days for $date, seconds otherwise"
    return next(filter(None, (format_problem(kind, one) for one in formats)), None)


# For people


def describe(expected: Json) -> str:
    """A matcher in few words, for tables."""
    name = matcher_name(expected)
    if name is None:
        return expected if isinstance(expected, str) else json.dumps(expected, ensure_ascii=False)
    target = expected[name]
    match name:
        case "$any":
            return "any"
        case "$absent":
            return "nothing"
        case "$one_of":
            return " or ".join(map(describe, target))
        case "$unordered":
            return f"in any order: {', '.join(map(describe, target))}"
        case "$schema":
            return f"schema {json.dumps(target, ensure_ascii=False)}"
        case "$number" if not (expected.get("$abs") or expected.get("$rel")):
            return describe(target)
        case _:
            return _SHORT.get(name, "{}").format(describe(target))


_SHORT: Mapping[str, str] = {
    "$number": "≈ {}",
    "$regex": "/{}/",
    "$contains": "… {} …",
    "$each": "each {}",
    "$len": "{} of them",
    "$type": "any {}",
}
