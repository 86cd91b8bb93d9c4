"""Reading events from plain JSON: unions unwrapped, unknown fields ignored.

`null` counts as absent. An absent field takes the schema's default. An enum's unknown symbol becomes UNKNOWN. A key
that occurs twice is refused, because readers differ on which one counts.

Tickets and corrections are read as help desks send them. Their texts may be any scalar (`schemas.sent_texts`), their
times are read by `schemas.sent_times`, and what they leave out is derived (`schemas.derived`). The events of this
service have strict types, and their times are epoch milliseconds or RFC 3339 texts.
"""

import json
from functools import cache
from typing import Any, NoReturn

from schemas import json_times, sent_texts, sent_times
from schemas.catalog import current_text
from schemas.derived import DERIVED, fill
from schemas.errors import BadRecord, FieldError
from schemas.events import EventName
from schemas.json_shape import Convert, Leaves, map_of, shape, string
from schemas.position import Position


def read(event: EventName, value: bytes, position: Position) -> dict[str, Any]:
    """Return the event in a JSON object in UTF-8, with or without a byte order mark.

    Raises:
        BadRecord: bad_framing when it is no JSON object, invalid_field when a field is missing, given twice
            or of the wrong type.
    """
    document = _parse(value)
    try:
        fill(event, document, position)
        return _conversion(event)(document)  # type: ignore[no-any-return]  # every event is a record
    except FieldError as error:
        raise error.bad_record() from None


@cache
def _conversion(event: EventName) -> Convert:
    return shape(json.loads(current_text(event)), _AS_SENT if event in DERIVED else _STRICT)


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


_STRICT = Leaves(json_times.to_milliseconds, json_times.to_microseconds, _enum, string, map_of)
_AS_SENT = Leaves(sent_times.to_milliseconds, json_times.to_microseconds, _enum, sent_texts.to_text, sent_texts.map_of)
