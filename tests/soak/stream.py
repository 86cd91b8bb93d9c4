"""What is published in a soak: tickets of few ids and mostly known texts, repeats, corrections, and bad records."""

import json
import time
from collections.abc import Iterator
from enum import Enum, auto
from itertools import count
from random import Random
from typing import NamedTuple

from benchmarks.tickets import text
from schemas.codec import Encoder
from schemas.events import TicketCorrected, TicketCreated

# A word of no language, in every text: a log that contains it contains a ticket's text.
CANARY = "quibblewockcanary"
TICKETS_PER_ID = 4
KNOWN_TEXTS = 500
UNIQUE_SHARE = 0.1
# One in so many tickets is followed by one of these.
REPEAT_IN, BAD_IN, CORRECTION_IN = 300, 400, 200
# So many correct, and so often one of them names what the others name for this text.
PEOPLE, AGREED_SHARE = 50, 0.8
CATEGORIES = ("security", "cards", "transfers", "account")
_BAD = (
    b"\x07 is no framing " + CANARY.encode(),
    json.dumps({"ticket_id": "T-bad", "description": {"not": CANARY}}).encode(),
    json.dumps({"description": CANARY}).encode(),
    b'{"ticket_id": "T-cut", "description": "' + CANARY.encode(),
    b"\xc3\x01 of no schema " + CANARY.encode(),
    None,
)


class What(Enum):
    """What a record is to the service."""

    TICKET = auto()
    REPEAT = auto()
    BAD = auto()
    CORRECTION = auto()


class Made(NamedTuple):
    """A record to publish; tickets and corrections with their event's id."""

    what: What
    key: bytes
    value: bytes | None
    event_id: str = ""


def records(tickets: int, seed: int, created: str, corrected: str) -> Iterator[Made]:
    """Tickets without an end and what comes between them, the same for the same seed but for their times.

    Args:
        tickets: about how many will be taken; decides how many ids there are.
        seed: of what they say and what comes between.
        created: the topic of tickets.
        corrected: the topic of corrections.
    """
    rng = Random(seed)
    ticket_of = Encoder("TicketCreated", "single-object", created).encode
    correction_of = Encoder("TicketCorrected", "single-object", corrected).encode
    for number in count():
        said = text(KNOWN_TEXTS + number if rng.random() < UNIQUE_SHARE else number % KNOWN_TEXTS)
        created_event: TicketCreated = {
            "event_id": f"soak-{seed}-{number}",
            "ticket_id": f"T-{rng.randrange(max(1, tickets // TICKETS_PER_ID))}",
            "subject": f"{said.subject} {CANARY}",
            "description": said.description,
            "language": "en",
            "channel": "soak",
            "attributes": {"note": CANARY},
            "created_at": time.time_ns() // 1_000_000,
        }
        key = created_event["ticket_id"].encode()
        made = Made(What.TICKET, key, ticket_of(created_event), created_event["event_id"])
        yield made
        if rng.randrange(REPEAT_IN) == 0:
            yield made._replace(what=What.REPEAT)
        if rng.randrange(BAD_IN) == 0:
            yield Made(What.BAD, key, rng.choice(_BAD))
        if rng.randrange(CORRECTION_IN) == 0:
            correction = _correction(created_event, number % KNOWN_TEXTS, rng)
            yield Made(What.CORRECTION, key, correction_of(correction), correction["event_id"])


def category_of(known: int) -> str:
    """What most people name for a known text."""
    return CATEGORIES[known % len(CATEGORIES)]


def labelled() -> Iterator[dict[str, str]]:
    """The known texts with what most people name for them, as rows of labelled tickets: what a learner begins with."""
    for known in range(KNOWN_TEXTS):
        said = text(known)
        yield {
            "subject": f"{said.subject} {CANARY}",
            "description": said.description,
            "category": category_of(known),
        }


def _correction(created: TicketCreated, known: int, rng: Random) -> TicketCorrected:
    """People agree on most texts, so that overrides answer; and not on all, so that some are retired."""
    return {
        "event_id": f"{created['event_id']}-corrected",
        "ticket_id": created["ticket_id"],
        "category": category_of(known) if rng.random() < AGREED_SHARE else rng.choice(CATEGORIES),
        "subcategory": None,
        "judged_event_id": None,
        "origin": "AGENT",
        "corrected_by": f"person-{rng.randrange(PEOPLE)}",
        "reason": CANARY,
        "corrected_at": time.time_ns() // 1_000_000,
    }
