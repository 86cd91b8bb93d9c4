"""Writing events as plain JSON, with fields in the order of the schema and times in epoch milliseconds.

A time in microseconds is written as milliseconds with a fraction.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from schemas.catalog import Schema
from schemas.errors import FieldError
from schemas.json_shape import Convert, Leaves, map_of, shape, string, whole_number
from schemas.json_times import from_microseconds

_long = whole_number(64)

Write = Callable[[Mapping[str, Any]], bytes]
"""Returns a record as one JSON object in UTF-8, without white space; raises BadRecord (invalid_field)."""


def writer(record: Schema) -> Write:
    """Return the function that writes records of this schema, given with its logical types."""
    convert = shape(record, Leaves(_long, _time_us, _enum, string, map_of))

    def write(fields: Mapping[str, Any]) -> bytes:
        try:
            document = convert(fields)
        except FieldError as error:
            raise error.bad_record() from None
        return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()

    return write


def _time_us(value: Any) -> float:
    return from_microseconds(_long(value))


def _enum(symbols: list[str], _: str) -> Convert:
    def convert(value: Any) -> Any:
        if value not in symbols:
            raise FieldError("must be one of " + ", ".join(symbols))
        return value

    return convert
