"""Schemas that refer to types which are defined elsewhere."""

import json
from collections.abc import Sequence
from typing import Any

from fastavro import parse_schema
from fastavro.schema import SchemaParseException, UnknownType

from schemas.catalog import Schema, without
from schemas.schema_limits import InadmissibleSchemaError, check_nesting

MAX_SCHEMA_CHARACTERS = 1 << 20
"""In all texts of one schema and its references together."""


def self_contained(text: str, references: Sequence[str]) -> str:
    """Return the text of a schema with the definitions of the types to which it refers.

    Args:
        text: The schema.
        references: The schemas that define these types; each stands behind those to which it refers itself.

    Returns:
        The text as it is when it is no schema, or a type stays undefined: the decoder says so.
    """
    if not references or len(text) + sum(map(len, references)) > MAX_SCHEMA_CHARACTERS:
        return text
    named: dict[str, Any] = {}
    try:
        parsed = [_parsed(part, named) for part in (*references, text)]
        return json.dumps(alone(parsed[-1], named))
    except (SchemaParseException, UnknownType, InadmissibleSchemaError, ValueError, LookupError, TypeError):
        return text
    except (AttributeError, RecursionError):
        return text


def _parsed(text: str, named: dict[str, Any]) -> Schema:
    document = json.loads(text)
    check_nesting(document)
    return parse_schema(without(document, {"default"}), named)


def alone(schema: Schema, named: dict[str, Any]) -> Schema:
    """Return a parsed schema in which each named type is defined where it is first used.

    Args:
        schema: The schema, or a part of one.
        named: Every named type to which it may refer, by full name.
    """
    return _Inlining(named).of(schema)


class _Inlining:
    def __init__(self, named: dict[str, Any]) -> None:
        self._named = named
        self._defined: set[str] = set()

    def of(self, schema: Schema) -> Schema:
        match schema:
            case str():
                return self._reference(schema)
            case list():
                return [self.of(branch) for branch in schema]
            case dict():
                return self._definition(schema)
            case _:
                return schema

    def _reference(self, name: str) -> Schema:
        if name not in self._named:
            return name
        return _dotted(name) if name in self._defined else self._definition(self._named[name])

    def _definition(self, schema: dict[str, Any]) -> Schema:
        kept = {key: value for key, value in schema.items() if not key.startswith("__")}
        if isinstance(name := kept.get("name"), str):
            self._defined.add(name)
            kept["name"] = _dotted(name)
        for key in kept.keys() & {"items", "values"}:
            kept[key] = self.of(kept[key])
        if "fields" in kept:
            kept["fields"] = [field | {"type": self.of(field["type"])} for field in kept["fields"]]
        return kept


def _dotted(name: str) -> str:
    """Return a name that means the same in every namespace: a name without one would take that of its surroundings."""
    return name if "." in name else f"unnamed.{name}"
