"""What was found out about a file of tickets, in words."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from schemas.events import TicketCreated
from tickets.files.bad_lines import listed, shown
from tickets.files.encoding import encoding_shown
from tickets.files.ticket_file import Choices, TicketFile

_SHOWN_CHARACTERS = 300
_FORMATS = {"csv": "CSV", "json": "JSON", "jsonl": "JSON Lines"}
_ORDERS = {"dmy": "dates begin with the day", "mdy": "dates begin with the month"}


def form_shown(file: TicketFile, choices: Choices) -> str:
    """Format, encoding, delimiter and order of dates: which were taken, and by which option each can be changed."""
    form = file.form
    parts = [f"{_FORMATS[form.format]} in {encoding_shown(form.encoding)}{_found('encoding', choices.encoding)}"]
    if form.table:
        parts.append(
            f"delimiter {_delimiter_shown(form.table.dialect.delimiter)}{_found('delimiter', choices.delimiter)}"
        )
    if file.date_order:
        parts.append(f"{_ORDERS[file.date_order]}{_found('date-order', choices.date_order)}")
    return ", ".join(parts)


def _found(option: str, chosen: str | None) -> str:
    return "" if chosen else f" (found; --{option} names another)"


def _delimiter_shown(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else shown(delimiter) or repr(delimiter)


def columns_shown(file: TicketFile) -> Iterator[str]:
    """Which columns hold which field, and which become attributes."""
    fields = [f"{field} from {listed(columns)}" for field, columns in file.used.items() if columns]
    yield "; ".join(fields) or "no field was found"
    if not file.used["id"]:
        yield "no column holds an id: each ticket gets one made from its content"
    if file.attributes:
        yield f"attributes: {listed(file.attributes)}"


def ticket_shown(line: int, ticket: TicketCreated) -> str:
    """A ticket as it would be published, one field a line."""
    created_at = datetime.fromtimestamp(ticket["created_at"] / 1000, UTC).isoformat(timespec="milliseconds")
    values = {**ticket, "created_at": created_at.replace("+00:00", "Z")}
    return "\n".join([f"\nline {line}", *(f"  {name:<12} {_value_shown(value)}" for name, value in values.items())])


def _value_shown(value: object) -> str:
    """A value as JSON, which has no control characters that a terminal would obey."""
    text = "".join(char if char.isprintable() else _escaped(char) for char in json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _escaped(char: str) -> str:
    return json.dumps(char)[1:-1]
