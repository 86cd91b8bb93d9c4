"""Times in JSON: epoch milliseconds or RFC 3339 text."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from schemas.errors import FieldError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_LIMIT_MS: Final = (1 << 63) // 1000
"""From here on microseconds do not fit into an Avro long. The comparison is false for infinity and NaN too."""
_WANTED: Final = "must be a time: epoch milliseconds, or RFC 3339 with its offset from UTC"


def to_microseconds(value: Any) -> int:
    """Return a JSON value as microseconds since the epoch.

    Numbers are milliseconds and may have a fraction: a double is precise to the microsecond until the year 2255.

    Raises:
        FieldError: It is neither a number nor an RFC 3339 date and time.
    """
    match value:
        case bool():
            raise FieldError(_WANTED)
        case int() if abs(value) < _LIMIT_MS:
            return value * 1000
        case float() if abs(value) < _LIMIT_MS:
            return round(value * 1000)
        case str() if _RFC_3339.fullmatch(value):
            return _from_text(value)
        case _:
            raise FieldError(_WANTED)


def to_milliseconds(value: Any) -> int:
    """Return a JSON value as whole milliseconds since the epoch, rounded down.

    Raises:
        FieldError: It is neither a number nor an RFC 3339 date and time.
    """
    return to_microseconds(value) // 1000


def from_microseconds(value: int) -> float:
    """Return microseconds since the epoch as milliseconds with a fraction, the form in JSON."""
    return value / 1000


def _from_text(text: str) -> int:
    try:
        return (datetime.fromisoformat(text.upper()) - _EPOCH) // _MICROSECOND
    except ValueError:
        raise FieldError(_WANTED) from None
