"""The expectation language for JSON values.

A bare value means JSON equality; an object with one key that starts with `$` is a matcher, with
modifiers beside it: {"$number": 20, "$rel": 0.01}, {"$alnum": "+1 415 555", "$optional": true}.
`{"$value": m}` wraps any matcher, and lets a literal object have keys that start with `$`.
"""

from __future__ import annotations

import difflib
import json
import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import jsonschema
import regex

from evalharness.dataset.normalisers import BASIC, NORMALISER_IDS, normalise, tokenise

Json = Any
REGEX_TIMEOUT_S = 0.1
"""An expectation is compared with text from outside; a pattern must not be able to hang a run."""

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


def _object_matches(expected: Mapping[str, Json], actual: Mapping[str, Json]) -> bool:
    if not actual.keys() <= expected.keys():
        return False
    for key, matcher in expected.items():
        if is_absent(matcher):
            if key in actual:
                return False
        elif key in actual:
            if not matches(matcher, actual[key]):
                return False
        elif not is_optional(matcher):
            return False
    return True


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


# The grammar of JSON: no leading zeros, no plus, no blanks.
_JSON_NUMBER = regex.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")


def _as_number(actual: Json, *, coerce: bool) -> Decimal | None:
    if isinstance(actual, bool):
        return None
    if isinstance(actual, int | float):
        return Decimal(str(actual)) if math.isfinite(actual) else None
    if coerce and isinstance(actual, str) and _JSON_NUMBER.fullmatch(actual):
        try:
            return Decimal(actual)
        except InvalidOperation:
            return None
    return None


def _one_of(targets: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return any(matches(target, actual) for target in targets)


def _regex(pattern: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    if not isinstance(actual, str):
        return False
    try:
        return bool(regex.fullmatch(pattern, actual, timeout=REGEX_TIMEOUT_S))
    except TimeoutError:
        return False


def _iexact(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return isinstance(actual, str) and _folded(target) == _folded(actual)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _alnum(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return isinstance(actual, str) and _letters_and_digits(target) == _letters_and_digits(actual)


def _letters_and_digits(text: str) -> str:
    folded = unicodedata.normalize("NFKC", str(text)).casefold()
    return "".join(character for character in folded if character.isalnum())


def _text(target: Json, options: Options, actual: Json) -> bool:
    if not isinstance(actual, str):
        return False
    chosen = options.get("$normalizer", BASIC)
    wanted, found = tokenise(normalise(target, chosen)), tokenise(normalise(actual, chosen))
    if wanted == found:
        return True
    allowed = options.get("$max_wer", 0) * len(wanted)
    return bool(wanted) and _edits(wanted, found) <= allowed


def _edits(wanted: Sequence[str], found: Sequence[str]) -> int:
    """Levenshtein's distance in words."""
    row = list(range(len(found) + 1))
    for index, word in enumerate(wanted, start=1):
        diagonal, row[0] = row[0], index
        for column, other in enumerate(found, start=1):
            cost = min(diagonal + (word != other), row[column] + 1, row[column - 1] + 1)
            diagonal, row[column] = row[column], cost
    return row[-1]


def _contains(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return isinstance(actual, str) and _folded(target) in _folded(actual)


def _date(target: Json, options: Options, actual: Json) -> bool:
    return _same_moment(_parse_date, target, options, actual)


def _time(target: Json, options: Options, actual: Json) -> bool:
    return _same_moment(_parse_time, target, options, actual)


def _datetime(target: Json, options: Options, actual: Json) -> bool:
    return _same_moment(_parse_datetime, target, options, actual)


def _same_moment(
    parse: Callable[[str, Sequence[str]], datetime | None],
    target: Json,
    options: Options,
    actual: Json,
) -> bool:
    if not isinstance(actual, str):
        return False
    wanted, found = parse(target, ()), parse(actual, options.get("$formats", ()))
    if wanted is None or found is None:
        return False
    if (wanted.tzinfo is None) != (found.tzinfo is None):
        # Where one side names no zone, the clock's reading is what was said.
        wanted, found = wanted.replace(tzinfo=None), found.replace(tzinfo=None)
    return abs(wanted - found) <= _tolerance(options.get("$tolerance", 0), parse)


def _tolerance(amount: float, parse: Callable[..., datetime | None]) -> timedelta:
    """Days for dates, seconds for times and datetimes."""
    return timedelta(days=amount) if parse is _parse_date else timedelta(seconds=amount)


def _parse_date(text: str, formats: Sequence[str]) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text.strip()), time())
    except ValueError:
        parsed = _by_format(text, formats)
        return parsed and datetime.combine(parsed.date(), time())


def _parse_time(text: str, formats: Sequence[str]) -> datetime | None:
    try:
        return datetime.combine(date.min, time.fromisoformat(text.strip()))
    except ValueError:
        parsed = _by_format(text, formats)
        return parsed and datetime.combine(date.min, parsed.timetz())


def _parse_datetime(text: str, formats: Sequence[str]) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return _by_format(text, formats)


def _by_format(text: str, formats: Sequence[str]) -> datetime | None:
    for one in formats:
        try:
            return datetime.strptime(text.strip(), one)  # noqa: DTZ007 - the format may name a zone
        except ValueError:
            continue
    return None


def _unordered(targets: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    """Each target takes one element: a perfect matching, found by augmenting paths."""
    if not isinstance(actual, list) or len(actual) != len(targets):
        return False
    taken_by: dict[int, int] = {}

    def place(target: int, tried: set[int]) -> bool:
        for index, element in enumerate(actual):
            if index in tried or not matches(targets[target], element):
                continue
            tried.add(index)
            if index not in taken_by or place(taken_by[index], tried):
                taken_by[index] = target
                return True
        return False

    return all(place(target, set()) for target in range(len(targets)))


def _each(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return isinstance(actual, list) and all(matches(target, element) for element in actual)


def _len(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return isinstance(actual, list | str | dict) and matches(target, len(actual))


def _type(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    if isinstance(actual, bool):
        return bool(target == "boolean")
    if target == "integer" and isinstance(actual, float):
        return actual.is_integer()
    return bool(isinstance(actual, TYPES[target]))


def _schema(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return bool(schema_validator(json.dumps(target, sort_keys=True)).is_valid(actual))


@lru_cache(maxsize=1024)
def schema_validator(schema_json: str) -> jsonschema.Draft202012Validator:
    """A validator for a schema given as canonical JSON text, made once."""
    return jsonschema.Draft202012Validator(json.loads(schema_json))


def _any(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return True


def _absent(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    return False


def _value(target: Json, options: Options, actual: Json) -> bool:  # noqa: ARG001
    if isinstance(target, dict) and matcher_name(target) is None:
        return equal(target, actual)
    return matches(target, actual)


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
    dollars = [key for key in expected if key.startswith("$")]
    if not dollars:
        return next(filter(None, map(matcher_problem, expected.values())), None)
    name = matcher_name(expected)
    if name is None:
        return _unknown(dollars[0], [*_MATCHERS, OPTIONAL])
    allowed = MODIFIERS.get(name, frozenset()) | {name, OPTIONAL}
    for key in expected:
        if key not in allowed:
            return _unknown(key, sorted(allowed)) + f" beside {name}"
    if not isinstance(expected.get(OPTIONAL, False), bool):
        return f"{OPTIONAL} must be true or false"
    return _operand_problem(name, expected)


def _unknown(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"unknown matcher {key}" + (f", did you mean {near[0]}?" if near else "")


_TEXTS = frozenset(
    {"$regex", "$iexact", "$alnum", "$text", "$contains", "$date", "$time", "$datetime"}
)


def _operand_problem(name: str, options: Options) -> str | None:
    target = options[name]
    if name in _TEXTS and not isinstance(target, str):
        return f"{name} takes a string"
    match name:
        case "$number":
            return _number_problem(options)
        case "$one_of" | "$unordered":
            if not isinstance(target, list) or (name == "$one_of" and not target):
                return f"{name} takes a list of matchers"
            return matcher_problem(target)
        case "$regex":
            return _regex_problem(target)
        case "$text":
            return _text_problem(options)
        case "$date" | "$time" | "$datetime":
            return _moment_problem(name, options)
        case "$each" | "$len" | "$value":
            return (
                None
                if name == "$value" and matcher_name(target) is None
                else matcher_problem(target)
            )
        case "$type":
            return None if target in TYPES else f"$type takes one of {', '.join(TYPES)}"
        case "$schema":
            return schema_problem(target)
        case "$any" | "$absent":
            return None if target is True else f"{name} takes true"
        case _:
            return None


def _number_problem(options: Options) -> str | None:
    for key in ("$number", "$abs", "$rel"):
        value = options.get(key, 0)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            return f"{key} takes a number"
    if options.get("$abs", 0) < 0 or options.get("$rel", 0) < 0:
        return "$abs and $rel are not negative"
    return None if isinstance(options.get("$coerce", False), bool) else "$coerce is true or false"


def _regex_problem(pattern: str) -> str | None:
    try:
        regex.compile(pattern)
    except regex.error as error:
        return f"$regex is no regular expression: {error}"
    return None


def _text_problem(options: Options) -> str | None:
    chosen = options.get("$normalizer", BASIC)
    if chosen not in NORMALISER_IDS:
        return f"$normalizer takes one of {', '.join(NORMALISER_IDS)}"
    rate = options.get("$max_wer", 0)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or rate < 0:
        return "$max_wer takes a number from 0"
    return None


def _moment_problem(name: str, options: Options) -> str | None:
    parse = {"$date": _parse_date, "$time": _parse_time, "$datetime": _parse_datetime}[name]
    if parse(options[name], ()) is None:
        return f"{name} takes an ISO 8601 value, not {options[name]!r}"
    formats = options.get("$formats", [])
    if not isinstance(formats, list) or not all(isinstance(one, str) for one in formats):
        return "$formats takes a list of strptime formats"
    tolerance = options.get("$tolerance", 0)
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or tolerance < 0:
        return "$tolerance takes a number: days for $date, seconds otherwise"
    return None


def schema_problem(schema: Json) -> str | None:
    """What is wrong with a JSON Schema (2020-12), in words."""
    if not isinstance(schema, dict | bool):
        return "a JSON Schema is an object"
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        where = ".".join(str(part) for part in error.absolute_path)
        return f"no valid JSON Schema{' at ' + where if where else ''}: {error.message}"
    return None


# For people


def describe(expected: Json) -> str:
    """A matcher in few words, for tables."""
    name = matcher_name(expected)
    if name is None:
        return expected if isinstance(expected, str) else json.dumps(expected, ensure_ascii=False)
    target = expected[name]
    match name:
        case "$any":
            return "any value"
        case "$absent":
            return "nothing"
        case "$one_of":
            return " or ".join(describe(one) for one in target)
        case "$number" if expected.get("$abs") or expected.get("$rel"):
            return f"about {target}"
        case "$regex":
            return f"/{target}/"
        case "$contains":
            return f"something with {target}"
        case "$type" | "$schema" | "$each" | "$len" | "$unordered":
            return f"{name[1:]} {json.dumps(target, ensure_ascii=False)}"
        case _:
            return describe(target)
