"""Who looks at which ticket, and which judgements can still be undone. Pure: the time is an argument.

Nothing here is for several threads: who uses it takes a lock.
"""

from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeVar

from analytics.reports.review import Judgement, ReviewTicket

_Name = TypeVar("_Name", bound=Hashable)

# After the last sign of life of a visitor. The page gives one each minute.
LEASE_S: Final = 300.0
UNDO_S: Final = 5.0
# How long what was judged or skipped is not shown again. ClickHouse knows of a judgement after seconds.
REMEMBERED_S: Final = 3600.0
# Of judgements that cannot be published, and of what is remembered.
MOST_UNPUBLISHED: Final = 1000
MOST_REMEMBERED: Final = 1000
_FIRST_RETRY_S: Final = 1.0
_LONGEST_RETRY_S: Final = 30.0


class Lease(NamedTuple):
    """A ticket that a visitor looks at. After its end somebody else may take it; until that happens it stays."""

    visitor: str
    ticket: ReviewTicket
    until_s: float


class Pending(NamedTuple):
    """A judgement that is not published yet.

    Attributes:
        number: names it to the visitor.
        visitor: whose it is.
        judgement: what was said.
        judged_at: when it was said; published again, it is the same event.
        due_s: when it is to be published, or published again.
        failures: how often that failed.
        is_sent: whether it is being published, or was tried: it cannot be undone any more.
    """

    number: int
    visitor: str
    judgement: Judgement
    judged_at: datetime
    due_s: float
    failures: int = 0
    is_sent: bool = False


class Refused(NamedTuple):
    """Why something was not done: another visitor has the ticket, it is judged, nobody has it, or too many wait."""

    reason: Literal["taken", "judged", "gone", "full"]


class Unpublished(NamedTuple):
    """How many judgements could not be published so far, and why."""

    waiting: int
    reason: str


class ReviewDesk:
    """Gives each ticket to one visitor at a time, and keeps judgements until they are published."""

    def __init__(self) -> None:
        self._leases: dict[str, Lease] = {}
        self._pending: dict[int, Pending] = {}
        self._judged: dict[str, float] = {}
        self._skipped: dict[tuple[str, str], float] = {}
        self._last_number = 0
        self._reason = ""

    def offer(
        self, visitor: str, by: str | None, candidates: Iterable[ReviewTicket], most: int, now: float
    ) -> list[ReviewTicket]:
        """Return the tickets of a visitor, oldest first, with new ones among the candidates up to `most`.

        Args:
            visitor: who asks; the leases of what the visitor has are renewed.
            by: the visitor's name, who gives no second opinion on an own judgement.
            candidates: what is worth judging, in the order in which to ask.
            most: how many tickets the visitor is to have.
            now: monotonic time in seconds.
        """
        self._forget(now)
        mine = [lease.ticket for lease in self._leases.values() if lease.visitor == visitor]
        waiting = self._waiting()
        for ticket in candidates:
            if len(mine) >= most:
                break
            is_own = by is not None and by in ticket.judged_by
            if ticket.event_id not in waiting and not is_own and self._is_free(ticket.event_id, visitor, now):
                # At the end of the dict, also where an old lease of another visitor is replaced.
                self._leases.pop(ticket.event_id, None)
                mine.append(ticket)
        for ticket in mine:
            self._leases[ticket.event_id] = Lease(visitor, ticket, now + LEASE_S)
        return mine

    def unwanted(self, visitor: str) -> list[str]:
        """The event_ids that this visitor is not to be offered."""
        others = [event_id for event_id, lease in self._leases.items() if lease.visitor != visitor]
        skipped = [event_id for whose, event_id in self._skipped if whose == visitor]
        return [*others, *self._judged, *skipped]

    def held(self, visitor: str, event_id: str) -> ReviewTicket | None:
        """Return a ticket that the visitor has; None where the visitor does not have it."""
        lease = self._leases.get(event_id)
        return lease.ticket if lease is not None and lease.visitor == visitor else None

    def judge(
        self,
        visitor: str,
        event_id: str,
        label: tuple[str, str | None],
        by: str | None,
        judged_at: datetime,
        now: float,
    ) -> Pending | Refused:
        """Take a judgement of a ticket that the visitor has; it is due after the time for an undo.

        Args:
            visitor: who judges.
            event_id: of the answer.
            label: category and subcategory that it should have been.
            by: the visitor's name, as it will be published.
            judged_at: the moment; an aware time.
            now: monotonic time in seconds.
        """
        lease = self._leases.get(event_id)
        if event_id in self._judged:
            return Refused("judged")
        if lease is None:
            return Refused("gone")
        if lease.visitor != visitor:
            return Refused("taken")
        if len(self._pending) >= MOST_UNPUBLISHED:
            return Refused("full")
        del self._leases[event_id]
        _remember(self._judged, event_id, now)
        self._last_number += 1
        judgement = Judgement(lease.ticket, *label, lease.ticket.origin, by)
        pending = Pending(self._last_number, visitor, judgement, judged_at, now + UNDO_S)
        self._pending[pending.number] = pending
        return pending

    def undo(self, visitor: str, number: int, now: float) -> ReviewTicket | None:
        """Take a judgement back and give its ticket to the visitor again; None when it is too late."""
        pending = self._pending.get(number)
        if pending is None or pending.visitor != visitor or pending.is_sent:
            return None
        del self._pending[number]
        ticket = pending.judgement.ticket
        self._judged.pop(ticket.event_id, None)
        # First among the visitor's: it is what the visitor looks at now.
        self._leases = {ticket.event_id: Lease(visitor, ticket, now + LEASE_S), **self._leases}
        return ticket

    def skip(self, visitor: str, event_id: str, now: float) -> None:
        """Give a ticket back; it is for others now."""
        if (lease := self._leases.get(event_id)) is not None and lease.visitor == visitor:
            del self._leases[event_id]
            _remember(self._skipped, (visitor, event_id), now)

    def leave(self, visitor: str) -> None:
        """Give all tickets of a visitor back. What the visitor has judged stays."""
        self._leases = {name: lease for name, lease in self._leases.items() if lease.visitor != visitor}

    def due(self, now: float) -> list[Pending]:
        """Return what is to be published now; from now on it cannot be undone."""
        due = [pending for pending in self._pending.values() if pending.due_s <= now]
        for pending in due:
            self._pending[pending.number] = pending._replace(is_sent=True)
        return due

    def next_due_s(self) -> float | None:
        """When something is to be published; None when nothing waits."""
        return min((pending.due_s for pending in self._pending.values()), default=None)

    def hurry(self, now: float) -> None:
        """Make everything due that could still be undone."""
        self._pending = {
            number: pending if pending.is_sent else pending._replace(due_s=now)
            for number, pending in self._pending.items()
        }

    def published(self, number: int) -> None:
        """Forget a judgement that is published."""
        self._pending.pop(number, None)
        self._reason = self._reason if self.unpublished().waiting else ""

    def failed(self, number: int, reason: str, now: float) -> None:
        """Keep a judgement that could not be published; it is due again later."""
        pending = self._pending[number]
        wait_s = min(_FIRST_RETRY_S * 2**pending.failures, _LONGEST_RETRY_S)
        self._pending[number] = pending._replace(due_s=now + wait_s, failures=pending.failures + 1)
        self._reason = reason

    def unpublished(self) -> Unpublished:
        """What could not be published so far, and the latest reason."""
        failed = sum(pending.failures > 0 for pending in self._pending.values())
        return Unpublished(failed, self._reason if failed else "")

    def left(self) -> list[Judgement]:
        """Every judgement that is not published."""
        return [pending.judgement for pending in self._pending.values()]

    def _waiting(self) -> set[str]:
        return {pending.judgement.ticket.event_id for pending in self._pending.values()}

    def _is_free(self, event_id: str, visitor: str, now: float) -> bool:
        lease = self._leases.get(event_id)
        if lease is not None and (lease.visitor == visitor or now < lease.until_s):
            return False
        return event_id not in self._judged and (visitor, event_id) not in self._skipped

    def _forget(self, now: float) -> None:
        since_s = now - REMEMBERED_S
        self._judged = {name: at_s for name, at_s in self._judged.items() if at_s > since_s}
        self._skipped = {name: at_s for name, at_s in self._skipped.items() if at_s > since_s}
        self._leases = {name: lease for name, lease in self._leases.items() if lease.until_s > since_s}


def _remember(where: dict[_Name, float], name: _Name, now: float) -> None:
    where[name] = now
    while len(where) > MOST_REMEMBERED:
        del where[next(iter(where))]
