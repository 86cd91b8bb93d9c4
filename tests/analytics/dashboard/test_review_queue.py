"""The review queue over ClickHouse: what is offered to whom, and what is published when."""

import asyncio
import time
from collections.abc import Iterator
from functools import partial

import pytest

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.migrate import migrate
from analytics.dashboard.asking import Asking
from analytics.dashboard.review_desk import UNDO_S
from analytics.dashboard.reviewing import HELD, Reviewing
from analytics.dashboard.shared_desk import SharedDesk
from analytics.store.row_writer import RowWriter
from tests.analytics.dashboard.conftest import no_clickhouse
from tests.support.clickhouse_process import DoorProcess
from tests.support.judging import Judge, Published, ask_about
from tests.support.page_server import Judging, served
from tests.support.stored_events import corrected
from tests.support.waiting import until

PATIENCE_S = 60.0
TICKETS = 12


@pytest.fixture
def stored(door: DoorProcess) -> Iterator[Client]:
    """Answers that were drawn for the audit and judged by nobody."""
    with connect(door.url, "queue") as client:
        migrate(client)
        ask_about(client, TICKETS, time.time_ns() // 1_000_000)
        yield client
        client.outside("DROP DATABASE queue")


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.fixture
def address(door: DoorProcess, stored: Client, published: Published) -> Iterator[str]:
    link = "https://desk.example/t/{}".format
    with served(partial(connect, door.url, stored.database), judging=Judging(published, link=link)) as address:
        yield address


def test_people_get_different_tickets_and_all_of_them_are_judged(address: str, published: Published) -> None:
    """Until none is left; each is published once, when its time for an undo is over or the service stops."""
    people = [Judge.signed_in(address) for _ in range(3)]
    seen: list[str] = []
    while True:
        hands = [(person, person.take()) for person in people]
        if not any(tickets for _, tickets in hands):
            break
        held = [ticket["event_id"] for _, tickets in hands for ticket in tickets]
        assert len(held) == len({*held})
        assert all(len(tickets) <= HELD for _, tickets in hands)
        for person, tickets in hands:
            if tickets:
                assert person.judge(tickets[0]).status == 200
                seen.append(tickets[0]["ticket_id"])
    until(lambda: len(published.judgements) == TICKETS, PATIENCE_S)

    assert sorted(seen) == sorted(f"T-{n}" for n in range(TICKETS))
    assert sorted(ticket_id for ticket_id, *_ in published.said()) == sorted(seen)
    assert {judgement.origin for judgement in published.judgements} == {"AUDIT"}


def test_a_ticket_comes_with_all_that_is_needed(address: str) -> None:
    """Its text, the answer, the reasons, what else it could be, and where it is in the help desk."""
    ticket = Judge.signed_in(address).take()[0]

    assert (ticket["category"], ticket["subcategory"], ticket["decision"]) == ("billing", "payment_issue", "AUTO")
    assert ticket["confidence"] == 0.93
    assert ticket["alternatives"][0] == {"category": "account", "subcategory": None, "confidence": 0.05}
    assert ticket["explanation"] == ["model.confident"]
    assert ticket["text"]["subject"].startswith("Subject")
    assert ticket["link"] == f"https://desk.example/t/{ticket['ticket_id']}"


def test_an_undone_judgement_is_not_published(address: str, published: Published) -> None:
    """The ticket is there again, and what is said then counts."""
    judge = Judge.signed_in(address)
    ticket, other, *_ = judge.take()
    number = judge.judge(ticket).json()["number"]
    assert judge.judge(other, "cards").json()["undo_s"] == UNDO_S
    assert Judge.signed_in(address).ask("undo", {"number": number}).json()["undone"] is False
    assert judge.ask("undo", {"number": number}).json()["undone"] is True
    assert judge.take()[0] == ticket
    assert judge.judge(ticket, "security", None).status == 200
    until(lambda: len(published.judgements) == 2, PATIENCE_S)

    assert sorted(published.said()) == sorted(
        [(other["ticket_id"], "cards", None, None), (ticket["ticket_id"], "security", None, None)]
    )
    assert judge.ask("undo", {"number": number + 2}).json()["undone"] is False


def test_a_judged_or_skipped_ticket_is_no_longer_ones_own(address: str) -> None:
    """The second judgement of it is refused with the reason."""
    judge, other = Judge.signed_in(address), Judge.signed_in(address)
    first, second, *_ = judge.take()
    foreign = other.take()[0]
    judge.judge(first)
    judge.ask("skip", {"event_id": second["event_id"]})
    refused = {ticket["ticket_id"]: judge.judge(ticket) for ticket in (first, second, foreign)}

    assert [reply.status for reply in refused.values()] == [409] * 3
    assert [reply.json()["problem"] for reply in refused.values()] == ["review_judged", "review_gone", "review_taken"]
    assert second["event_id"] not in {ticket["event_id"] for ticket in judge.take()}


def test_what_the_broker_does_not_take_is_kept_and_said(address: str, published: Published) -> None:
    """Until it does; the judge sees how many wait and why."""
    published.is_away.set()
    judge = Judge.signed_in(address)
    judge.judge(judge.take()[0], "cards", None)
    until(lambda: judge.ask("take").json()["unpublished"] == {"waiting": 1, "reason": "no broker took it"}, PATIENCE_S)
    published.is_away.clear()
    until(lambda: judge.ask("take").json()["unpublished"] == {"waiting": 0, "reason": ""}, PATIENCE_S)

    assert len(published.judgements) == 1


def test_a_service_that_stops_publishes_what_waits(door: DoorProcess, stored: Client, published: Published) -> None:
    """Though it could still be undone."""
    with served(partial(connect, door.url, stored.database), judging=Judging(published)) as address:
        judge = Judge.signed_in(address)
        ticket = judge.take()[0]
        judge.judge(ticket, name="Ana")

    assert published.said() == [(ticket["ticket_id"], "billing", "payment_issue", "typed:Ana")]


def test_what_could_not_be_published_at_the_end_is_named(
    door: DoorProcess, stored: Client, published: Published
) -> None:
    """For the log: nothing is lost silently, and the end does not wait for ever."""
    published.is_away.set()
    desk = SharedDesk(published)
    reviewing = Reviewing(Asking(partial(connect, door.url, stored.database)), desk, 0.05)
    ticket = asyncio.run(reviewing.take("ana", None)).data[0]
    desk.judge("ana", ticket.event_id, ("cards", None), None)

    assert [judgement.ticket for judgement in desk.stop(0.5)] == [ticket]
    assert published.tries >= 1


def test_what_was_judged_elsewhere_is_not_offered(address: str, stored: Client) -> None:
    """By a command, or in the help desk."""
    RowWriter(stored).write([corrected(f"T-{n}", offset=n, origin="AUDIT") for n in range(TICKETS)])

    assert Judge.signed_in(address).take() == []


def test_where_texts_may_not_be_read_the_queue_works_without_them(address: str, stored: Client) -> None:
    """As where none are kept: the link to the help desk is there."""
    stored.command("DROP TABLE _ticket_texts")
    ticket = Judge.signed_in(address).take()[0]

    assert ticket["text"] is None
    assert ticket["link"].startswith("https://desk.example/")


def test_without_clickhouse_the_setting_is_named() -> None:
    """A process may have none."""
    with served(no_clickhouse, judging=Judging(Published())) as address:
        reply = Judge.signed_in(address).ask("take")

    assert (reply.status, reply.json()["problem"]) == (503, "misconfigured")
    assert "CLICKHOUSE_URL" in reply.json()["detail"]
