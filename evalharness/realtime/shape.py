"""The strict base of everything a user writes for the wire, and unions told apart by kind."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Discriminator, GetCoreSchemaHandler
from pydantic_core import CoreSchema

NO_SUCH_KIND = "no_such_kind"
"""The pydantic error type of a value that fits no branch of a union with `Kinds`."""

PLAIN_RULE = "plain_rule"
"""The pydantic error type of a validator whose message is already fit for a user."""

TEXT, NUMBER, ARRAY, OBJECT = "<text>", "<number>", "<array>", "<object>"
"""Tags of union branches that are no shapes. A shape's tag is `<ClassName>`."""

_BY_TAG: dict[str, type[Shape]] = {}


class Shape(BaseModel):
    """One object of a session: nothing coerced, nothing unknown, absent differs from null.

    A session's fields all have defaults, so that a partial `session.update` is valid, and
    `model_dump(exclude_unset=True)` holds what was set (a whole number in a float field becomes
    a float there: send the user's own object, not the dump).

    `elsewhere` answers for keys that people put here and that live in another place or no
    longer exist.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)
    elsewhere: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _BY_TAG[_tag(cls)] = cls


def is_tag(part: str | int) -> bool:
    """Whether a part of a pydantic location names a union's branch and no key of the data."""
    return isinstance(part, str) and part.startswith("<") and part.endswith(">")


def shape_of_tag(tag: str) -> type[Shape] | None:
    return _BY_TAG.get(tag)


def shape_of_field(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """The object type a field holds, None where it holds none or a union of several."""
    return _sole_model(model.model_fields[name].annotation)


def _sole_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = [_sole_model(argument) for argument in typing.get_args(annotation)]
    models = [model for model in found if model is not None]
    return models[0] if len(models) == 1 else None


@dataclass(frozen=True, eq=False)
class Kinds:
    """Chooses a union's branch by looking at the value, so that its faults concern one branch.

    Objects are told apart by their `type` (`types`), or there is `only` one, or any will do
    (`free`). `wanted` completes the sentence "x must be ...".
    """

    wanted: str
    _: KW_ONLY
    types: Mapping[str, type[Shape]] = field(default_factory=dict)
    only: type[Shape] | None = None
    text: bool = False
    number: bool = False
    array: bool = False
    free: bool = False

    def tag(self, value: Any) -> str | None:
        """The branch for a value, None when it fits none."""
        match value:
            case Shape():
                return _tag(type(value))
            case dict():
                return self._object_tag(value)
            case str() if self.text:
                return TEXT
            case int() | float() if self.number and not isinstance(value, bool):
                return NUMBER
            case list() if self.array:
                return ARRAY
            case _:
                return None

    def _object_tag(self, value: Mapping[str, Any]) -> str | None:
        if self.only is not None:
            return _tag(self.only)
        if self.free:
            return OBJECT
        kind = value.get("type")
        shape = self.types.get(kind) if isinstance(kind, str) else None
        return None if shape is None else _tag(shape)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        context: dict[str, str | int | float] = {
            "wanted": self.wanted,
            "types": ", ".join(self.types),
        }
        return Discriminator(
            self.tag,
            custom_error_type=NO_SUCH_KIND,
            custom_error_message="must be {wanted}",
            custom_error_context=context,
        ).__get_pydantic_core_schema__(source, handler)


def _tag(shape: type[Shape]) -> str:
    return f"<{shape.__name__}>"
