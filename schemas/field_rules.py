"""The rules for the fields of an event beyond their Avro types; the same for all framings.

- `event_id`, `ticket_id` and every other name that joins records (see `IDENTIFIERS`): not blank, at most 256
  characters, no control characters, line separators or characters that reverse the direction of writing.
- Times: from 2000 to 2099. (`source.timestamp` comes from Kafka and is not checked.)
- Numbers: `int` within 32 bits, `double` finite.

Free text (subject, description, attributes, reason and the like) may be any Unicode text, NUL included.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from math import isfinite
from typing import Any, Final

from schemas.catalog import Schema, current_text
from schemas.errors import BadRecord
from schemas.events import EventName

IDENTIFIERS: Final = frozenset(
    {
        "alert_id", "category", "event_id", "judged_event_id", "subcategory", "ticket_event_id", "ticket_id",
    }
)  # fmt: skip
MAX_IDENTIFIER_CHARACTERS: Final = 256
EARLIEST_MS: Final = 946_684_800_000  # 2000-01-01T00:00:00Z
LATEST_MS: Final = 4_102_444_800_000  # 2100-01-01T00:00:00Z, the first instant too late

Check = Callable[[Any], str | None]
"""Returns what is wrong with a value, without the value, or None."""

_UNFIT_IN_IDENTIFIERS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def check(event: EventName, fields: dict[str, Any]) -> None:
    """Check an event whose fields already have the types of the schema.

    Raises:
        BadRecord: invalid_field, naming the first field that breaks a rule.
    """
    for name, fault_of in checks(event):
        fault = fault_of(fields[name])
        if fault is not None:
            raise BadRecord("invalid_field", f"{name}: {fault}")


@cache
def checks(event: EventName) -> tuple[tuple[str, Check], ...]:
    """Return the rules of an event by field name; fields without a rule are left out."""
    return _record_checks(json.loads(current_text(event)))


def _record_checks(record: Schema) -> tuple[tuple[str, Check], ...]:
    found = [(field["name"], _check_of(field["name"], field["type"])) for field in record["fields"]]
    return tuple((name, rule) for name, rule in found if rule is not None)


def _check_of(name: str, schema: Schema) -> Check | None:
    match schema:
        case ["null", inner]:
            return _unless_null(_check_of(name, inner))
        case {"type": "array", "items": item}:
            return _all_items(_check_of("", item))
        case {"type": "record"}:
            return _within(_record_checks(schema))
        case _:
            return _leaf_check(name, schema)


def _leaf_check(name: str, schema: Schema) -> Check | None:
    match schema:
        case {"logicalType": "timestamp-millis"} if name != "timestamp":
            return _time_ms
        case {"logicalType": "timestamp-micros"}:
            return _time_us
        case "string" if name in IDENTIFIERS:
            return _identifier
        case "int":
            return _int32
        case "double":
            return _finite
        case _:
            return None


def _identifier(value: str) -> str | None:
    if len(value) > MAX_IDENTIFIER_CHARACTERS:
        return f"longer than {MAX_IDENTIFIER_CHARACTERS} characters"
    if not value.strip():
        return "blank"
    # isprintable is quick, and false for every text in which the expression finds something.
    if not value.isprintable() and _UNFIT_IN_IDENTIFIERS.search(value):
        return "contains control characters"
    return None


def _time_ms(value: int) -> str | None:
    return None if EARLIEST_MS <= value < LATEST_MS else "not a time from 2000 to 2099"


def _time_us(value: int) -> str | None:
    return None if EARLIEST_MS * 1000 <= value < LATEST_MS * 1000 else "not a time from 2000 to 2099"


def _int32(value: int) -> str | None:
    return None if -(1 << 31) <= value < 1 << 31 else "outside 32 bits"


def _finite(value: float) -> str | None:
    return None if isfinite(value) else "not a finite number"


def _unless_null(rule: Check | None) -> Check | None:
    return None if rule is None else lambda value: None if value is None else rule(value)


def _all_items(rule: Check | None) -> Check | None:
    return None if rule is None else lambda items: next(filter(None, map(rule, items)), None)


def _within(rules: tuple[tuple[str, Check], ...]) -> Check:
    def fault_of(record: dict[str, Any]) -> str | None:
        for name, rule in rules:
            fault = rule(record[name])
            if fault is not None:
                return f"{name}: {fault}"
        return None

    return fault_of
