"""Times as publishers write them, and the one reading that each of them has.

- A number counts from 1970. Below 1e11 its unit is the second, below 1e14 the millisecond, else the microsecond. The
  ranges of 2000 to 2099 in these units do not touch. A text that holds a number is that number.
- A date, with or without a time of day, is ISO 8601: `2026-11-29T10:00:00.000+0000`, `2026-11-29 10:00:00 UTC`.
- A date of a mail is RFC 5322: `Sun, 29 Nov 2026 10:00:00 +0100`.
- Where no zone is written the zone is UTC, and a day without a time of day begins at midnight.
- What is finer than a millisecond is cut off.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from typing import Any, Final

from schemas.errors import FieldError

SECONDS_BELOW: Final = 10**11
MILLISECONDS_BELOW: Final = 10**14
_MICROSECONDS_BELOW: Final = 1 << 63
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
WANTED: Final = (
    "must be a time: ISO 8601, the date of a mail, or a number of seconds, milliseconds or microseconds since 1970"
)
_NUMBER: Final = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,19})?")
# The form that most write, for the sake of speed.
_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_ISO_8601: Final = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}(?=[Tt ]))"
    r"(?:[Tt ](?P<clock>[0-9]{2}:?[0-9]{2})(?:(?P<second>:?[0-9]{2})(?P<fraction>[.,][0-9]{1,30})?)?"
    # Java writes the zone's name behind its offset.
    r"(?: ?(?P<zone>[Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?))?(?:\[[A-Za-z0-9_/+-]{1,40}\])?)?"
)
# Zones by name only where RFC 5322 says what they mean: the standard library takes every other name for UTC.
_MAIL_DATE: Final = re.compile(
    r"(?:[A-Za-z]{3,9},? +)?[0-9]{1,2} [A-Za-z]{3} [0-9]{4} [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
    r"(?: (?:[+-][0-9]{4}|UTC?|GMT|Z|[ECMP][SD]T))?(?: \([A-Za-z ]{1,40}\))?"
)


def to_milliseconds(value: Any) -> int:
    """Return a value that stands for a time as whole milliseconds since the epoch, rounded down.

    Raises:
        FieldError: It is neither a number nor a date. Booleans are no numbers.
    """
    match value:
        case bool():
            raise FieldError(WANTED)
        case int() if SECONDS_BELOW <= value < MILLISECONDS_BELOW:
            return value
        case int() | float():
            return _counted(value)
        case str() if _RFC_3339.fullmatch(value):
            return _since_epoch(_from_iso_format(value))
        case str():
            return _written(value.strip())
        case _:
            raise FieldError(WANTED)


def _counted(number: float) -> int:
    size = abs(number)
    if size < SECONDS_BELOW:
        # By way of microseconds: a double's error would show in whole milliseconds.
        return round(number * 1_000_000) // 1000
    if size < MILLISECONDS_BELOW:
        return int(number // 1)
    # False for infinity and NaN too.
    if size < _MICROSECONDS_BELOW:
        return int(number // 1000)
    raise FieldError(WANTED)


def _written(text: str) -> int:
    if _NUMBER.fullmatch(text):
        return _counted(float(text) if "." in text else int(text))
    if found := _ISO_8601.fullmatch(text):
        return _iso_8601(found)
    if _MAIL_DATE.fullmatch(text) and (mailed := parsedate_tz(text)):
        return _mailed(mailed)
    raise FieldError(WANTED)


def _iso_8601(found: re.Match[str]) -> int:
    day, clock, second, fraction, zone = found.group("day", "clock", "second", "fraction", "zone")
    is_leap = second is not None and second.endswith("60")
    time_of_day = f"T{clock}{second.replace('60', '59') if is_leap else second or ''}{fraction or ''}" if clock else ""
    offset = zone if zone and zone[0] in "+-" else "+00:00" if clock else ""
    moment = _from_iso_format(f"{day}{time_of_day}{offset}")
    return _since_epoch(moment if clock else moment.replace(tzinfo=UTC)) + 1000 * is_leap


def _from_iso_format(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise FieldError(WANTED) from None


def _mailed(parts: tuple[int, int, int, int, int, int, int, int, int, int | None]) -> int:
    try:
        return _since_epoch(datetime(*parts[:6], tzinfo=UTC)) - 1000 * (parts[9] or 0)
    except ValueError:
        raise FieldError(WANTED) from None


def _since_epoch(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND
