"""What is wrong with a part of a file that should be one of our models, in words, with places."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from evalharness.dataset.codes import Fault
from evalharness.dataset.source import Place
from evalharness.dataset.yaml_nodes import KeyPath
from evalharness.errors import Problem
from evalharness.realtime.problems import FieldProblem, dotted, listed, nearest, problems_of, shown
from evalharness.realtime.shape import shape_of_field

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Checked(Generic[M]):
    """A model, or None and why not."""

    value: M | None
    problems: tuple[Problem, ...] = ()


def check(model: type[M], place: Place) -> Checked[M]:
    """Read what stands at a place as a model, coercing nothing."""
    try:
        # Strict reading of JSON, not of Python values, lets a list become a tuple.
        value = model.model_validate_json(json.dumps(place.value), strict=True)
    except ValidationError as error:
        return Checked(None, tuple(problems_from_validation_error(error, model, place)))
    return Checked(value)


def problems_from_validation_error(
    error: ValidationError, model: type[BaseModel], place: Place
) -> list[Problem]:
    """Every fault pydantic found in `place.value` while reading it as `model`.

    The branches of a union, which pydantic reports one by one, become one problem.
    """
    problems: list[Problem] = []
    unions: dict[KeyPath, list[ErrorDetails]] = {}
    for detail, told in zip(error.errors(), problems_of(error, model), strict=True):
        branch = _branch(place, detail)
        if branch is not None:
            unions.setdefault(branch, []).append(detail)
        elif not _follows_from_others(detail):
            problems.append(problem_at(place, _in_our_words(detail, told, model)))
    for path, group in unions.items():
        problems += [problem_at(place, fault) for fault in _of_union(place, path, group, model)]
    return problems


def problem_at(place: Place, fault: FieldProblem) -> Problem:
    """A fault of the wire's or our own models, at its place in the file."""
    match fault.code:
        case "unknown_parameter":
            number, key = Fault.UNKNOWN_KEY, True
        case "missing_required_parameter":
            number, key = Fault.MISSING_KEY, False
        case _:
            number, key = Fault.WRONG_VALUE, False
    return place.at(*fault.path).problem(number, fault.message, fault.hint, key=key)


def _follows_from_others(detail: ErrorDetails) -> bool:
    """A list is also called too short when all its entries are wrong."""
    short = detail["type"] == "too_short"
    return short and len(detail["input"]) >= detail["ctx"]["min_length"]


def _in_our_words(detail: ErrorDetails, told: FieldProblem, model: type[BaseModel]) -> FieldProblem:
    """`told` unless the fault is one that only our own models can have."""
    path, given = told.path, shown(detail["input"])
    label = _label(path)
    match detail["type"]:
        case "extra_forbidden" if not told.hint:
            return FieldProblem(path, told.message, _known(model, path), told.code)
        case "missing" if path and isinstance(path[-1], int):
            return FieldProblem(path, f"{_label(path[:-1])} needs {path[-1] + 1} values")
        case bound if bound in _BOUNDS:
            return _out_of_bounds(path, detail)
        case "value_error":
            return FieldProblem(path, f"{label}: {detail['ctx']['error']}")
        case "tuple_type":
            return FieldProblem(path, f"{label} must be a list, not {given}")
        case "string_pattern_mismatch":
            hint = "letters, digits, and after the first also _ . -"
            return FieldProblem(path, f"{label} may not be {given}", hint)
        case "int_type" | "int_from_float":
            message = f"{label} must be a whole number, not {given}"
            return FieldProblem(path, message, told.hint, told.code)
        case "literal_error" if not isinstance(detail["input"], str):
            expected = str(detail["ctx"]["expected"]).replace("'", "")
            return FieldProblem(path, f"{label} must be {expected}, not {given}")
        case _:
            return told


_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def _out_of_bounds(path: KeyPath, detail: ErrorDetails) -> FieldProblem:
    key, words = _BOUNDS[detail["type"]]
    limit = f"{words} {detail['ctx'][key]:g}"
    return FieldProblem(path, f"{_label(path)} must be {limit}, not {shown(detail['input'])}")


def _label(path: KeyPath) -> str:
    """The end of a path from its last key on: `speech_ms[0][1]`."""
    keys = [index for index, part in enumerate(path) if isinstance(part, str)]
    return dotted(path[keys[-1] :]) if keys else "this"


def _known(model: type[BaseModel], path: Sequence[str | int]) -> str:
    """The hint for an unknown key: the nearest that exists, or all of them."""
    owner: type[BaseModel] | None = model
    for part in path[:-1]:
        if owner is None:
            return ""
        if isinstance(part, str):
            owner = shape_of_field(owner, part) if part in owner.model_fields else None
    if owner is None:
        return ""
    fields = list(owner.model_fields)
    return nearest(path[-1], fields) or f"known here: {listed(fields)}"


def _branch(place: Place, detail: ErrorDetails) -> KeyPath | None:
    """The path of the union a fault lies in, None for one outside of unions: pydantic names the
    branch in `loc`, where the file has no such key."""
    loc = detail["loc"] if detail["type"] != "missing" else detail["loc"][:-1]
    for index, part in enumerate(loc):
        if not _is_step(place.at(*loc[:index]), part):
            return tuple(loc[:index])
    return None


def _is_step(place: Place, part: str | int) -> bool:
    match place.value:
        case dict() as given:
            return part in given
        case list():
            return isinstance(part, int)
        case _:
            return False


_BRANCH_WORDS = {
    "bool_type": "true or false",
    "dict_type": "an object",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "an object",
    "string_type": "text",
    "tuple_type": "a list",
}


def _of_union(
    place: Place, path: KeyPath, group: Sequence[ErrorDetails], model: type[BaseModel]
) -> list[FieldProblem]:
    """One problem for all branches; those inside the branch that was meant, when one was."""
    # loc is: path, the branch's name, the way inside the branch.
    inside = [detail for detail in group if len(detail["loc"]) > len(path) + 1]
    if inside:
        return [_inside_branch(path, detail, model) for detail in inside]
    bounded = [detail for detail in group if detail["type"] in _BOUNDS]
    if bounded:
        return [_out_of_bounds(path, detail) for detail in bounded]
    wanted: list[str] = []
    for detail in group:
        if detail["type"] == "literal_error":
            words = str(detail["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
            wanted += words.split(", ")
        else:
            wanted.append(_BRANCH_WORDS.get(detail["type"], "something else"))
    wanted = list(dict.fromkeys(wanted))
    value = place.at(*path).value
    message = f"{_label(path)} must be {listed(wanted)}, not {shown(value)}"
    return [FieldProblem(path, message, nearest(value, wanted))]


def _inside_branch(path: KeyPath, detail: ErrorDetails, model: type[BaseModel]) -> FieldProblem:
    path = (*path, *detail["loc"][len(path) + 1 :])
    match detail["type"]:
        case "extra_forbidden":
            message, hint = f"unknown field {path[-1]}", _known(model, path)
            return FieldProblem(path, message, hint, "unknown_parameter")
        case "missing":
            message, hint = f"{path[-1]} is missing", f"add {path[-1]}"
            return FieldProblem(path, message, hint, "missing_required_parameter")
        case bound if bound in _BOUNDS:
            return _out_of_bounds(path, detail)
        case kind:
            wanted = _BRANCH_WORDS.get(kind, "something else")
            message = f"{_label(path)} must be {wanted}, not {shown(detail['input'])}"
            return FieldProblem(path, message)
