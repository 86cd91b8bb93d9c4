"""How many audited judgements the gate of models still needs, when they will be there, and which AUDIT_SHARE would do.

Pure arithmetic, for the gate, and for the views that show what is missing.
"""

from math import ceil
from typing import Final, NamedTuple

MINIMUM_TICKETS: Final = 300
"""So many audited tickets a comparison rests on."""
NEW_TICKETS: Final = 100
"""So many of them are new since the last one: looking again and again at the same ones would let luck in."""


class Rates(NamedTuple):
    """What people and the stream do.

    Attributes:
        tickets_per_day: answers a day.
        audit_share: share of them that is drawn for the audit (AUDIT_SHARE), 0 to 1.
        judged_share: share of those drawn that somebody judges, 0 to 1.
        gate_share: share of those judged that belongs to the gate; the rest is trained on.
    """

    tickets_per_day: float
    audit_share: float
    judged_share: float
    gate_share: float

    @property
    def per_day(self) -> float:
        """Judged tickets for the gate a day."""
        return self.tickets_per_day * self.audit_share * self.judged_share * self.gate_share


def missing_tickets(judged: int, since_last: int) -> int:
    """Return how many audited tickets have to be judged before the gate can be asked.

    Args:
        judged: audited tickets of the gate.
        since_last: how many of them are new since the last gate; all of them where there was none.
    """
    return max(MINIMUM_TICKETS - judged, NEW_TICKETS - since_last, 0)


def days_until(missing: int, rates: Rates) -> float | None:
    """In how many days the missing judgements will be there; None where none come."""
    if missing <= 0:
        return 0.0
    return missing / rates.per_day if rates.per_day > 0 else None


def share_for(missing: int, days: float, rates: Rates) -> float | None:
    """The AUDIT_SHARE that gives the missing judgements within some days; None where even 1.0 would not.

    Args:
        missing: judged tickets.
        days: above 0.
        rates: its `audit_share` is not looked at.
    """
    most = rates._replace(audit_share=1.0).per_day * days
    if most <= 0 or missing > most:
        return None
    # Rounded up to what people write into a setting.
    return min(1.0, ceil(1000 * missing / most) / 1000)
