"""What the numbers and bytes of a writer's Avro schema stand for: times, dates, decimals, UUIDs.

A unit is a logical type of the Avro specification, or a `connect.name`, by which Kafka Connect and Debezium mark the
same things. A unit that does not fit its type is none, as the specification has it.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from schemas.catalog import UNIT, Schema
from schemas.errors import FieldError

DAY_US: Final = 86_400 * 10**6
MICROSECONDS: Final[Mapping[str, Callable[[int], int]]] = {
    "timestamp-millis": lambda count: count * 1000,
    "timestamp-micros": lambda count: count,
    "timestamp-nanos": lambda count: count // 1000,
    "date": lambda count: count * DAY_US,
}
"""Microseconds since the epoch from a count of each unit that names a moment."""
_TIMES_OF_DAY: Final[Mapping[str, Callable[[int], int]]] = {
    "time-millis": lambda count: count * 1000,
    "time-micros": lambda count: count,
    "time-nanos": lambda count: count // 1000,
}
_BASES: Final[Mapping[str, tuple[str, ...]]] = {
    "timestamp-millis": ("long",), "timestamp-micros": ("long",), "timestamp-nanos": ("long",), "date": ("int",),
    "time-millis": ("int",), "time-micros": ("long",), "time-nanos": ("long",), "decimal": ("bytes", "fixed"),
    "uuid": ("fixed",), "duration": ("fixed",),
}  # fmt: skip
"""The types that a unit may belong to. A `uuid` in a string is a text like any other."""
_CONNECT: Final[Mapping[str, str]] = {
    "io.debezium.time.Date": "date",
    "io.debezium.time.MicroTime": "time-micros",
    "io.debezium.time.MicroTimestamp": "timestamp-micros",
    "io.debezium.time.NanoTime": "time-nanos",
    "io.debezium.time.NanoTimestamp": "timestamp-nanos",
    "io.debezium.time.Time": "time-millis",
    "io.debezium.time.Timestamp": "timestamp-millis",
    "org.apache.kafka.connect.data.Date": "date",
    "org.apache.kafka.connect.data.Decimal": "decimal",
    "org.apache.kafka.connect.data.Time": "time-millis",
    "org.apache.kafka.connect.data.Timestamp": "timestamp-millis",
}
MAX_DECIMAL_BYTES: Final = 64
MAX_SCALE: Final = 128
_UUID_BYTES: Final = 16
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DROPPED: Final = frozenset({"default", "doc", "aliases", "order", "logicalType", "connect.name", "scale", UNIT})


def marked(schema: Schema) -> Schema:
    """Return the schema with its units in one form, and without what reading never needs.

    fastavro does not know the key of a unit, so that times stay numbers. The defaults of writers are left out because
    some registries contain invalid ones.
    """
    match schema:
        case dict():
            kept = {key: marked(value) for key, value in schema.items() if key not in _DROPPED}
            unit = _unit(schema)
            if unit == "decimal":
                kept["scale"] = schema.get("scale", 0)
            return kept | {UNIT: unit} if unit else kept
        case list():
            return [marked(branch) for branch in schema]
        case _:
            return schema


def _unit(schema: dict[str, Any]) -> str | None:
    logical, connect = schema.get("logicalType"), schema.get("connect.name")
    # The local times of a writer are read as UTC, like every time without a zone.
    unit = logical.removeprefix("local-") if isinstance(logical, str) else None
    if unit not in _BASES:
        unit = _CONNECT.get(connect) if isinstance(connect, str) else None
    if unit is None or schema.get("type") not in _BASES[unit]:
        return None
    match unit:
        case "decimal":
            scale = schema.get("scale", 0)
            return unit if isinstance(scale, int) and 0 <= scale <= MAX_SCALE else None
        case "uuid":
            return unit if schema.get("size") == _UUID_BYTES else None
        case _:
            return unit


def text_of(unit: str, scale: int) -> Callable[[Any], str] | None:
    """Return the conversion of a value in this unit to text; None when there is no text for the unit.

    Decimals keep the places of their schema, moments are RFC 3339 in UTC.
    """
    match unit:
        case "decimal":
            return lambda value: _decimal(value, scale)
        case "uuid":
            return lambda value: str(UUID(bytes=value))
        case "date":
            return lambda value: _moment(value * DAY_US).date().isoformat()
        case _ if unit in MICROSECONDS:
            return lambda value: _moment(MICROSECONDS[unit](value)).isoformat().replace("+00:00", "Z")
        case _ if unit in _TIMES_OF_DAY:
            return lambda value: _moment(_TIMES_OF_DAY[unit](value)).time().isoformat()
        case _:
            return None


def _decimal(value: bytes, scale: int) -> str:
    if len(value) > MAX_DECIMAL_BYTES:
        raise FieldError(f"must be a decimal of at most {MAX_DECIMAL_BYTES} bytes")
    # Arithmetic would round to the 28 digits of the context.
    return format(Decimal(f"{int.from_bytes(value, 'big', signed=True)}e-{scale}"), "f")


def _moment(microseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise FieldError("must be a time within the years 1 to 9999") from None
