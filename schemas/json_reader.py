"""Reading events from plain JSON: unions unwrapped, unknown fields ignored.

`null` counts as absent. An absent field takes the schema's default. In tickets and corrections `event_id` and the time
are derived from the record's position. A ticket needs only one of subject and description. Times are epoch milliseconds
or RFC 3339 texts. An enum's unknown symbol becomes UNKNOWN. A key that occurs twice is refused, because readers differ
on which one counts.
"""

import json
from functools import cache
from typing import Any, NoReturn

from schemas.catalog import current_text
from schemas.errors import BadRecord, FieldError
from schemas.events import EventName
from schemas.identity import event_id
from schemas.json_shape import Convert, Leaves, shape
from schemas.json_times import to_microseconds, to_milliseconds
from schemas.position import Position


def read(event: EventName, value: bytes, position: Position) -> dict[str, Any]:
    """Return the event in a JSON object in UTF-8, with or without a byte order mark.

    Raises:
        BadRecord: bad_framing when it is no JSON object, invalid_field when a field is missing, given twice
            or of the wrong type.
    """
    document = _derive(event, _parse(value), position)
    try:
        return _conversion(event)(document)  # type: ignore[no-any-return]  # every event is a record
    except FieldError as error:
        raise error.bad_record() from None


@cache
def _conversion(event: EventName) -> Convert:
    return shape(json.loads(current_text(event)), Leaves(to_milliseconds, to_microseconds, _enum))


def _enum(symbols: list[str], default: str) -> Convert:
    known = frozenset(symbols)

    def convert(value: Any) -> str:
        if not isinstance(value, str):
            raise FieldError("must be a string")
        return value if value in known else default

    return convert


def _parse(value: bytes) -> dict[str, Any]:
    try:
        text = value.decode("utf-8-sig")
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except BadRecord:
        raise
    except UnicodeDecodeError:
        raise BadRecord("bad_framing", "the JSON is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise BadRecord("bad_framing", f"not JSON at character {error.pos}") from None
    except RecursionError:
        raise BadRecord("bad_framing", "the JSON nests too deep") from None
    except ValueError:
        # The only error left: Python's limit on the digits of an int.
        raise BadRecord("bad_framing", "the JSON holds a number with too many digits") from None
    if not isinstance(document, dict):
        raise BadRecord("bad_framing", "the JSON is not an object")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRecord("bad_framing", "the JSON gives a key twice in one object")
    return found


def _refuse_constant(_: str) -> NoReturn:
    raise BadRecord("bad_framing", "the JSON holds NaN or Infinity, which JSON does not have")


def _derive(event: EventName, document: dict[str, Any], position: Position) -> dict[str, Any]:
    match event:
        case "TicketCreated":
            if document.get("subject") is None and document.get("description") is None:
                raise BadRecord("invalid_field", "description: missing, and so is subject")
            return _filled(document, {"subject": "", "description": "", **_from(position, "created_at")})
        case "TicketCorrected":
            return _filled(document, _from(position, "corrected_at"))
        case _:
            return document


def _filled(document: dict[str, Any], derived: dict[str, Any]) -> dict[str, Any]:
    absent = {name: value for name, value in derived.items() if document.get(name) is None}
    return document | absent


def _from(position: Position, time_field: str) -> dict[str, Any]:
    topic, partition, offset, timestamp_ms = position
    return {"event_id": event_id(topic, partition, offset, 0), time_field: timestamp_ms}
