"""What was asked of a session against what the server made of it, leaf by leaf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from evalharness.realtime.session import SERVER_FIELDS

Outcome = Literal["applied", "defaulted", "coerced", "ignored", "refused"]


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One leaf. `path` is dotted; tools go by name: `tools.get_order.parameters`.

    applied    the server took it (1 equals 1.0; null equals absent)
    defaulted  not asked for, the server's own choice
    coerced    asked for one thing, got another
    ignored    asked for, absent from the answer
    refused    the whole update was rejected
    """

    path: str
    requested: Any
    effective: Any
    outcome: Outcome


def diff_session(
    requested: Mapping[str, Any], effective: Mapping[str, Any] | None
) -> list[FieldDiff]:
    """Compare a `session.update` with the session that answered it, None for a refused one.

    Requested leaves come first, in the order they were written. The server's own id, object and
    expires_at are no configuration and left out.
    """
    if effective is None:
        return [FieldDiff(path, value, None, "refused") for path, value in _leaves((), requested)]
    shown = {name: value for name, value in effective.items() if name not in SERVER_FIELDS}
    diffs = list(_compare((), requested, shown))
    return sorted(diffs, key=lambda diff: diff.outcome == "defaulted")


def same_json(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 is 1.0, but true is not 1; the order of keys does not matter."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same_json(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    return bool(one == other)


_Parts = tuple[str, ...]
_TOOL_FIELD = 3
"""How long the path of a tool's field is: tools, its name, the field."""


def _compare(at: _Parts, requested: Any, effective: Any) -> Iterator[FieldDiff]:
    wanted, got = _branches(at, requested), _branches(at, effective)
    if wanted is None or got is None:
        if not (wanted == {} and effective is None):
            yield _leaf_diff(at, requested, effective)
        return
    for name, value in wanted.items():
        if name in got:
            yield from _compare((*at, name), value, got[name])
        else:
            for path, leaf in _leaves((*at, name), value):
                yield FieldDiff(path, leaf, None, "applied" if leaf is None else "ignored")
    for name, value in got.items():
        if name not in wanted:
            for path, leaf in _leaves((*at, name), value):
                yield FieldDiff(path, None, leaf, "defaulted")


def _leaf_diff(at: _Parts, requested: Any, effective: Any) -> FieldDiff:
    outcome: Outcome = "applied" if same_json(requested, effective) else "coerced"
    return FieldDiff(".".join(at), requested, effective, outcome)


def _leaves(at: _Parts, value: Any) -> Iterator[tuple[str, Any]]:
    branches = _branches(at, value)
    if branches is None:
        yield ".".join(at), value
        return
    for name, inner in branches.items():
        yield from _leaves((*at, name), inner)


def _branches(at: _Parts, value: Any) -> Mapping[str, Any] | None:
    """What a value divides into; None for a leaf. A tool's fields are leaves: a JSON Schema is
    read as a whole."""
    if at == ("tools",):
        return _by_name(value)
    if at[:1] == ("tools",) and len(at) == _TOOL_FIELD:
        return None
    return value if isinstance(value, Mapping) else None


def _by_name(tools: Any) -> Mapping[str, Any] | None:
    """Tools under their names; None when there are none, or when names do not tell them apart."""
    if not isinstance(tools, list) or not tools:
        return None
    named: dict[str, Any] = {}
    for tool in tools:
        name = _tool_name(tool)
        if name is None or name in named:
            return None
        named[name] = tool
    return named


def _tool_name(tool: Any) -> str | None:
    if not isinstance(tool, Mapping):
        return None
    name = tool.get("server_label") if tool.get("type") == "mcp" else tool.get("name")
    return name if isinstance(name, str) else None
