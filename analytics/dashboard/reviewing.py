"""The review queue of one process: asks ClickHouse ahead of its visitors, and publishes what they said."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import structlog

from analytics.clickhouse.client import Client
from analytics.dashboard.asking import Asking, Found
from analytics.dashboard.review_desk import Pending, Refused, ReviewDesk, Unpublished
from analytics.reports.review import Judgement, ReviewTicket, review_candidates

log = structlog.get_logger()

Publish = Callable[[Judgement, datetime], None]
"""Publishes a judgement, given when it was made, and returns when the broker has it. The same ones again are the same
event. It raises NotPublished where the broker does not take it."""


class NotPublished(Exception):
    """A judgement was not taken by the broker, or not in time; the message is a sentence for people."""


# On the page: one, and those that stand there at once when it is judged.
HELD: Final = 3
# A quick person judges some of them while the next are asked for.
_ASKED_FOR: Final = 50
_FEW: Final = 25
# What others have judged meanwhile, by another process or a command, is not offered for longer.
_FRESH_S: Final = 60.0
# An empty queue is asked again no sooner.
_PAUSE_S: Final = 3.0
_MOST_VISITORS: Final = 200
# Of a description; nobody reads more before judging.
_LONGEST_TEXT: Final = 20_000


class _Stock(NamedTuple):
    """Candidates for one visitor, and when they were asked for."""

    tickets: list[ReviewTicket]
    by: str | None
    asked_s: float


class Reviewing:
    """Serves the visitors of one event loop; publishes in a thread of its own.

    Args:
        asking: asks ClickHouse.
        publish: publishes one judgement.
        twice_share: how many of the judged answers a second person is asked about, 0 to 1.
    """

    def __init__(self, asking: Asking, publish: Publish, twice_share: float) -> None:
        self._asking = asking
        self._publish = publish
        self._twice_share = twice_share
        self._desk = ReviewDesk()
        self._lock = threading.Lock()
        self._stocks: dict[str, _Stock] = {}
        self._refills: dict[str, asyncio.Task[Found]] = {}
        self._wake = threading.Event()
        self._hurries = self._stopping = False
        self._thread = threading.Thread(target=self._work, name="review", daemon=True)
        self._thread.start()

    async def take(self, visitor: str, by: str | None) -> Found:
        """Return the tickets that a visitor holds, with new ones where there are any.

        Args:
            visitor: who asks.
            by: the visitor's name.

        Returns:
            A list of `ReviewTicket`, the first to be judged first; or why there is none.
        """
        now = time.monotonic()
        stock = self._stocks.get(visitor)
        held = self._offer(visitor, by, stock)
        if stock is not None and stock.by == by and (held or now - stock.asked_s < _PAUSE_S):
            if len(self._left(visitor, stock)) < _FEW or now - stock.asked_s > _FRESH_S:
                self._refill(visitor, by, now)
            return Found(held)
        found = await asyncio.shield(self._refill(visitor, by, now))
        if found.problem and not held:
            return found
        return Found(self._offer(visitor, by, self._stocks.get(visitor)))

    def judge(self, visitor: str, event_id: str, label: tuple[str, str | None], by: str | None) -> Pending | Refused:
        """See `ReviewDesk.judge`."""
        with self._lock:
            result = self._desk.judge(visitor, event_id, label, by, datetime.now(UTC), time.monotonic())
        self._wake.set()
        return result

    def ticket_of(self, visitor: str, event_id: str) -> ReviewTicket | None:
        """Return a ticket that the visitor holds."""
        with self._lock:
            return self._desk.held(visitor, event_id)

    def undo(self, visitor: str, number: int) -> ReviewTicket | None:
        """See `ReviewDesk.undo`."""
        with self._lock:
            return self._desk.undo(visitor, number, time.monotonic())

    def skip(self, visitor: str, event_id: str) -> None:
        """See `ReviewDesk.skip`."""
        with self._lock:
            self._desk.skip(visitor, event_id, time.monotonic())

    def leave(self, visitor: str) -> None:
        """See `ReviewDesk.leave`."""
        with self._lock:
            self._desk.leave(visitor)

    def unpublished(self) -> Unpublished:
        """See `ReviewDesk.unpublished`."""
        with self._lock:
            return self._desk.unpublished()

    def hurry(self) -> None:
        """Publish everything from now on at once, whether it could still be undone or not."""
        with self._lock:
            self._hurries = True
        self._wake.set()

    def stop(self, longest_s: float) -> list[Judgement]:
        """Publish everything, and stop. Nobody may judge any more.

        Args:
            longest_s: how long to try.

        Returns:
            What could not be published in that time.
        """
        self._stopping = True
        self.hurry()
        self._thread.join(longest_s)
        with self._lock:
            return self._desk.left()

    def _offer(self, visitor: str, by: str | None, stock: _Stock | None) -> list[ReviewTicket]:
        candidates = stock.tickets if stock is not None and stock.by == by else []
        with self._lock:
            return self._desk.offer(visitor, by, candidates, HELD, time.monotonic())

    def _left(self, visitor: str, stock: _Stock) -> list[ReviewTicket]:
        with self._lock:
            unwanted = {*self._desk.unwanted(visitor)}
        return [ticket for ticket in stock.tickets if ticket.event_id not in unwanted]

    def _refill(self, visitor: str, by: str | None, now: float) -> asyncio.Task[Found]:
        """Ask for more candidates, unless that is under way."""
        asked = self._refills.get(visitor)
        if asked is None or asked.done():
            asked = asyncio.get_running_loop().create_task(self._refilled(visitor, by, now))
            self._refills = {name: task for name, task in self._refills.items() if not task.done()}
            self._refills[visitor] = asked
        return asked

    async def _refilled(self, visitor: str, by: str | None, now: float) -> Found:
        with self._lock:
            without = self._desk.unwanted(visitor)

        def question(client: Client) -> list[ReviewTicket]:
            return review_candidates(
                client,
                limit=_ASKED_FOR,
                without=without,
                now=datetime.now(UTC),
                by=by,
                twice_share=self._twice_share,
            )

        found = await self._asking.ask(("review", visitor, by), question, 0.0)
        if not found.problem:
            self._stocks.pop(visitor, None)
            self._stocks[visitor] = _Stock(found.data, by, now)
            while len(self._stocks) > _MOST_VISITORS:
                del self._stocks[next(iter(self._stocks))]
        return found

    def _work(self) -> None:
        while self._wait():
            with self._lock:
                due = self._desk.due(time.monotonic())
            for pending in due:
                self._publish_one(pending)

    def _wait(self) -> bool:
        """Wait until something may be due; whether to go on."""
        self._wake.clear()
        with self._lock:
            if self._hurries:
                self._desk.hurry(time.monotonic())
            due_s = self._desk.next_due_s()
            if self._stopping and due_s is None:
                return False
        self._wake.wait(None if due_s is None else max(0.0, due_s - time.monotonic()))
        return True

    def _publish_one(self, pending: Pending) -> None:
        reason = ""
        try:
            self._publish(pending.judgement, pending.judged_at)
        except NotPublished as error:
            reason = str(error)
        except Exception:
            log.exception("review.publishing_failed")
            reason = "The service's log says why."
        with self._lock:
            if reason:
                self._desk.failed(pending.number, reason, time.monotonic())
            else:
                self._desk.published(pending.number)
        if reason and not pending.failures:
            log.warning("review.not_published", event_id=pending.judgement.ticket.event_id, detail=reason)


def shown(ticket: ReviewTicket, link: str) -> dict[str, Any]:
    """Lay a ticket out for JSON.

    Args:
        ticket: what is asked about.
        link: the address of the ticket in another system; empty where there is none.
    """
    return {
        **ticket._asdict(),
        "alternatives": [
            {"category": category, "subcategory": subcategory, "confidence": confidence}
            for category, subcategory, confidence in ticket.alternatives
        ],
        "text": None if ticket.text is None else _shortened(*ticket.text),
        "link": link,
    }


def _shortened(subject: str, description: str) -> dict[str, Any]:
    return {
        "subject": subject[:_LONGEST_TEXT],
        "description": description[:_LONGEST_TEXT],
        "left_out": max(0, len(description) - _LONGEST_TEXT),
    }
