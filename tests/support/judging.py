"""People who judge tickets on the page, without a browser, and what was published of it."""

import json
import re
import threading
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any, Self
from urllib.parse import urlencode

from analytics.clickhouse.client import Client
from analytics.dashboard.shared_desk import NotPublished
from analytics.reports.review import Judgement
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from schemas.position import Position
from tests.support.page_server import Judging, Reply, Visitor
from tests.support.stored_events import categorized

WRITE_TOKEN = Judging(lambda *_: None).token


@dataclass
class Published:
    """A broker that takes judgements, unless it is away."""

    judgements: list[Judgement] = field(default_factory=list)
    is_away: threading.Event = field(default_factory=threading.Event)
    tries: int = 0

    def __call__(self, judgement: Judgement, _: datetime) -> None:
        self.tries += 1
        if self.is_away.is_set():
            raise NotPublished("no broker took it")
        self.judgements.append(judgement)

    def said(self) -> list[tuple[str, str, str | None, str | None]]:
        """Ticket, category, subcategory and by whom, in the order in which they were published."""
        return [(each.ticket.ticket_id, each.category, each.subcategory, each.by) for each in self.judgements]


@dataclass
class Judge:
    """One browser that is signed in."""

    visitor: Visitor
    cookie: str
    word: str
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def signed_in(cls, address: str, token: str = WRITE_TOKEN, **headers: str) -> Self:
        """Type the token into the form, and open the view."""
        visitor = Visitor(address)
        reply = visitor.post("/sign-in", urlencode({"token": token, "back": "/review"}))
        assert (reply.status, reply.headers["Location"]) == (303, "/review")
        cookies = [value.partition(";")[0] for value in reply.headers.get_all("Set-Cookie", [])]
        cookie = "; ".join(cookies)
        page = visitor.get("/review", Cookie=cookie).text
        found = re.search(r'data-word="(\w+)"', page)
        assert found
        return cls(visitor, cookie, unescape(found[1]), headers)

    def ask(self, name: str, said: object = None, **headers: str) -> Reply:
        """Write as the page's script does; `headers` replace its own, and an empty one is left out."""
        ours = {
            "Cookie": self.cookie,
            "Content_Type": "application/json",
            "Origin": self.visitor.address,
            "Sec_Fetch_Site": "same-origin",
            "X_Review_Word": self.word,
        }
        sent = {name: value for name, value in {**ours, **self.headers, **headers}.items() if value}
        return self.visitor.post(f"/api/review/{name}", json.dumps(said or {}), **sent)

    def take(self, **said: str) -> list[dict[str, Any]]:
        """Take tickets, as the view does."""
        reply = self.ask("take", said)
        assert reply.status == 200, reply.text
        tickets: list[dict[str, Any]] = reply.json()["tickets"]
        return tickets

    def judge(self, ticket: dict[str, Any], category: str = "", subcategory: str | None = None, **said: str) -> Reply:
        """Correct a ticket, or confirm it where no category is given."""
        label = (category, subcategory) if category else (ticket["category"], ticket["subcategory"])
        return self.ask(
            "judge", {"event_id": ticket["event_id"], "category": label[0], "subcategory": label[1], **said}
        )


def text(offset: int, subject: str, description: str, at_ms: int, ticket_id: str = "") -> Row:
    """The stored text of a ticket."""
    event = {
        "ticket_id": ticket_id or f"T-{offset}",
        "received_at": at_ms,
        "subject": subject,
        "description": description,
    }
    return Row("TicketText", event, Position("ticket-created", 0, offset, at_ms))


def ask_about(client: Client, number: int, at_ms: int, **changed: Any) -> None:
    """Store answers T-0, T-1, … that were drawn for the audit, with their texts."""
    chosen: dict[str, Any] = {"audit_probability": 0.02, "explanation": ["model.confident"], **changed}
    rows = [categorized(f"T-{n}", n, at_ms=at_ms - n * 1000, **chosen) for n in range(number)]
    texts = [text(n, f"Subject {n}", f"Description {n}", at_ms) for n in range(number)]
    RowWriter(client).write([*rows, *texts])
