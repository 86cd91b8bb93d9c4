"""From records of a writer's Avro schema to our events, by the names of the fields alone.

The names of records, the order of unions and the types of numbers are the writer's. In tickets and corrections ids,
attributes and other short texts may be any scalar, as in JSON, and what is left out is derived. Texts that people write
must be texts.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from schemas import json_times, sent_texts, sent_times
from schemas.avro_types import are_alike, kind_of, likeness, shown, unit_of
from schemas.avro_units import MICROSECONDS, text_of
from schemas.catalog import Schema
from schemas.derived import DERIVED
from schemas.errors import FieldError
from schemas.events import EventName
from schemas.json_shape import PRIMITIVES, Convert, map_of, string

FREE_TEXTS: Final = frozenset({"subject", "description", "reason"})
"""Texts that people write: a schema in which they are numbers means something else by the name."""
_DERIVABLE: Final = frozenset({"event_id", "subject", "description", *DERIVED.values()})
_NO_DEFAULT: Final = object()
_TEXTS: Final = frozenset({"string", "enum", "bytes", "fixed"})
_INTEGERS: Final = frozenset({"int", "long"})
_NUMBERS: Final = _INTEGERS | {"float", "double"}
_READ_AS: Final = {
    "null": type(None), "boolean": bool, "int": int, "long": int, "float": float, "double": float, "string": str,
    "enum": str, "bytes": bytes, "fixed": bytes, "array": list, "map": dict, "record": dict, "error": dict,
}  # fmt: skip


class Mismatch(ValueError):
    """The writer's schema does not resolve to ours.

    Attributes:
        fault: the fields with both types.
    """

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


class Resolved(NamedTuple):
    """How values of a writer's type become ours.

    Attributes:
        convert: of a value as fastavro returns it; raises FieldError.
        kept: the writer's type without the fields that we do not have and the branches that do not resolve.
        left_out: the faults of those branches: a record that uses one of them is refused.
    """

    convert: Convert
    kept: Schema
    left_out: tuple[str, ...] = ()


def resolve(event: EventName, writer: Schema, named: dict[str, Schema], reader: Schema) -> Resolved:
    """Return how records of this writer become events, still without what is derived.

    Args:
        event: The kind of event.
        writer: Its schema, with its units marked.
        named: The named types in it.
        reader: Our schema as JSON, with its logical types.

    Raises:
        Mismatch: No record of it could be read. It names every field at fault.
    """
    return _Resolver(event, named).record(writer, reader, "")


class _Resolver:
    def __init__(self, event: EventName, named: dict[str, Schema]) -> None:
        self._event = event
        self._named = named
        self._as_sent = event in DERIVED

    def record(self, writer: Schema, reader: Schema, path: str) -> Resolved:
        written = {field["name"]: field for field in writer["fields"]}
        fields: list[tuple[str, Convert, Any]] = []
        kept, left_out, faults = [], list[str](), list[str]()
        for ours in reader["fields"]:
            name = ours["name"]
            default = self._default(ours)
            where = f"{path}.{name}" if path else name
            theirs = written.get(name)
            if theirs is not None and are_alike(theirs["type"], ours["type"], self._named):
                kept.append({"name": name, "type": theirs["type"]})
                continue
            try:
                convert, theirs, refused = self._field(theirs, ours, default, where)
            except Mismatch as mismatch:
                faults.append(mismatch.fault)
                continue
            fields.append((name, convert, default))
            left_out += refused
            kept += [] if theirs is None else [{"name": name, "type": theirs}]
        if self._event == "TicketCreated" and not written.keys() & {"subject", "description"}:
            faults.append("description: the writer's schema has neither it nor subject")
        if faults:
            raise Mismatch("; ".join(faults))
        return Resolved(_record(fields), {"type": "record", "name": writer["name"], "fields": kept}, tuple(left_out))

    def _default(self, ours: Schema) -> Any:
        default = ours.get("default", _NO_DEFAULT)
        return None if default is _NO_DEFAULT and self._as_sent and ours["name"] in _DERIVABLE else default

    def _field(self, theirs: Schema | None, ours: Schema, default: Any, path: str) -> Resolved:
        if theirs is not None and theirs["type"] == "null" and default is not _NO_DEFAULT:
            return Resolved(_nothing, "null")
        if theirs is not None:
            return self._type(theirs["type"], ours["type"], path)
        if default is _NO_DEFAULT:
            raise Mismatch(f"{path}: the writer's schema does not have it, and it has no default")
        return Resolved(_nothing, None)

    def _type(self, writer: Schema, reader: Schema, path: str) -> Resolved:
        writer = self._named.get(writer, writer) if isinstance(writer, str) else writer
        if isinstance(reader, list):
            reader = reader[1]
        if isinstance(writer, list):
            return self._union(writer, reader, path)
        kind = kind_of(writer)
        match reader:
            case {"type": "record"} if kind == "record":
                return self.record(writer, reader, path)
            case {"type": "array", "items": items} if kind == "array":
                inner = self._type(writer["items"], items, path)
                return Resolved(_array(_given(inner.convert)), writer | {"items": inner.kept}, inner.left_out)
            case {"type": "map", "values": values} if kind == "map":
                inner = self._type(writer["values"], values, path)
                of = sent_texts.map_of if self._as_sent else map_of
                return Resolved(of(_given(inner.convert)), writer | {"values": inner.kept}, inner.left_out)
            case _:
                return Resolved(self._leaf(writer, reader, path), writer)

    def _union(self, branches: list[Schema], reader: Schema, path: str) -> Resolved:
        """Tell the branches apart by how fastavro returns their values."""
        found: dict[type, tuple[Schema, Convert]] = {}
        kept, left_out = [], list[str]()
        for branch in branches:
            theirs = self._named.get(branch, branch) if isinstance(branch, str) else branch
            if kind_of(theirs) == "null":
                kept.append(branch)
                continue
            try:
                resolved = self._type(theirs, reader, path)
            except Mismatch as mismatch:
                left_out.append(mismatch.fault)
                continue
            earlier, _ = found.setdefault(_READ_AS[kind_of(theirs)], (theirs, resolved.convert))
            if likeness(earlier) != likeness(theirs):
                both = f"{shown(earlier)} and {shown(theirs)}"
                raise Mismatch(f"{path}: the writer's union has {both}, which cannot be told apart")
            kept.append(resolved.kept)
            left_out += resolved.left_out
        if left_out and not found:
            raise Mismatch("; ".join(left_out))
        by_class = {kind: convert for kind, (_, convert) in found.items()} | {type(None): _nothing}
        return Resolved(_one_of(by_class), kept, tuple(left_out))

    def _leaf(self, writer: Schema, reader: Schema, path: str) -> Convert:
        name = path.rpartition(".")[2]
        match reader:
            case {"type": "enum", "symbols": symbols, "default": default}:
                convert = _enum(frozenset(symbols), default) if kind_of(writer) in {"string", "enum"} else None
            case {"logicalType": unit}:
                convert = self._time(writer, unit)
            case "string":
                convert = self._text(writer, scalars=self._as_sent and name not in FREE_TEXTS)
            case "boolean":
                convert = PRIMITIVES["boolean"] if kind_of(writer) == "boolean" else None
            case "int" | "long" | "double":
                convert = PRIMITIVES[reader] if kind_of(writer) in _NUMBERS and not unit_of(writer) else None
            case _:
                convert = None
        if convert is None:
            raise Mismatch(f"{path}: the writer's {shown(writer)} cannot be read as our {shown(reader)}")
        return convert

    def _text(self, writer: Schema, *, scalars: bool) -> Convert | None:
        kind, unit = kind_of(writer), unit_of(writer)
        if unit is not None:
            return text_of(unit, writer.get("scale", 0)) if scalars else None
        if kind in _TEXTS:
            return _utf_8 if kind in {"bytes", "fixed"} else string
        return sent_texts.to_text if scalars and kind in _NUMBERS | {"boolean"} else None

    def _time(self, writer: Schema, ours: str) -> Convert | None:
        kind, unit = kind_of(writer), unit_of(writer)
        milliseconds = ours == "timestamp-millis"
        if unit in MICROSECONDS:
            to_us = MICROSECONDS[unit]
            return (lambda count: to_us(count) // 1000) if milliseconds else to_us
        if unit is not None:
            return None
        if kind == "string":
            return self._written_time(milliseconds=milliseconds)
        if kind in _NUMBERS and self._as_sent:
            return sent_times.to_milliseconds
        # Without a unit the writer's is ours.
        return PRIMITIVES["long"] if kind in _INTEGERS else None

    def _written_time(self, *, milliseconds: bool) -> Convert:
        if self._as_sent:
            return lambda text: sent_times.to_milliseconds(text) if text.strip() else None
        return json_times.to_milliseconds if milliseconds else json_times.to_microseconds


def _record(changed: list[tuple[str, Convert, Any]]) -> Convert:
    """Return the conversion of records in which the other fields stay as they are."""

    def convert(value: dict[str, Any]) -> dict[str, Any]:
        # fastavro made it for this record alone, with our fields only.
        for name, inner, default in changed:
            value[name] = _value(name, value.get(name), inner, default)
        return value

    return convert


def _value(name: str, value: Any, convert: Convert, default: Any) -> Any:
    try:
        converted = None if value is None else convert(value)
    except FieldError as error:
        raise error.within(name) from None
    if converted is not None:
        return converted
    if default is _NO_DEFAULT:
        raise FieldError("missing", name)
    return default.copy() if isinstance(default, dict | list) else default


def _one_of(by_class: dict[type, Convert]) -> Convert:
    def convert(value: Any) -> Any:
        # Where fields are skipped, fastavro may read bytes as the string of another branch.
        found = by_class.get(type(value))
        if found is None:
            raise FieldError("is of a type that its union does not have")
        return found(value)

    return convert


def _array(inner: Convert) -> Convert:
    return lambda items: [inner(item) for item in items]


def _given(inner: Convert) -> Convert:
    """Return a conversion that refuses null, which a writer's union may let pass."""

    def convert(value: Any) -> Any:
        if value is None:
            raise FieldError("must not hold a null")
        return inner(value)

    return convert


def _nothing(_: Any) -> None:
    return None


def _utf_8(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise FieldError("must be text: its bytes are not UTF-8") from None


def _enum(symbols: frozenset[str], default: str) -> Callable[[str], str]:
    return lambda symbol: symbol if symbol in symbols else default
