"""The review queue of one process: asks ClickHouse ahead of its visitors."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from analytics.clickhouse.client import Client
from analytics.dashboard.asking import Asking, Found
from analytics.dashboard.shared_desk import SharedDesk
from analytics.reports.review import ReviewTicket, review_candidates

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
    """Serves the visitors of one event loop.

    Args:
        asking: asks ClickHouse.
        desk: holds what the visitors have, and what they said.
        twice_share: how many of the judged answers a second person is asked about, 0 to 1.
    """

    def __init__(self, asking: Asking, desk: SharedDesk, twice_share: float) -> None:
        self.desk = desk
        self._asking = asking
        self._twice_share = twice_share
        self._stocks: dict[str, _Stock] = {}
        self._refills: dict[str, asyncio.Task[Found]] = {}

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

    def leave(self, visitor: str) -> None:
        """Give the tickets of a visitor back, and forget their texts. What the visitor has judged stays."""
        self.desk.leave(visitor)
        self._stocks.pop(visitor, None)

    def _offer(self, visitor: str, by: str | None, stock: _Stock | None) -> list[ReviewTicket]:
        candidates = stock.tickets if stock is not None and stock.by == by else []
        return self.desk.offer(visitor, by, candidates, HELD)

    def _left(self, visitor: str, stock: _Stock) -> list[ReviewTicket]:
        unwanted = {*self.desk.unwanted(visitor)}
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
        without = self.desk.unwanted(visitor)

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
