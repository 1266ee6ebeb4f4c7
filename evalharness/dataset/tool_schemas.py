"""Whether tools can be offered at all: their shape, their names, and their JSON Schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from evalharness.dataset.codes import Fault
from evalharness.dataset.source import Place
from evalharness.errors import Problem
from evalharness.realtime.problems import dotted, listed, nearest, shown

_META = Draft202012Validator(Draft202012Validator.META_SCHEMA)
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


def function_tools(tools: Any) -> dict[str, Mapping[str, Any]]:
    """The well-formed function tools of a list, by name."""
    found: dict[str, Mapping[str, Any]] = {}
    for tool in tools if isinstance(tools, list | tuple) else ():
        if isinstance(tool, Mapping) and tool.get("type") == "function":
            name = tool.get("name")
            if isinstance(name, str):
                found.setdefault(name, tool)
    return found


def tool_problems(tools: Place) -> Iterator[Problem]:
    """Names given twice, and `parameters` that are no JSON Schema (2020-12)."""
    seen: dict[str, Place] = {}
    for tool in tools.entries():
        name = tool.at("name")
        if isinstance(name.value, str) and tool.at("type").value == "function":
            if name.value in seen:
                hint = f"the first stands in line {seen[name.value].line}; rename or remove one"
                yield name.problem(Fault.DUPLICATE_NAME, f"two tools are called {name.value}", hint)
            seen.setdefault(name.value, name)
        parameters = tool.at("parameters")
        if isinstance(parameters.value, dict):
            yield from schema_problems(parameters)


def schema_problems(schema: Place) -> Iterator[Problem]:
    """Why the value at a place is no JSON Schema."""
    for error in _META.iter_errors(schema.value):
        at = schema.at(*error.absolute_path)
        message, hint = _in_words(error)
        yield at.problem(Fault.INVALID_SCHEMA, message, hint)


def _in_words(error: ValidationError) -> tuple[str, str]:
    path = list(error.absolute_path)
    label = dotted(path) or "parameters"
    if path and path[-1] == "type":
        known = listed(_TYPES)
        message = f"{label} must be a JSON type, not {shown(error.instance)}"
        return message, nearest(error.instance, _TYPES) or f"the types are {known}"
    return f"{label} is no valid JSON Schema: {error.message}", ""
