"""A session's function tools as the offline engine reads them: what each parameter asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from evalharness.server.speech.spoken import identifier_words, sentences_of, words_of


class Kind(Enum):
    """What sort of value a parameter takes, and so which reader finds it in an utterance."""

    DATE = auto()
    TIME = auto()
    DATE_TIME = auto()
    MONEY = auto()
    NUMBER = auto()
    CODE = auto()
    NAME = auto()
    EMAIL = auto()
    CHOICE = auto()
    FLAG = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One property of a tool's schema. `choices` are the enum's values, as written."""

    name: str
    kind: Kind
    words: tuple[str, ...]
    description: str = ""
    required: bool = False
    choices: tuple[Any, ...] = ()
    pattern: str | None = None
    examples: tuple[str, ...] = ()
    many: bool = False
    integral: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """One function tool. `description` is its first sentence as spoken words."""

    name: str
    words: tuple[str, ...]
    description: tuple[str, ...]
    sentences: tuple[Sequence[str], ...]
    parameters: tuple[Parameter, ...]

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)


_DATE_WORDS = frozenset({"date", "day", "birthday", "birthdate", "dob", "weekday"})
_TIME_WORDS = frozenset({"time", "hour"})
_CODE_WORDS = frozenset(
    (
    "id", "number", "code", "reference", "ref", "zip", "zipcode", "postcode", "phone",
    "telephone", "mobile", "pin", "sku", "confirmation", "extension", "account", "digits",
    "plate",
)
)  # fmt: skip
_MONEY_WORDS = frozenset((
    "amount", "price", "cost", "budget", "fee", "total", "payment", "deposit", "refund",
))  # fmt: skip
_NAME_WORDS = frozenset({"name", "surname"})
_PERSON_WORDS = frozenset(
    (
    "customer", "guest", "patient", "caller", "person", "client", "contact", "visitor",
    "attendee", "recipient", "passenger", "user", "member", "employee", "colleague", "staff",
)
)  # fmt: skip
_THING_WORDS = frozenset(
    (
    "product", "item", "file", "drug", "city", "hotel", "company", "restaurant", "dish", "drink",
    "service", "street", "event", "medication", "song",
)
)  # fmt: skip
_ISO_DATE = "2026-11-30"
_CLOCK_TIME = "14:30"


def tools_of(session: Mapping[str, Any]) -> tuple[Tool, ...]:
    """The function tools of a session; tools of other types are none of this engine's."""
    offered = session.get("tools") or ()
    return tuple(_tool(tool) for tool in offered if tool.get("type", "function") == "function")


def _tool(tool: Mapping[str, Any]) -> Tool:
    schema = tool.get("parameters") or {}
    required = set(schema.get("required") or ())
    sentences = tuple(sentences_of(tool.get("description") or ""))
    return Tool(
        name=tool["name"],
        words=tuple(identifier_words(tool["name"])),
        description=tuple(sentences[0]) if sentences else (),
        sentences=sentences,
        parameters=tuple(
            parameter_of(name, field, required=name in required)
            for name, field in (schema.get("properties") or {}).items()
        ),
    )


def parameter_of(name: str, schema: Mapping[str, Any], *, required: bool = False) -> Parameter:
    """Read one property's JSON Schema; an array is read as many of its items."""
    schema = _without_null(schema)
    many = schema.get("type") == "array"
    value = _without_null(schema.get("items") or {}) if many else schema
    words = tuple(identifier_words(name))
    description = schema.get("description") or value.get("description") or ""
    examples = [*value.get("examples", ()), *([value["example"]] if "example" in value else [])]
    return Parameter(
        name=name,
        kind=_kind(words, description, value),
        words=words,
        description=description,
        required=required,
        choices=tuple(v for v in value.get("enum", ()) if v is not None)
        or ((value["const"],) if "const" in value else ()),
        pattern=value.get("pattern"),
        examples=tuple(str(example) for example in examples),
        many=many,
        integral=value.get("type") == "integer",
    )


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A nullable schema as the schema of its value: anyOf [X, null], type [X, null]."""
    for key in ("anyOf", "oneOf"):
        if options := [o for o in schema.get(key, ()) if o.get("type") != "null"]:
            rest = {k: v for k, v in schema.items() if k != key}
            return {**rest, **options[0]}
    if isinstance(kinds := schema.get("type"), list):
        return {**schema, "type": next((k for k in kinds if k != "null"), "null")}
    return schema


def _kind(words: Sequence[str], description: str, schema: Mapping[str, Any]) -> Kind:
    if "enum" in schema or "const" in schema:
        return Kind.CHOICE
    match schema.get("type", "string"):
        case "boolean":
            return Kind.FLAG
        case "integer" | "number":
            return Kind.MONEY if _MONEY_WORDS & set(words) else Kind.NUMBER
        case "string":
            return _kind_of_string(words, description, schema)
        case _:
            return Kind.TEXT


_FORMATS = {
    "date": Kind.DATE,
    "time": Kind.TIME,
    "date-time": Kind.DATE_TIME,
    "email": Kind.EMAIL,
}


def _kind_of_string(words: Sequence[str], description: str, schema: Mapping[str, Any]) -> Kind:
    if kind := _FORMATS.get(schema.get("format", "")):
        return kind
    if pattern := schema.get("pattern"):
        return _kind_of_pattern(pattern)
    if re.search(r"yyyy-mm-dd(?!t)|iso(?:[- ]?8601)? date", description, re.IGNORECASE):
        return Kind.DATE
    if re.search(r"\bhh:mm|24[- ]hour", description, re.IGNORECASE):
        return Kind.TIME
    return _kind_of_name(set(words), description)


def _kind_of_pattern(pattern: str) -> Kind:
    for sample, kind in ((_ISO_DATE, Kind.DATE), (_CLOCK_TIME, Kind.TIME)):
        if re.search(pattern, sample):
            return kind
    return Kind.CODE


def _kind_of_name(named: set[str], description: str) -> Kind:
    told = set(words_of(description))
    for kind, signs in (
        (Kind.DATE, _DATE_WORDS),
        (Kind.TIME, _TIME_WORDS),
        (Kind.EMAIL, {"email"}),
        (Kind.CODE, _CODE_WORDS),
    ):
        if named & signs:
            return kind
    if named & _NAME_WORDS and not named & _THING_WORDS:
        return Kind.NAME
    if named & _PERSON_WORDS or (told & _NAME_WORDS and told & _PERSON_WORDS):
        return Kind.NAME
    return Kind.TEXT
