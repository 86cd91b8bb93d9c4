"""The labelled tickets that the sandbox ships; see data/README.md for where they come from."""

import gzip
import json
from pathlib import Path
from typing import NamedTuple

from schemas.events import TicketCreated
from schemas.identity import named

DATA = Path(__file__).parent / "data"
ENGLISH = DATA / "banking77.jsonl.gz"
SPANISH = DATA / "spanish.jsonl"


class Labelled(NamedTuple):
    """A ticket with what people hold to be right.

    Attributes:
        counted: whether it counts in the demo's accuracy; the Spanish ones, written for the purpose, do not.
    """

    ticket_id: str
    subject: str
    description: str
    language: str
    category: str
    subcategory: str
    counted: bool

    def created(self, now_ms: int) -> TicketCreated:
        """The event that an upstream system would publish for it."""
        return {
            "event_id": named(f"labelled|{self.ticket_id}"),
            "ticket_id": self.ticket_id,
            "subject": self.subject,
            "description": self.description,
            "language": self.language,
            "channel": "demo",
            "attributes": {},
            "created_at": now_ms,
        }


def bench_tickets() -> list[Labelled]:
    """The bench part: none of it was seen in training. The Spanish tickets are spread evenly among the others."""
    english = _read(ENGLISH, counted=True)
    spanish = _read(SPANISH, counted=False)
    step = max(1, len(english) // max(1, len(spanish)))
    mixed: list[Labelled] = []
    for place, ticket in enumerate(english):
        mixed.append(ticket)
        if place % step == step - 1 and spanish:
            mixed.append(spanish.pop())
    return mixed + spanish


def _read(path: Path, *, counted: bool) -> list[Labelled]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = (json.loads(line) for line in text.decode().splitlines())
    return [
        Labelled(
            row["ticket_id"],
            row["subject"],
            row["description"],
            row["language"],
            row["category"],
            row["subcategory"],
            counted,
        )
        for row in rows
        if row["split"] == "bench"
    ]
