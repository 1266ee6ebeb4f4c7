"""The assistant's short sentences: questions for what is missing, and what a tool answered."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from evalharness.server.speech.spoken import identifier_words
from evalharness.server.speech.tools import Kind, Parameter

GREETING = "Hello, how can I help you?"
WELCOME = "You're welcome."
GOODBYE = "Thank you for calling, goodbye."
DROPPED = "Okay, never mind."
UNHEARD = "Sorry, I didn't catch that."
UNKNOWN = "Sorry, I can't help with that."
ANYTHING_ELSE = "Okay. Is there anything else?"

_MOST_VALUES = 3
_MOST_CHOICES = 4
_ISO_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}).*)?$")


def question(parameter: Parameter) -> str:
    """Asks for one value."""
    name = " ".join(parameter.words)
    match parameter.kind:
        case Kind.DATE:
            return f"What {name if 'date' in parameter.words else 'date'} would you like?"
        case Kind.TIME:
            return "What time would you like?"
        case Kind.DATE_TIME:
            return "What date and time would you like?"
        case Kind.NAME:
            return "What name should I put down?"
        case Kind.CHOICE if len(parameter.choices) <= _MOST_CHOICES:
            choices = [_value(choice) for choice in parameter.choices]
            return f"Which {name}: {_listed(choices, 'or')}?"
        case Kind.FLAG:
            return f"Would you like {name}?"
        case Kind.CODE:
            return f"What is the {re.sub(r'( number)? id$', ' number', name)}?"
        case _:
            return f"What is the {name}?"


def answer(output: str) -> str:
    """One sentence with the values of a tool's output, which is JSON as a rule."""
    try:
        data = json.loads(output)
    except ValueError:
        return _sentence(output) or ANYTHING_ELSE
    if isinstance(data, Mapping):
        return _answer_of_object(data)
    if isinstance(data, Sequence) and not isinstance(data, str):
        return _answer_of_list(data)
    return ANYTHING_ELSE if data is None else _sentence(_value(data))


def is_failure(output: str) -> bool:
    """Whether a tool's output reports an error."""
    try:
        data = json.loads(output)
    except ValueError:
        return False
    return isinstance(data, Mapping) and bool(data.get("error"))


def _answer_of_object(data: Mapping[str, Any]) -> str:
    if error := data.get("error"):
        message = error.get("message", "") if isinstance(error, Mapping) else str(error)
        reason = _value(message).rstrip(".") or "that did not work"
        return f"Sorry, {reason[0].lower()}{reason[1:]}."
    for key in ("message", "summary", "answer", "text"):
        if isinstance(data.get(key), str) and data[key].strip():
            return _sentence(data[key])
    said = [_clause(key, value) for key, value in data.items() if _sayable(value)]
    if not said:
        return "Okay, that's done." if data.get("ok") or data.get("success") else ANYTHING_ELSE
    return _sentence(_listed(said[:_MOST_VALUES], "and"))


def _answer_of_list(data: Sequence[Any]) -> str:
    if not data:
        return "I found nothing."
    if all(_sayable(value) for value in data):
        return f"There is {_listed([_value(v) for v in data[:_MOST_CHOICES]], 'and')}."
    first = data[0]
    found = f"I found {len(data)}. "
    return found + _answer_of_object(first) if isinstance(first, Mapping) else found.strip()


def _sayable(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(_sayable(item) for item in value)
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""


def _clause(key: str, value: Any) -> str:
    name = " ".join(identifier_words(key)) or key
    verb = "are" if isinstance(value, list) and len(value) > 1 else "is"
    return f"the {name} {verb} {_value(value)}"


def _value(value: Any) -> str:
    """A value as people say it: a date by its day and month, a constant by its words."""
    if isinstance(value, list):
        return _listed([_value(item) for item in value[:_MOST_CHOICES]], "and")
    text = str(value)
    if match := _ISO_DATE.match(text):
        day = date(int(match[1]), int(match[2]), int(match[3]))
        return f"{day.day} {day:%B}" + (f" at {match[4]}" if match[4] else "")
    return text.replace("_", " ") if re.fullmatch(r"[a-z]+(_[a-z]+)+", text) else text


def _listed(parts: Sequence[str], joint: str) -> str:
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} {joint} {parts[-1]}"


def _sentence(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")
