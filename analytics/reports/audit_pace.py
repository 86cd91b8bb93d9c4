"""How many audited judgements the next comparison of two models still needs, and when there will be as many.

Pure arithmetic, for the page and for whatever compares models.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

# With fewer pairs, a model that is two points worse would pass too often.
GATE_TICKETS: Final = 300
# The same tickets again would say the same again.
NEW_TICKETS: Final = 100
# Further ahead nobody plans, and a calendar has an end.
_MAX_DAYS: Final = 3650.0


class AuditPace(NamedTuple):
    """How fast audited judgements come in.

    Attributes:
        tickets_per_day: answers a day.
        drawn_share: of the answers, the share that is drawn for the audit: `AUDIT_SHARE`, as it was lately.
        judged_share: of the drawn ones, the share that people judged.
        gate_share: of the judged ones, the share that no model is trained on.
    """

    tickets_per_day: float
    drawn_share: float
    judged_share: float
    gate_share: float = 1.0

    @property
    def per_day(self) -> float:
        """Judgements a day that count for the comparison."""
        return self.tickets_per_day * self.drawn_share * self.judged_share * self.gate_share


def missing(judged: int, since_last: int | None) -> int:
    """Return how many judgements the next comparison lacks.

    Args:
        judged: audited tickets that count.
        since_last: those of them that are newer than the last comparison; None when there was none.
    """
    of_new = 0 if since_last is None else NEW_TICKETS - since_last
    return max(0, GATE_TICKETS - judged, of_new)


def enough_at(lacking: int, pace: AuditPace, now: datetime) -> datetime | None:
    """Return when there will be enough at this pace; None when that is not within ten years.

    Args:
        lacking: judgements that are missing.
        pace: how fast they come.
        now: an aware time.
    """
    if lacking <= 0:
        return now
    days = lacking / pace.per_day if pace.per_day > 0 else _MAX_DAYS + 1
    return now + timedelta(days=days) if days <= _MAX_DAYS else None


def share_for(lacking: int, pace: AuditPace, days: float) -> float | None:
    """Return the `AUDIT_SHARE` with which there will be enough in so many days; None when even 1 is too little.

    Args:
        lacking: judgements that are missing.
        pace: how fast they come; its `drawn_share` does not matter.
        days: above 0.
    """
    most = pace._replace(drawn_share=1.0).per_day * days
    return max(0, lacking) / most if 0 < lacking <= most else (0.0 if lacking <= 0 else None)
