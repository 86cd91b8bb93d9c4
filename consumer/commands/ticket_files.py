"""Reads tickets from files line by line: JSONL or CSV, plain or gzip."""

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, NamedTuple

from schemas import field_rules
from schemas.errors import BadRecord
from schemas.events import TicketCreated
from schemas.identity import named

# An unclosed quote makes the rest of a file one field. No ticket has a field of this length.
MAX_FIELD_CHARACTERS = 512 * 1024


class BadLine(NamedTuple):
    """A line that is no ticket, and why. The text of the line is not shown."""

    line: int
    problem: str


class _Unreadable(NamedTuple):
    problem: str


def read_tickets(path: Path, now_ms: int) -> Iterator[TicketCreated | BadLine]:
    """Each line of the file as a ticket, or as a problem.

    A line without an id gets one made from its content. The event_id is always made from the content, so that
    publishing the same file twice answers each ticket once.

    Args:
        path: `.jsonl` or `.csv` with the columns subject, description and optionally id (or ticket_id), language
            and channel; both may also end in `.gz`. Other columns are ignored.
        now_ms: becomes `created_at`.

    Raises:
        OSError: the file cannot be read.
        ValueError: its name has another ending, or a CSV file lacks its columns.
    """
    kind = path.name.removesuffix(".gz").rpartition(".")[2].lower()
    with _lines(path) as lines:
        match kind:
            case "jsonl" | "ndjson":
                rows = _json_rows(lines)
            case "csv":
                reader = csv.DictReader(lines)
                if not {"subject", "description"} & set(reader.fieldnames or ()):
                    raise ValueError("has no column named subject or description in its first line")
                rows = _csv_rows(reader)
            case _:
                raise ValueError("is neither .jsonl nor .csv (a .gz behind it is fine)")
        yield from (_ticket(number, row, now_ms) for number, row in rows)


def count_lines(path: Path) -> int:
    """The number of lines of the file, to show progress."""
    with _lines(path) as lines:
        return sum(1 for _ in lines)


@contextmanager
def _lines(path: Path) -> Iterator[IO[str]]:
    """The lines of the file; bytes that are not UTF-8 become lone surrogates, which no ticket may hold."""
    try:
        if path.name.endswith(".gz"):
            with gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
                yield lines
        else:
            with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
                yield lines
    except (EOFError, zlib.error) as error:
        raise OSError(f"it is damaged: {error}") from error


def _json_rows(lines: Iterable[str]) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, _Unreadable("is not JSON")


def _csv_rows(reader: "csv.DictReader[str]") -> Iterator[tuple[int, Any]]:
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # The reader goes on with the next line.
            yield reader.line_num, _Unreadable(f"is not CSV: {error}")
        else:
            yield reader.line_num, row


def _ticket(line: int, row: Any, now_ms: int) -> TicketCreated | BadLine:
    if isinstance(row, _Unreadable):
        return BadLine(line, row.problem)
    if not isinstance(row, dict):
        return BadLine(line, "is not a JSON object")
    texts = {name: row.get(name) for name in ("subject", "description", "language", "channel")}
    texts["id"] = row.get("id", row.get("ticket_id"))
    wrong = [name for name, value in texts.items() if value is not None and not isinstance(value, str | int)]
    if wrong:
        return BadLine(line, f"{', '.join(wrong)}: not text")
    found = {name: None if value is None else str(value) for name, value in texts.items()}
    if not (found["subject"] or "").strip() and not (found["description"] or "").strip():
        return BadLine(line, "has neither subject nor description")
    content = json.dumps([found[name] for name in sorted(found)], ensure_ascii=False)
    digest = sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    ticket: TicketCreated = {
        "event_id": named(f"published|{digest}"),
        "ticket_id": found["id"] or f"T-{digest[:16]}",
        "subject": found["subject"] or "",
        "description": found["description"] or "",
        "language": found["language"] or None,
        "channel": found["channel"] or None,
        "attributes": {},
        "created_at": now_ms,
    }
    problem = _problem(ticket)
    return BadLine(line, problem) if problem else ticket


def _problem(ticket: TicketCreated) -> str | None:
    """The reason why the ticket could not be encoded. It is checked here because the line number is known here."""
    try:
        "".join(value for value in ticket.values() if isinstance(value, str)).encode()
        field_rules.check("TicketCreated", {**ticket})
    except UnicodeEncodeError:
        return "is not UTF-8"
    except BadRecord as bad:
        return bad.detail
    return None
