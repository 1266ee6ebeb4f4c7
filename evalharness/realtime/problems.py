"""What is wrong with an object of the wire, in words for the person who wrote it.

Pydantic finds the faults; this file says them plainly, with the exact path and the nearest
name that would have been right.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from evalharness.realtime.shape import (
    NO_SUCH_KIND,
    PLAIN_RULE,
    Shape,
    is_tag,
    shape_of_field,
    shape_of_tag,
)

Path = tuple[str | int, ...]

_SHOWN_CHARACTERS = 60
"""A message with a value in it still fits on one line."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One fault. `path` leads to the value, or to the place where a missing one should stand.

    `hint` says what to do and may be empty. `code` is what a Realtime server answers to the
    same fault in `error.code`.
    """

    path: Path
    message: str
    hint: str = ""
    code: str = "invalid_value"


def dotted(path: Iterable[str | int]) -> str:
    """`("tools", 0, "name")` as `tools[0].name`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else str(part)
    return text


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[FieldProblem]:
    """Every fault pydantic found while validating against `model`, in its order."""
    return [_problem(detail, model) for detail in error.errors(include_url=False)]


def shape_problems(
    model: type[BaseModel], data: Any, *, allow_unknown: bool = False
) -> list[FieldProblem]:
    """Validate `data` against `model`; `allow_unknown` lets unknown keys pass at any depth."""
    try:
        model.model_validate(data)
    except ValidationError as error:
        found = problems_of(error, model)
    else:
        found = []
    return [p for p in found if not (allow_unknown and p.code == "unknown_parameter")]


def nearest(name: object, known: Iterable[str]) -> str:
    """The hint for a misspelt name: "did you mean x?", or nothing when none is near."""
    if not isinstance(name, str):
        return ""
    known = list(known)
    close = difflib.get_close_matches(name.lower(), known, n=1)
    # "near" for near_field: too short to be close, but the start of one name only.
    close = close or [word for word in known if name and word.startswith(name.lower())]
    return f"did you mean {close[0]}?" if len(close) == 1 else ""


def listed(names: Sequence[str]) -> str:
    """`a, b or c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def shown(value: Any) -> str:
    """A value as the user wrote it, cut short."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 3]}..."


def _described(value: Any) -> str:
    match value:
        case None:
            return "null"
        case str():
            return f"text ({shown(value)})"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return shown(value)


@dataclass(frozen=True, slots=True)
class _Fault:
    """A pydantic error, with the tags taken out of its path. `label` names the field alone."""

    path: Path
    label: str
    value: Any
    context: Mapping[str, Any]
    kind: str
    message: str
    owner: type[Shape] | None

    def wrong_type(self, wanted: str) -> FieldProblem:
        quoted = isinstance(self.value, str) and ("number" in wanted or "true" in wanted)
        return FieldProblem(
            self.path,
            f"{self.label} must be {wanted}, not {_described(self.value)}",
            "take the quotes away" if quoted else "",
            "invalid_type",
        )


def _problem(detail: ErrorDetails, model: type[BaseModel]) -> FieldProblem:
    # "[key]" is pydantic's way to say that a key, and not its value, is at fault.
    path = tuple(part for part in detail["loc"] if not is_tag(part) and part != "[key]")
    fault = _Fault(
        path=path,
        label=_label(path),
        value=detail["input"],
        context=detail.get("ctx", {}),
        kind=detail["type"],
        message=detail["msg"],
        owner=_owner(detail["loc"][:-1], model),
    )
    if fault.kind in _WANTED:
        return fault.wrong_type(_WANTED[fault.kind])
    say = _SAYINGS.get(fault.kind)
    return say(fault) if say else FieldProblem(path, f"{fault.label}: {fault.message}")


def _label(path: Path) -> str:
    """The field's own name; an entry goes by its list's, a `type` by its owner's."""
    match path:
        case (*_, str() as owner, "type"):
            return f"{owner} type"
        case (*_, str(), int()):
            return dotted(path[-2:])
        case _:
            return dotted(path[-1:]) or "this"


_WANTED = {
    "bool_type": "true or false",
    "dict_type": "an object",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "string_type": "text",
}


def _missing(fault: _Fault) -> FieldProblem:
    code = "missing_required_parameter"
    return FieldProblem(fault.path, f"{fault.label} is missing", f"add {fault.label}", code)


def _unknown_field(fault: _Fault) -> FieldProblem:
    hint, name = "", str(fault.path[-1])
    if fault.owner is not None:
        known = list(fault.owner.model_fields)
        hint = fault.owner.elsewhere.get(name) or nearest(name, known)
        hint = hint or f"known here: {', '.join(known)}"
    return FieldProblem(fault.path, f"unknown field {name}", hint, "unknown_parameter")


def _unknown_value(fault: _Fault) -> FieldProblem:
    # Pydantic lists the literals: 'a', 'b' or 'c'.
    known = fault.context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
    if not isinstance(fault.value, str):
        return fault.wrong_type(listed(known))
    message = f"unknown {fault.label} {shown(fault.value)}; expected {listed(known)}"
    return FieldProblem(fault.path, message, nearest(fault.value, known))


def _unknown_kind(fault: _Fault) -> FieldProblem:
    value, context = fault.value, fault.context
    if not (context["types"] and isinstance(value, dict)):
        problem = fault.wrong_type(context["wanted"])
        off = isinstance(value, str) and value.lower() in ("none", "off", "false")
        nullable = "null" in context["wanted"]
        return replace(problem, hint="write null to switch it off") if off and nullable else problem
    types, path = context["types"].split(", "), (*fault.path, "type")
    if "type" not in value:
        message = f"{fault.label} needs a type: {listed(types)}"
        return FieldProblem(path, message, "add type", "missing_required_parameter")
    message = f"unknown {fault.label} type {shown(value['type'])}; expected {listed(types)}"
    return FieldProblem(path, message, nearest(value["type"], types))


def _out_of_range(fault: _Fault) -> FieldProblem:
    low = fault.kind == "greater_than_equal"
    limit = fault.context["ge" if low else "le"]
    than, code = ("at least", "below_min_value") if low else ("at most", "above_max_value")
    message = f"{fault.label} must be {than} {limit:g}, not {shown(fault.value)}"
    number = "integer" if isinstance(limit, int) else "decimal"
    return FieldProblem(fault.path, message, "", f"{number}_{code}")


def _wrong_length(fault: _Fault) -> FieldProblem:
    short = fault.kind.endswith("too_short")
    limit = fault.context["min_length" if short else "max_length"]
    thing, unit = ("string", "character") if "string" in fault.kind else ("array", "entry")
    units = unit if limit == 1 else f"{unit}s".replace("ys", "ies")
    than, code = ("at least", "below_min_length") if short else ("at most", "above_max_length")
    message = f"{fault.label} must have {than} {limit} {units}"
    return FieldProblem(fault.path, message, "", f"{thing}_{code}")


def _plain_rule(fault: _Fault) -> FieldProblem:
    return FieldProblem(fault.path, fault.message)


_SAYINGS: Mapping[str, Callable[[_Fault], FieldProblem]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_field,
    "literal_error": _unknown_value,
    NO_SUCH_KIND: _unknown_kind,
    PLAIN_RULE: _plain_rule,
    "greater_than_equal": _out_of_range,
    "less_than_equal": _out_of_range,
    "too_short": _wrong_length,
    "too_long": _wrong_length,
    "string_too_short": _wrong_length,
    "string_too_long": _wrong_length,
}


def _owner(loc: Sequence[str | int], model: type[BaseModel]) -> type[Shape] | None:
    """The shape that refused a key, found by walking `loc` through tags and field types."""
    current: type[BaseModel] | None = model
    for part in loc:
        if is_tag(part):
            current = shape_of_tag(str(part))
        elif isinstance(part, str) and current is not None and part in current.model_fields:
            current = shape_of_field(current, part)
    return current if current is not None and issubclass(current, Shape) else None
