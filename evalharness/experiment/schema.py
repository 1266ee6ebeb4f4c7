"""JSON Schemas of the files people write, for editors that complete and check as one types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from evalharness.dataset.models import Manifest, ScenarioScript
from evalharness.experiment.config import ConfigFile
from evalharness.experiment.target_files import TargetEntry
from evalharness.experiment.variant import VariantFile
from evalharness.realtime.session import RealtimeSession, TranscriptionSession

_REF = "#/$defs/{model}"


def variant_schema() -> dict[str, Any]:
    """A variant, with the session it may hold and the target as a name, a URL or an object."""
    schema = _schema(VariantFile, "evalharness variant")
    definitions = schema.setdefault("$defs", {})
    fields = schema["properties"]
    fields["session"] = {
        "anyOf": [_defined(model, definitions) for model in (RealtimeSession, TranscriptionSession)]
    }
    fields["target"] = _target(definitions)
    # What a file extends may bring its format.
    schema.pop("required", None)
    return schema


def dataset_schema() -> dict[str, Any]:
    """`dataset.yaml`."""
    return _schema(Manifest, "evalharness dataset")


def scenarios_schema() -> dict[str, Any]:
    """`scenarios.yaml`, or a page of `scenarios/`: one scenario or a list of them."""
    made = TypeAdapter(list[ScenarioScript]).json_schema(ref_template=_REF, mode="validation")
    definitions = made.pop("$defs", {})
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "evalharness scenarios",
        "anyOf": [made, made["items"]],
        "$defs": definitions,
    }


def config_schema() -> dict[str, Any]:
    """`evalharness.yaml`."""
    schema = _schema(ConfigFile, "evalharness configuration")
    entry = _defined(TargetEntry, schema.setdefault("$defs", {}))
    schema["properties"]["targets"]["additionalProperties"] = entry
    return schema


SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "variant": variant_schema,
    "dataset": dataset_schema,
    "scenarios": scenarios_schema,
    "config": config_schema,
}
"""What `evalharness schema` can print."""


def _schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    made = model.model_json_schema(ref_template=_REF, mode="validation")
    return {"$schema": GenerateJsonSchema.schema_dialect, **made, "title": title}


def _defined(model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    """A reference to a model's schema, which is put with its parts among the definitions."""
    made = model.model_json_schema(ref_template=_REF, mode="validation")
    definitions |= made.pop("$defs", {})
    definitions[model.__name__] = made
    return {"$ref": _REF.format(model=model.__name__)}


def _target(definitions: dict[str, Any]) -> dict[str, Any]:
    return {
        "anyOf": [{"type": "string"}, _defined(TargetEntry, definitions)],
        "default": "local",
        "title": "Target",
    }
