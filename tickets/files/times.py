"""Times as exports write them."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

Order = Literal["dmy", "mdy"]
"""Whether the day stands before the month, or the month before the day, in dates such as 05/11/2026."""

SECONDS_BELOW: Final = 10**11
MILLISECONDS_BELOW: Final = 10**14

_MONTHS = (
    ("january", "enero"), ("february", "febrero"), ("march", "marzo"), ("april", "abril"), ("may", "mayo"),
    ("june", "junio"), ("july", "julio"), ("august", "agosto"), ("september", "septiembre", "setiembre"),
    ("october", "octubre"), ("november", "noviembre"), ("december", "diciembre"),
)  # fmt: skip
_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?")
_CLOCK = re.compile(
    r"(?P<date>.*?\d)(?:T|(?:,| -)? (?:at |a las )?)"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?: ?(?P<half>[ap])\.? ?m\.?)?"
    r"(?: ?(?:(?P<zone>Z|[A-Z]{3,4})|(?:UTC|GMT)?(?P<offset>[+-]\d{2}(?::?\d{2})?)))?(?: \([^()]*\))?",
    re.IGNORECASE,
)
# The names of RFC 5322, section 4.3, and those of Central Europe, in hours.
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "cet": 1, "cest": 2,
}  # fmt: skip
# `Sun Nov 29 10:00:00 UTC 2026`, as Unix and Java write it.
_YEAR_LAST = re.compile(r"(\w+ \d{1,2}) (\d{1,2}:\d{2}:\d{2})( [A-Z]{1,4}| [+-]\d{4})? (\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_YEAR_BEHIND = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
_WEEKDAY = r"(?:[^\W\d]+\.?,? )?"
_DAY_AND_NAME = re.compile(
    _WEEKDAY + r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: |-|/|\. ?)(?:de )?"
    r"(?P<month>[^\W\d]+)\.?(?: |-|/|, )(?:del? )?(?P<year>\d{4}|\d{2})"
)
_NAME_AND_DAY = re.compile(_WEEKDAY + r"(?P<month>[^\W\d]+)\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})")


def epoch_ms(text: str, order: Order | None) -> int | None:
    """The time of a text in milliseconds since 1970, or None when it is no time.

    A number below 1e11 is seconds, below 1e14 milliseconds, else microseconds. A time without a zone is UTC. A date
    without a time is midnight.

    Args:
        text: RFC 3339, ISO 8601, RFC 5322, a number, or a date with a time as people write it, in English or Spanish.
        order: decides dates such as 05/11/2026; without it they are no times.
    """
    text = " ".join(text.split())
    if _NUMBER.fullmatch(text):
        return _of_number(Decimal(text))
    date, clock = _divided(text)
    day = _day(date, order)
    if day is None:
        return None
    try:
        moment = datetime(*day, tzinfo=UTC)
        return _since_1970_ms(moment + _since_midnight(clock) if clock else moment)
    except (ValueError, OverflowError):
        return None


def order_of(text: str) -> Order | Literal["either"] | None:
    """What a text says of the order of day and month: `either` for 05/11/2026, None when it says nothing."""
    match = _YEAR_BEHIND.fullmatch(_divided(" ".join(text.split()))[0])
    if match is None or match.group(2) == ".":
        return None
    first, second = int(match.group(1)), int(match.group(3))
    return None if first == second or max(first, second) > 31 or min(first, second) > 12 else _decided(first, second)


def _of_number(number: Decimal) -> int:
    size = abs(number)
    if size < SECONDS_BELOW:
        return int(number * 1000)
    return int(number) if size < MILLISECONDS_BELOW else int(number / 1000)


def _since_1970_ms(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _divided(text: str) -> tuple[str, re.Match[str] | None]:
    """The date, and the match of the time behind it."""
    text = _YEAR_LAST.sub(r"\1 \4 \2\3", text)
    clock = _CLOCK.fullmatch(text)
    return (clock["date"], clock) if clock else (text, None)


def _since_midnight(clock: re.Match[str]) -> timedelta:
    hour, minute, second = (int(clock[name] or 0) for name in ("hour", "minute", "second"))
    if clock["half"]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if clock["half"] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError
    micros = int((clock["fraction"] or "").ljust(6, "0")[:6])
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micros) - _offset(clock)


def _offset(clock: re.Match[str]) -> timedelta:
    if zone := clock["zone"]:
        if zone.casefold() not in _ZONES:
            raise ValueError
        return timedelta(hours=_ZONES[zone.casefold()])
    sign, digits = (clock["offset"] or "+")[0], (clock["offset"] or "+")[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError
    return timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)


def _day(date: str, order: Order | None) -> tuple[int, int, int] | None:
    if match := _YEAR_FIRST.fullmatch(date):
        return int(match.group(1)), int(match.group(3)), int(match.group(4))
    if match := _YEAR_BEHIND.fullmatch(date):
        return _ordered(match, order)
    if match := _DAY_AND_NAME.fullmatch(date) or _NAME_AND_DAY.fullmatch(date):
        month = _month(match["month"].casefold())
        return (_year(match["year"]), month, int(match["day"])) if month else None
    return None


def _ordered(match: re.Match[str], order: Order | None) -> tuple[int, int, int] | None:
    first, second, year = int(match.group(1)), int(match.group(3)), _year(match.group(4))
    # Nowhere do points stand in dates that begin with the month.
    decided = "dmy" if match.group(2) == "." else order or _decided(first, second)
    match decided:
        case "dmy":
            return year, second, first
        case "mdy":
            return year, first, second
        case _:
            return None


def _decided(first: int, second: int) -> Order | Literal["either"]:
    if first == second or first > 12:
        return "dmy"
    return "mdy" if second > 12 else "either"


def _year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _month(word: str) -> int | None:
    """The month that a name, or the beginning of one from three letters on, stands for."""
    if len(word) < 3:
        return None
    return next((at for at, names in enumerate(_MONTHS, 1) if any(name.startswith(word) for name in names)), None)
