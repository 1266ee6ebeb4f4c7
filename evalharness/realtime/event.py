"""What all events share, and the two forms of an event this version cannot read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from evalharness.realtime.problems import FieldProblem

Number = int | float
"""A JSON number that stays what it was: 1 does not become 1.0."""


class WireValue(BaseModel):
    """An object inside an event. Known fields are typed, unknown ones are kept, nothing is
    coerced. Words that a newer server may add to (status, reason) are plain text."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, protected_namespaces=())


class WireEvent(WireValue):
    """One event. `wire()` is the JSON object it stands for."""

    # Not a field: copies, equality and pickles know only what the event says.
    __slots__ = ("_received",)

    type: str
    event_id: str | None = None

    @classmethod
    def from_wire(cls, data: dict[str, Any]) -> Self:
        """Read a parsed frame; raises pydantic's ValidationError. `data` belongs to the event
        from now on."""
        event = cls.model_validate(data)
        object.__setattr__(event, "_received", data)
        return event

    def wire(self) -> dict[str, Any]:
        """As it was received, with its key order, or as it was built: only what was set."""
        received: dict[str, Any] | None = getattr(self, "_received", None)
        if received is not None:
            return received
        return {"type": self.type, **self.model_dump(exclude_unset=True)}


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An object with a `type`, kept whole. `problem` says where a known type has the wrong
    shape (the first fault of its fields); None means that the type itself is unknown."""

    type: str
    raw: Mapping[str, Any]
    problem: FieldProblem | None = None


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A text frame that is no event at all, kept whole, and why."""

    text: str
    reason: str
