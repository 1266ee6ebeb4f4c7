"""Values that an expectation accepts, and values that it refuses: the scripted engine's arguments.

The matchers are those of `dataset.matchers`; here they are read the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evalharness.dataset.matchers import is_absent, is_optional, matcher_name, matches
from evalharness.dataset.models import ExpectedCall
from evalharness.server.scripted.regex_sample import sample

Schema = Mapping[str, Any]
_ANY: Schema = {}


def satisfying_arguments(call: ExpectedCall, parameters: Schema) -> dict[str, Any]:
    """Arguments that meet an expected call. `parameters` is the tool's schema.

    What may be left out is left out; in subset mode the schema's other required parameters are
    added.
    """
    properties = parameters.get("properties") or {}
    arguments = {
        name: satisfying_value(matcher, properties.get(name) or _ANY)
        for name, matcher in call.args.items()
        if _due(matcher)
    }
    if call.args_mode == "subset":
        for name in parameters.get("required") or ():
            if name not in call.args:
                arguments[name] = value_of_schema(properties.get(name) or _ANY)
    return arguments


def refused_arguments(
    call: ExpectedCall, parameters: Schema, arguments: Mapping[str, Any], pick: int
) -> dict[str, Any]:
    """`arguments` with one value wrong; `pick` chooses which. A call that asks for no values gets
    one nobody asked for."""
    names = [name for name in arguments if name in call.args and _can_be_refused(call.args[name])]
    if not names:
        return {**arguments, "unasked": "value"}
    name = names[pick % len(names)]
    schema = (parameters.get("properties") or {}).get(name) or _ANY
    return {**arguments, name: refused_value(call.args[name], schema)}


def _can_be_refused(matcher: Any) -> bool:
    return any(not matches(matcher, value) for value in _strangers())


def satisfying_value(matcher: Any, schema: Schema = _ANY) -> Any:
    """An example of what `matcher` accepts; `schema` is the parameter's own, for open matchers."""
    name = matcher_name(matcher)
    if name is not None:
        return _of_matcher(name, matcher, schema)
    match matcher:
        case dict():
            return {key: satisfying_value(inner) for key, inner in matcher.items() if _due(inner)}
        case list():
            return [satisfying_value(inner) for inner in matcher]
        case _:
            return matcher


def _due(matcher: Any) -> bool:
    """Whether a value must be there; what may be left out is left out."""
    return not is_absent(matcher) and not is_optional(matcher)


def _of_matcher(name: str, matcher: Mapping[str, Any], schema: Schema) -> Any:
    target = matcher[name]
    match name:
        case "$value":
            # An object that is no matcher is meant literally, whatever its keys begin with.
            literal = isinstance(target, dict) and matcher_name(target) is None
            return target if literal else satisfying_value(target, schema)
        case "$one_of":
            return satisfying_value(target[0], schema)
        case "$regex":
            return sample(target) or ""
        case "$unordered":
            return [satisfying_value(inner) for inner in target]
        case "$each":
            return [satisfying_value(target)]
        case "$len":
            return ["item"] * int(satisfying_value(target))
        case "$type":
            return value_of_schema({"type": target})
        case "$schema":
            return value_of_schema(target)
        case "$any":
            return value_of_schema(schema)
        case _:
            # The others accept the value they were written with: $number, $alnum, $date ...
            return target


def refused_value(matcher: Any, schema: Schema = _ANY) -> Any:
    """A value of a likely type that `matcher` does not accept.

    Raises ValueError for a matcher that accepts everything.
    """
    near = _near_misses(satisfying_value(matcher, schema))
    for value in [*(schema.get("enum") or ()), *near, *_strangers()]:
        if not matches(matcher, value):
            return value
    raise ValueError("nothing can be wrong here")


def _near_misses(value: Any) -> Iterator[Any]:
    match value:
        case bool():
            yield not value
        case int() | float():
            yield value + 1
            yield value * 2 + 1_000_003
        case str():
            yield value.translate(str.maketrans("0123456789", "1234567890"))
            yield f"{value} nine"
        case list():
            yield [*value, "one too many"]
            yield []
        case dict():
            yield {}
            yield {**value, "unasked": "value"}
        case _:
            return


def _strangers() -> Iterator[Any]:
    """One of each JSON type, unlikely to be what anybody expects."""
    yield from ("no such thing", -987_654.25, False, None, ["no such thing"], {"no": "such thing"})


def value_of_schema(schema: Schema) -> Any:
    """The simplest value a JSON Schema accepts, as far as its common keywords say."""
    match schema:
        case {"const": value}:
            return value
        case {"enum": [first, *_]}:
            return first
        case {"examples": [first, *_]}:
            return first
        case {"default": value}:
            return value
        case {"anyOf": [first, *_]} | {"oneOf": [first, *_]} | {"allOf": [first]}:
            return value_of_schema(first)
    kind = schema.get("type", "string")
    return _of_type(kind[0] if isinstance(kind, list) else kind, schema)


_FORMATS = {"date": "2026-01-01", "time": "12:00:00Z", "date-time": "2026-01-01T12:00:00Z"}


def _of_type(kind: str, schema: Schema) -> Any:
    match kind:
        case "string":
            return _string(schema)
        case "integer" | "number":
            above = schema.get("exclusiveMinimum")
            return schema.get("minimum", 1 if above is None else above + 1)
        case "boolean":
            return True
        case "null":
            return None
        case "array":
            inner = value_of_schema(schema.get("items") or _ANY)
            return [inner] * schema.get("minItems", 1)
        case _:
            properties = schema.get("properties") or {}
            required = schema.get("required") or ()
            return {name: value_of_schema(properties.get(name) or _ANY) for name in required}


def _string(schema: Schema) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    text = sample(schema["pattern"]) if "pattern" in schema else None
    return (text or "example").ljust(schema.get("minLength", 0), "x")
