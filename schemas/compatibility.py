"""Whether a reader's schema can read the records of a writer's schema.

The rules are those of the Avro 1.12 specification, "Schema Resolution", applied to the schemas alone, without a record:
a union is readable only when each of its branches is. In addition times must keep their unit, which Avro itself does
not require.
"""

import json
from typing import Any, Final

from fastavro import parse_schema

from schemas.catalog import Schema, current_text, released_texts
from schemas.events import EventName

_PROMOTIONS: Final = frozenset(
    {
        ("int", "long"), ("int", "float"), ("int", "double"), ("long", "float"), ("long", "double"),
        ("float", "double"), ("string", "bytes"), ("bytes", "string"),
    }
)  # fmt: skip


def release_problems(event: EventName) -> list[str]:
    """Return the problems of an event's current schema with every released version; none means it may be released.

    The rule is Confluent's FULL_TRANSITIVE: the current schema reads records of every released version, and every
    released version reads records of the current schema. In addition each enum must have the default symbol UNKNOWN, so
    that symbols can be added.
    """
    current = current_text(event)
    found = enum_problems(current)
    for number, released in enumerate(released_texts(event), start=1):
        found += [f"current cannot read version {number}: {fault}" for fault in problems(released, current)]
        found += [f"version {number} cannot read current: {fault}" for fault in problems(current, released)]
    return found


def problems(writer_text: str, reader_text: str) -> list[str]:
    """Return the reasons, by path, why the reader's schema cannot read records of the writer's schema."""
    return _Comparison(writer_text, reader_text).found


def enum_problems(text: str) -> list[str]:
    """Return the enums of a schema to which no symbol could be added, because the default UNKNOWN is missing."""
    named: dict[str, Any] = {}
    parse_schema(json.loads(text), named)
    return [
        f"enum {name}: its default must be UNKNOWN"
        for name, schema in named.items()
        if schema["type"] == "enum" and schema.get("default") != "UNKNOWN"
    ]


class _Comparison:
    def __init__(self, writer_text: str, reader_text: str) -> None:
        self._writers: dict[str, Any] = {}
        self._readers: dict[str, Any] = {}
        self._compared: set[tuple[str, str]] = set()
        writer = parse_schema(json.loads(writer_text), self._writers)
        reader = parse_schema(json.loads(reader_text), self._readers)
        self.found = self._compare(writer, reader, "")

    def _compare(self, writer: Schema, reader: Schema, path: str) -> list[str]:
        writer, reader = _resolved(writer, self._writers), _resolved(reader, self._readers)
        if isinstance(writer, list):
            return [fault for branch in writer for fault in self._compare(branch, reader, path)]
        if isinstance(reader, list):
            return self._compare_to_union(writer, reader, path)
        fault = _different(writer, reader)
        return [f"{path}: {fault}"] if fault else self._compare_alike(writer, reader, path)

    def _compare_to_union(self, writer: Schema, reader: list[Schema], path: str) -> list[str]:
        if any(not self._compare(writer, branch, path) for branch in reader):
            return []
        return [f"{path}: {writer['type']} is no branch of the union that reads it"]

    def _compare_alike(self, writer: Schema, reader: Schema, path: str) -> list[str]:
        match writer["type"]:
            case "record":
                return self._compare_records(writer, reader, path)
            case "array":
                return self._compare(writer["items"], reader["items"], f"{path}[]")
            case "map":
                return self._compare(writer["values"], reader["values"], f"{path}{{}}")
            case "enum" if set(writer["symbols"]) - set(reader["symbols"]) and "default" not in reader:
                return [f"{path}: symbols are gone and there is no default"]
            case "fixed" if writer["size"] != reader["size"]:
                return [f"{path}: its size changed"]
            case _:
                return []

    def _compare_records(self, writer: Schema, reader: Schema, path: str) -> list[str]:
        names = (writer["name"], reader["name"])
        if names in self._compared:
            return []
        self._compared.add(names)
        written = {field["name"]: field for field in writer["fields"]}
        found = []
        for field in reader["fields"]:
            where = f"{path}.{field['name']}" if path else field["name"]
            if field["name"] in written:
                found += self._compare(written[field["name"]]["type"], field["type"], where)
            elif "default" not in field:
                found.append(f"{where}: was not written and has no default")
        return found


def _different(writer: Schema, reader: Schema) -> str | None:
    wrote, reads = writer["type"], reader["type"]
    if writer.get("logicalType") != reader.get("logicalType"):
        return f"logical type {writer.get('logicalType')} became {reader.get('logicalType')}"
    if wrote != reads and (wrote, reads) not in _PROMOTIONS:
        return f"{wrote} cannot be read as {reads}"
    if writer.get("name") != reader.get("name"):
        return f"{writer.get('name')} cannot be read as {reader.get('name')}"
    return None


def _resolved(schema: Schema, named: dict[str, Any]) -> Schema:
    match schema:
        case str() if schema in named:
            return named[schema]
        case str():
            return {"type": schema}
        case _:
            return schema
