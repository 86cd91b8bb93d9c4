"""The labelled tickets of the sandbox; data/README.md says where they come from."""

import gzip
import json
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from schemas.events import TicketCreated
from schemas.identity import named

DATA = Path(__file__).parent / "data"
ENGLISH = DATA / "banking77.jsonl.gz"
SPANISH = DATA / "spanish.jsonl"


class Labelled(NamedTuple):
    """A ticket with its gold label.

    Attributes:
        counted: whether it counts in the demo's accuracy. The Spanish tickets do not: they were written for the demo.
    """

    ticket_id: str
    subject: str
    description: str
    language: str
    category: str
    subcategory: str
    counted: bool

    def created(self, now_ms: int) -> TicketCreated:
        """Return the event that an upstream system would publish for it."""
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
    """Read the bench part, which training does not see. The Spanish tickets are spread among the English ones."""
    english = _read(ENGLISH, "bench", counted=True)
    spanish = _read(SPANISH, "bench", counted=False)
    step = max(1, len(english) // max(1, len(spanish)))
    mixed: list[Labelled] = []
    for number, ticket in enumerate(english, 1):
        mixed.append(ticket)
        if number % step == 0 and spanish:
            mixed.append(spanish.pop())
    return mixed + spanish


def questions() -> list[Labelled]:
    """Read all English tickets, of every part, in an order that has nothing to do with what they say."""
    everything = [ticket for part in ("train", "bench") for ticket in _read(ENGLISH, part, counted=True)]
    # The hash of the bare id decides which tickets are audited.
    return sorted(everything, key=lambda ticket: sha256(f"order|{ticket.ticket_id}".encode()).digest())


def _read(path: Path, part: str, *, counted: bool) -> list[Labelled]:
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
        if row["split"] == part
    ]
