"""Tickets from files: JSONL or CSV, plain or gzip, line by line."""

import csv
import gzip
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, NamedTuple

from schemas.events import TicketCreated
from schemas.identity import named


class BadLine(NamedTuple):
    """A line that is no ticket, and why; the text of the line is not repeated."""

    line: int
    problem: str


def read_tickets(path: Path, now_ms: int) -> Iterator[TicketCreated | BadLine]:
    """Every line of the file as a ticket, or as what is wrong with it.

    A line without an id gets one made from its content, and every line an event_id made from its content,
    so that publishing the same file again repeats nothing.

    Args:
        path: `.jsonl` or `.csv` with the columns subject, description and optionally id (or ticket_id), language
            and channel; `.gz` behind it is read too. Other columns are ignored.
        now_ms: becomes `created_at`.

    Raises:
        OSError: the file cannot be read.
        ValueError: its name ends in neither, or a CSV file lacks its columns.
    """
    kind = path.name.removesuffix(".gz").rpartition(".")[2].lower()
    with _open(path) as lines:
        match kind:
            case "jsonl" | "ndjson":
                yield from (
                    _ticket(number, _json_row(line), now_ms) for number, line in enumerate(lines, 1) if line.strip()
                )
            case "csv":
                reader = csv.DictReader(lines)
                if not {"subject", "description"} & set(reader.fieldnames or ()):
                    raise ValueError(f"{path} has no column named subject or description in its first line")
                yield from (_ticket(reader.line_num, row, now_ms) for row in reader)
            case _:
                raise ValueError(f"{path} is neither .jsonl nor .csv (a .gz behind it is fine)")


def count_lines(path: Path) -> int:
    """How many lines the file has, for showing progress."""
    with _open(path) as lines:
        return sum(1 for _ in lines)


def _open(path: Path) -> IO[str]:
    if path.name.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="")
    return path.open(encoding="utf-8-sig", errors="replace", newline="")


def _json_row(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _ticket(line: int, row: Any, now_ms: int) -> TicketCreated | BadLine:
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
    return {
        "event_id": named(f"published|{digest}"),
        "ticket_id": found["id"] or f"T-{digest[:16]}",
        "subject": found["subject"] or "",
        "description": found["description"] or "",
        "language": found["language"] or None,
        "channel": found["channel"] or None,
        "attributes": {},
        "created_at": now_ms,
    }
