"""What tickets and corrections may leave out: their event_id and time follow from the position of their record.

A ticket may leave out its subject or its description, but not both.
"""

from collections.abc import Mapping
from typing import Any, Final

from schemas.errors import FieldError
from schemas.events import EventName
from schemas.field_rules import EARLIEST_MS, LATEST_MS
from schemas.identity import event_id
from schemas.position import Position
from schemas.sent_times import to_milliseconds

DERIVED: Final[Mapping[EventName, str]] = {"TicketCreated": "created_at", "TicketCorrected": "corrected_at"}
"""The events that publishers write, and the field of their time."""


def fill(event: EventName, fields: dict[str, Any], position: Position) -> None:
    """Put in what is absent or null and follows from the record; of other events nothing does.

    Raises:
        FieldError: A ticket has neither subject nor description.
    """
    if event not in DERIVED:
        return
    if event == "TicketCreated":
        _fill_texts(fields)
    if fields.get("event_id") is None:
        fields["event_id"] = event_id(position[0], position[1], position[2], 0)
    time_field = DERIVED[event]
    if _is_blank(fields.get(time_field)):
        timestamp = position[3]
        usual = EARLIEST_MS <= timestamp < LATEST_MS
        fields[time_field] = timestamp if usual else _milliseconds(timestamp, time_field)


def timed(position: Position, read_ms: int) -> Position:
    """Return the position with the time of reading where the record has no timestamp that could be a time.

    Producers write -1 or 0 for none, and some write seconds or microseconds. These are times and stay as they are.

    Args:
        position: Of a record as it was read.
        read_ms: When it was read, in milliseconds since the epoch.
    """
    timestamp = position[3]
    if EARLIEST_MS <= timestamp < LATEST_MS or _is_time_in_another_unit(timestamp):
        return position
    return position._replace(timestamp_ms=read_ms)


def _is_time_in_another_unit(timestamp: int) -> bool:
    try:
        return EARLIEST_MS <= to_milliseconds(timestamp) < LATEST_MS
    except FieldError:
        return False


def _milliseconds(timestamp: int, time_field: str) -> int:
    try:
        return to_milliseconds(timestamp)
    except FieldError as error:
        raise error.within(time_field) from None


def _fill_texts(ticket: dict[str, Any]) -> None:
    if ticket.get("subject") is None:
        if ticket.get("description") is None:
            raise FieldError("missing, and so is subject", "description")
        ticket["subject"] = ""
    elif ticket.get("description") is None:
        ticket["description"] = ""


def _is_blank(value: Any) -> bool:
    # Exports write an absent time as a text of nothing.
    return value is None or (isinstance(value, str) and not value.strip())
