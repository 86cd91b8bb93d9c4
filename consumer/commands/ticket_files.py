"""From the rows of a file to tickets."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from schemas import field_rules
from schemas.errors import BadRecord
from schemas.events import TicketCreated
from schemas.identity import named
from tickets.files.bad_lines import BadLine
from tickets.files.rows import Row
from tickets.files.ticket_file import TicketFile
from tickets.files.times import Order, epoch_ms

# The order in which they were first hashed: an event_id must never change.
_CONTENT = ("channel", "description", "id", "language", "subject")

_NO_TIME = (
    "created_at: not a time that can be read, as 2026-11-29T10:00:00Z is; --map created_at=COLUMN names another "
    "column, and --map created_at= none"
)


class FileTicket(NamedTuple):
    """A ticket, and the line in which its row begins."""

    line: int
    ticket: TicketCreated


def tickets_of(file: TicketFile, now_ms: int, max_bytes: int) -> Iterator[FileTicket | BadLine]:
    """Each row of the file as a ticket, or as a problem.

    A row without an id gets one made from its content. The event_id is always made from the content, so that
    publishing the same file twice answers each ticket once.

    Args:
        file: Read for the fields of `tickets.files.names.TICKET`.
        now_ms: becomes `created_at` of rows without one.
        max_bytes: The service takes no larger tickets.
    """
    for row in file.rows():
        yield row if isinstance(row, BadLine) else _ticket(row, file.date_order, now_ms, max_bytes)


def _ticket(row: Row, date_order: Order | None, now_ms: int, max_bytes: int) -> FileTicket | BadLine:
    fields = row.fields
    if not (fields["subject"] or "").strip() and not (fields["description"] or "").strip():
        return BadLine(row.line, "has neither subject nor description")
    created_at = epoch_ms(fields["created_at"], date_order) if fields["created_at"] else None
    if fields["created_at"] and created_at is None:
        return BadLine(row.line, _NO_TIME)
    digest = _digest(row, created_at)
    ticket: TicketCreated = {
        "event_id": named(f"published|{digest}"),
        "ticket_id": fields["id"] or f"T-{digest[:16]}",
        "subject": fields["subject"] or "",
        "description": fields["description"] or "",
        "language": fields["language"] or None,
        "channel": fields["channel"] or None,
        "attributes": row.attributes,
        "created_at": now_ms if created_at is None else created_at,
    }
    problem = _problem(ticket, max_bytes)
    return BadLine(row.line, problem) if problem else FileTicket(row.line, ticket)


def _digest(row: Row, created_at: int | None) -> str:
    content: list[Any] = [row.fields[name] for name in _CONTENT]
    # Rows with neither keep the event_ids that they had before these were read.
    if row.attributes or created_at is not None:
        content += [dict(sorted(row.attributes.items())), created_at]
    return sha256(json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def _problem(ticket: TicketCreated, max_bytes: int) -> str | None:
    """The reason why the ticket could not be encoded. It is checked here because the line number is known here."""
    texts = [value for value in ticket.values() if isinstance(value, str)]
    try:
        size_bytes = len("".join([*texts, *ticket["attributes"], *ticket["attributes"].values()]).encode())
        field_rules.check("TicketCreated", {**ticket})
    except UnicodeEncodeError:
        return "is not UTF-8"
    except BadRecord as bad:
        return bad.detail
    return f"is larger than MAX_TICKET_BYTES={max_bytes}, attributes included" if size_bytes > max_bytes else None
