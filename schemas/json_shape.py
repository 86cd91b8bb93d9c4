"""The conversion of values along a schema, for reading and for writing JSON."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final, NamedTuple

from schemas.catalog import Schema
from schemas.errors import FieldError

Convert = Callable[[Any], Any]
"""Returns a value in the target form; raises FieldError when its type does not fit the schema."""

_REQUIRED: Final = object()


class Leaves(NamedTuple):
    """The conversions in which reading and writing differ."""

    time_ms: Convert
    time_us: Convert
    enum: Callable[[list[str], str], Convert]
    """Makes a conversion from an enum's symbols and its default."""
    text: Convert
    map_of: Callable[[Convert], Convert]
    """Makes a conversion of maps from the conversion of their values."""


def shape(schema: Schema, leaves: Leaves) -> Convert:
    """Return the conversion for a schema with its logical types.

    The fields of records get the order of the schema; fields that are not in the schema are dropped.
    """
    match schema:
        case ["null", inner]:
            return shape(inner, leaves)
        case {"type": "record"}:
            return _record(schema, leaves)
        case {"type": "array", "items": item}:
            return _array(shape(item, leaves))
        case {"type": "map", "values": values}:
            return leaves.map_of(shape(values, leaves))
        case _:
            return _leaf(schema, leaves)


def _leaf(schema: Schema, leaves: Leaves) -> Convert:
    match schema:
        case {"type": "enum", "symbols": symbols, "default": default}:
            return leaves.enum(symbols, default)
        case {"logicalType": "timestamp-millis"}:
            return leaves.time_ms
        case {"logicalType": "timestamp-micros"}:
            return leaves.time_us
        case "string":
            return leaves.text
        case _:
            return PRIMITIVES[schema]


def _record(schema: Schema, leaves: Leaves) -> Convert:
    fields = [
        (field["name"], shape(field["type"], leaves), field.get("default", _REQUIRED)) for field in schema["fields"]
    ]

    def convert(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise FieldError("must be an object")
        return {name: _field(name, value.get(name), inner, default) for name, inner, default in fields}

    return convert


def _field(name: str, value: Any, convert: Convert, default: Any) -> Any:
    if value is None:
        if default is _REQUIRED:
            raise FieldError("missing", name)
        return default.copy() if isinstance(default, dict | list) else default
    try:
        return convert(value)
    except FieldError as error:
        raise error.within(name) from None


def _array(item: Convert) -> Convert:
    def convert(value: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise FieldError("must be an array")
        return [item(element) for element in value]

    return convert


def map_of(inner: Convert) -> Convert:
    """Return the conversion of maps whose values are converted by `inner`."""

    def convert(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise FieldError("must be an object")
        return {string(key): inner(element) for key, element in value.items()}

    return convert


def string(value: Any) -> str:
    """Return a text that UTF-8 can hold, as it is.

    Raises:
        FieldError: It is no text, or holds half of a surrogate pair.
    """
    if not isinstance(value, str):
        raise FieldError("must be a string")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise FieldError("must be valid Unicode: it holds half of a surrogate pair") from None
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise FieldError("must be true or false")
    return value


def whole_number(bits: int) -> Convert:
    """Return the conversion to an int of this many bits, sign included."""
    limit = 1 << (bits - 1)

    def convert(value: Any) -> int:
        # JSON has one kind of number, and some writers write every number with a fraction.
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if isinstance(number, bool) or not isinstance(number, int) or not -limit <= number < limit:
            raise FieldError(f"must be a whole number of at most {bits} bits")
        return number

    return convert


def _double(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError("must be a number")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise FieldError("must be a finite number")
    return number


PRIMITIVES: Final[dict[str, Convert]] = {
    "boolean": _boolean,
    "int": whole_number(32),
    "long": whole_number(64),
    "double": _double,
}
