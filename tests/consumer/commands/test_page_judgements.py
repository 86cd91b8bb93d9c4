"""What people say on the page, on a real broker."""

import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from analytics.dashboard.shared_desk import NotPublished
from analytics.reports.review_tickets import Judgement, ReviewTicket
from consumer.commands.page_judgements import LONGEST_S, PageJudgements
from consumer.commands.tail import Tail
from consumer.config.settings import Settings, settings_of

MOMENT = datetime(2026, 11, 22, 12, tzinfo=UTC)
TICKET = ReviewTicket(
    "e-1", "T-1", "audit", "billing", None, 0.4, "REVIEW", "MODEL", "m-1", (), (), ("s", "d"), MOMENT, None, "en",
    (), 0.02,
)  # fmt: skip
JUDGEMENT = Judgement(TICKET, "cards", "card_arrival", TICKET.origin, "typed:josé")


def test_a_judgement_becomes_a_correction_and_the_same_again_is_the_same_event(settings: Settings) -> None:
    """It names the answer that it judges; a moment later it is another one."""
    publish = PageJudgements(settings)
    publish(JUDGEMENT, MOMENT)
    publish(JUDGEMENT, MOMENT)
    PageJudgements(settings)(JUDGEMENT, MOMENT + timedelta(milliseconds=1))
    tail = Tail(settings, settings.topics.corrected)
    events = [tail.shown(record)["value"] for record in tail.existing()]
    tail.close()

    assert len(events) == 3
    assert events[0] == events[1]
    assert events[2]["event_id"] != events[0]["event_id"]
    assert {name: value for name, value in events[0].items() if name != "event_id"} == {
        "ticket_id": "T-1",
        "category": "cards",
        "subcategory": "card_arrival",
        "judged_event_id": "e-1",
        "origin": "AUDIT",
        "corrected_by": "typed:josé",
        "reason": None,
        "corrected_at": int(MOMENT.timestamp() * 1000),
    }


def test_without_a_broker_it_is_said_in_time() -> None:
    """The reason names the setting; the next try has a client of its own."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    publish = PageJudgements(settings_of({"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{port}"}))
    for _ in range(2):
        began_s = time.monotonic()
        with pytest.raises(NotPublished) as failed:
            publish(JUDGEMENT, MOMENT)
        assert time.monotonic() - began_s < LONGEST_S + 25
        assert "KAFKA_BOOTSTRAP_SERVERS" in str(failed.value)


def test_what_cannot_be_sent_is_said(settings: Settings) -> None:
    """Whatever the reason."""
    with pytest.raises(NotPublished, match="cannot be sent"):
        PageJudgements(settings)(JUDGEMENT._replace(category=""), MOMENT)
