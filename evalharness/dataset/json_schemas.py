"""Values against JSON Schemas (2020-12), offline: a reference to another place is never fetched."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import jsonschema
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

Json = Any
KEPT = 1024
"""Validators kept: a run has a few tools and schemas, each used in every turn."""


def is_valid(schema: Json, value: Json) -> bool:
    """Whether a value satisfies a schema.

    No value satisfies a schema that cannot be used, and no value is valid that cannot be checked:
    nested too deeply, too large a number, or under a reference that leads nowhere.
    """
    validator = _validator(json.dumps(schema, sort_keys=True))
    try:
        return validator is not None and bool(validator.is_valid(value))
    except (RecursionError, OverflowError, Unresolvable):
        return False


def schema_problem(schema: Json) -> str | None:
    """Why a schema cannot be used, in words; None when it can."""
    if not isinstance(schema, dict | bool):
        return "a JSON Schema is an object"
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        where = ".".join(str(part) for part in error.absolute_path)
        return f"no valid JSON Schema{' at ' + where if where else ''}: {error.message}"
    missing = next(_missing_references(schema), None)
    return None if missing is None else f"$ref {missing} leads nowhere in this schema"


@lru_cache(maxsize=KEPT)
def _validator(schema_json: str) -> jsonschema.Draft202012Validator | None:
    schema = json.loads(schema_json)
    if schema_problem(schema) is not None:
        return None
    # Without a registry of its own the validator would fetch references over the network.
    return jsonschema.Draft202012Validator(schema, registry=Registry())


def _missing_references(schema: Json) -> Iterator[str]:
    root = DRAFT202012.create_resource(schema)
    return _missing_below(root, Registry().resolver_with_root(root))


def _missing_below(resource: Resource[Json], resolver: Any) -> Iterator[str]:
    contents = resource.contents
    if isinstance(contents, Mapping):
        for keyword in ("$ref", "$dynamicRef"):
            reference = contents.get(keyword)
            if isinstance(reference, str):
                try:
                    resolver.lookup(reference)
                except Unresolvable:
                    yield reference
    for part in resource.subresources():
        yield from _missing_below(part, resolver.in_subresource(part))
