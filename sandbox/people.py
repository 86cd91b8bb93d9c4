"""People, simulated from the gold labels.

They correct every wrong answer, confirm some of the right ones, and judge all that were drawn for the audit.
"""

from hashlib import sha256

from sandbox.labelled import Labelled
from schemas.events import TicketCategorized, TicketCorrected
from schemas.identity import named

CONFIRMED_SHARE = 0.2
PEOPLE = ("ana", "luis", "marta")


def is_right(answer: TicketCategorized, gold: Labelled) -> bool:
    """Whether category and subcategory are both those of the gold label."""
    return (answer["category"], answer["subcategory"]) == (gold.category, gold.subcategory)


def verdict(answer: TicketCategorized, gold: Labelled, now_ms: int, by: str = "demo") -> TicketCorrected | None:
    """Return a person's judgement of the answer; None when no person looked at it."""
    drawn = answer["audit_probability"] > 0
    if is_right(answer, gold) and not drawn and not _looked_at(gold.ticket_id):
        return None
    return judgement(answer, gold, now_ms, by)


def judgement(answer: TicketCategorized, gold: Labelled, now_ms: int, by: str) -> TicketCorrected:
    """Return what a person who looked at the answer says of it."""
    return {
        "event_id": named(f"judged|{answer['event_id']}"),
        "ticket_id": gold.ticket_id,
        "category": gold.category,
        "subcategory": gold.subcategory,
        "judged_event_id": answer["event_id"],
        "origin": "AUDIT" if answer["audit_probability"] > 0 else "AGENT",
        "corrected_by": by,
        "reason": None if is_right(answer, gold) else "gold label",
        "corrected_at": now_ms,
    }


def person_of(ticket_id: str) -> str:
    """Return who looks at this ticket."""
    return PEOPLE[sha256(f"person|{ticket_id}".encode()).digest()[0] % len(PEOPLE)]


def _looked_at(ticket_id: str) -> bool:
    # The hash of the bare id decides which tickets are audited.
    return sha256(f"looked|{ticket_id}".encode()).digest()[0] < CONFIRMED_SHARE * 256
