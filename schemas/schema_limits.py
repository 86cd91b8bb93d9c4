"""The limits for schemas that were written by others and are used to read bytes.

fastavro follows a schema with the interpreter's lock held, so a schema can be an attack. With an array of nulls, nine
bytes keep it busy for hours. With a type that contains itself, the record decides how deep the C stack grows. Types
that contain each other twice double the work at every level without reading a byte. A schema that is admitted here
reads any input in time and memory proportional to the input's length.
"""

from typing import Any, Final, NamedTuple

from schemas.catalog import Schema

MAX_DEPTH: Final = 20
"""Types within types."""
MAX_NODES: Final = 4096
"""Values in one record, counting one item of each array and map."""
NODES_PER_BYTE: Final = 32
"""Values that the reader may visit for each byte of an array's or map's item."""
MAX_JSON_DEPTH: Final = 4 * MAX_DEPTH + 8


class InadmissibleSchemaError(ValueError):
    """The schema could make a short record expensive to read."""


class _Size(NamedTuple):
    """The highest cost of reading one value of a type.

    Attributes:
        debt: The number of visited values less `NODES_PER_BYTE` for each byte read. An item of an array or map must
            have no debt, or a few bytes could cause many visits.
        nodes: The number of values in it.
        depth: The number of types within types.
    """

    debt: int
    nodes: int
    depth: int


def check_nesting(document: Any) -> None:
    """Refuse JSON that is nested too deep for the recursive functions that follow.

    Raises:
        InadmissibleSchemaError: It is nested deeper than any schema that would be admitted.
    """
    level, depth = [document], 0
    while level:
        depth += 1
        if depth > MAX_JSON_DEPTH:
            raise InadmissibleSchemaError(f"it nests deeper than {MAX_DEPTH} types")
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]


def admit(schema: Schema, named: dict[str, Any]) -> None:
    """Check that reading with this parsed schema takes time and memory proportional to the input.

    Args:
        schema: The schema as `catalog.parse` returns it.
        named: The named types in it, by full name.

    Raises:
        InadmissibleSchemaError: It could make a short record expensive to read.
    """
    _Measure(named).size(schema)


class _Measure:
    """Sizes of the types of one schema; each named type is measured once."""

    def __init__(self, named: dict[str, Any]) -> None:
        self._named = named
        self._known: dict[str, _Size] = {}
        self._open: set[str] = set()

    def size(self, schema: Schema) -> _Size:
        size = self._size(schema)
        if size.depth > MAX_DEPTH:
            raise InadmissibleSchemaError(f"it nests deeper than {MAX_DEPTH} types")
        if size.nodes > MAX_NODES:
            raise InadmissibleSchemaError(f"a record of it can contain more than {MAX_NODES} values")
        return size

    def _size(self, schema: Schema) -> _Size:
        match schema:
            case list():
                return _one_of([self.size(branch) for branch in schema])
            case {"type": "array", "items": item} | {"type": "map", "values": item}:
                return self._repeated(item)
            case {"type": "record" | "error", "name": str(name), "fields": list(fields)}:
                return self._record(name, fields)
            case {"type": "fixed", "size": int(length)} if length >= 0:
                return _leaf(length)
            case {"type": str(name)} | str(name):
                return self._named_size(name)
            case _:
                raise InadmissibleSchemaError("it contains something that is not an Avro type")

    def _named_size(self, name: str) -> _Size:
        if name in _WIDTHS:
            return _leaf(_WIDTHS[name])
        if name in self._open:
            raise InadmissibleSchemaError("a type in it contains itself")
        if name not in self._known:
            self._known[name] = self.size(self._named[name])
        return self._known[name]

    def _record(self, name: str, fields: list[dict[str, Any]]) -> _Size:
        self._open.add(name)
        sizes = [self.size(field["type"]) for field in fields]
        self._open.remove(name)
        self._known[name] = _Size(
            debt=1 + sum(size.debt for size in sizes),
            nodes=1 + sum(size.nodes for size in sizes),
            depth=1 + max((size.depth for size in sizes), default=0),
        )
        return self._known[name]

    def _repeated(self, item: Schema) -> _Size:
        size = self.size(item)
        if size.debt > 0:
            raise InadmissibleSchemaError("an array or map in it has items that take no or hardly any bytes")
        # Each item has no debt, so only the count remains, which takes at least one byte.
        return _Size(1 - NODES_PER_BYTE, 1 + size.nodes, 1 + size.depth)


def _leaf(width: int) -> _Size:
    return _Size(1 - NODES_PER_BYTE * width, 1, 1)


def _one_of(branches: list[_Size]) -> _Size:
    if not branches:
        raise InadmissibleSchemaError("a union in it has no branches")
    return _Size(
        debt=1 - NODES_PER_BYTE + max(branch.debt for branch in branches),
        nodes=1 + max(branch.nodes for branch in branches),
        depth=1 + max(branch.depth for branch in branches),
    )


_WIDTHS: Final = {
    "null": 0, "boolean": 1, "int": 1, "long": 1, "float": 4, "double": 8, "bytes": 1, "string": 1, "enum": 1,
}  # fmt: skip
