"""Questions about the types in Avro schemas, those of a writer with their units marked and ours."""

from typing import Any

from schemas.catalog import UNIT, Schema


def kind_of(schema: Schema) -> str:
    """Return the Avro type of a schema that is no union."""
    kind: str = schema["type"] if isinstance(schema, dict) else schema
    return "record" if kind == "error" else kind


def unit_of(schema: Schema) -> Any:
    """Return the unit of a type, None for a type without one."""
    return schema.get(UNIT, schema.get("logicalType")) if isinstance(schema, dict) else None


def likeness(schema: Schema) -> tuple[Any, ...]:
    """Return what must be equal in branches of a union whose values have one class in Python."""
    if not isinstance(schema, dict):
        return (None, None, None)
    return (unit_of(schema), schema.get("scale"), schema["name"] if kind_of(schema) == "record" else None)


def shown(schema: Schema) -> str:
    """Return a type in words, without any name that its writer chose."""
    unit = unit_of(schema)
    return f"{kind_of(schema)} ({unit})" if unit else kind_of(schema)


def are_alike(theirs: Schema, ours: Schema, named: dict[str, Schema]) -> bool:
    """Return whether every value of the writer's type is one of ours as fastavro returns it.

    Args:
        theirs: The writer's type.
        ours: Our type.
        named: The named types of the writer.
    """
    theirs = named.get(theirs, theirs) if isinstance(theirs, str) else theirs
    if isinstance(theirs, list):
        return all(are_alike(branch, ours, named) for branch in theirs)
    if isinstance(ours, list):
        return any(are_alike(theirs, branch, named) for branch in ours)
    return kind_of(theirs) == kind_of(ours) and unit_of(theirs) == unit_of(ours) and _hold_alike(theirs, ours, named)


def _hold_alike(theirs: Schema, ours: Schema, named: dict[str, Schema]) -> bool:
    """Compare what two types of one kind are made of."""
    match ours:
        case {"type": "record", "fields": fields}:
            types = {field["name"]: field["type"] for field in theirs["fields"]}
            return types.keys() == {field["name"] for field in fields} and all(
                are_alike(types[field["name"]], field["type"], named) for field in fields
            )
        case {"type": "array", "items": inner}:
            return are_alike(theirs["items"], inner, named)
        case {"type": "map", "values": inner}:
            return are_alike(theirs["values"], inner, named)
        case {"type": "enum", "symbols": symbols}:
            return set(theirs["symbols"]) <= set(symbols)
        case _:
            return True
