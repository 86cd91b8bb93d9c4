"""From records of ticket-created to texts, for the sink."""

import json
from collections.abc import Callable

import pytest

from analytics.store.rows import Row
from consumer.answer.ticket_text import text_reader
from consumer.bad_records.dead_letter import DeadLetter
from consumer.config.settings import settings_of
from consumer.kafka.records import Record
from consumer.sink.batch import SinkBatch
from consumer.sink.text_topic import TextTopic
from consumer.sink.topics import sink_topic_names, sink_topics
from schemas.codec import Decoder
from schemas.position import Position
from tickets.text.cleaning import clean

NOW_MS = 1_795_946_400_123
DAY_MS = 86_400_000
MAIL = "Hello,\n\nmy card was declined.\n\nBest regards,\nAnn\n\n> What is your card?"


def _record(at_ms: int = NOW_MS - 1000, offset: int = 41, **changed: object) -> Record:
    ticket = {"ticket_id": "T-1", "subject": "Re: Card", "description": MAIL, **changed}
    return Record(Position("ticket-created", 1, offset, at_ms), b"T-1", json.dumps(ticket).encode(), [])


@pytest.fixture
def skipped() -> list[str]:
    return []


@pytest.fixture
def read(skipped: list[str]) -> Callable[[Record], Row | None]:
    topic = TextTopic(
        Decoder("TicketCreated"),
        text_reader(clean, None),
        max_ticket_bytes=2_000,
        kept_days=30,
        now_ms=lambda: NOW_MS,
        skipped=skipped.append,
    )
    return topic.read


def test_the_text_is_what_was_answered(read: Callable[[Record], Row | None]) -> None:
    """Cleaned as the categorizer cleans it, under the position of its record."""
    row = read(record := _record())
    cleaned = clean("Re: Card", MAIL)

    assert row == Row(
        "TicketText",
        {
            "ticket_id": "T-1",
            "received_at": NOW_MS - 1000,
            "subject": cleaned.subject,
            "description": cleaned.description,
        },
        record.position,
    )
    assert (cleaned.subject, "Best regards" in cleaned.description) == ("Card", False)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (_record(NOW_MS - 30 * DAY_MS), "expired"),
        (_record(description="x" * 2_000), "too_large"),
        (_record()._replace(value=None), "tombstone"),
        (_record()._replace(value=b"\x07 is no framing"), "bad_framing"),
        (_record(subject={"no": "text"}), "invalid_field"),
    ],
)
def test_what_makes_no_text_is_passed_over_and_counted(
    read: Callable[[Record], Row | None], skipped: list[str], record: Record, reason: str
) -> None:
    """It is no dead letter of the sink: the categorizer makes one, where one is due."""
    assert read(record) is None
    assert skipped == [reason]


@pytest.mark.parametrize(
    ("at_ms", "received_ms"),
    [(NOW_MS + 900 * DAY_MS, NOW_MS), (NOW_MS // 1000, NOW_MS // 1000 * 1000), (NOW_MS - 5, NOW_MS - 5)],
)
def test_a_text_stays_no_longer_for_its_publishers_clock(
    read: Callable[[Record], Row | None], at_ms: int, received_ms: int
) -> None:
    """A time in the future counts as now; seconds are times too."""
    row = read(_record(at_ms))

    assert row is not None
    assert row.event["received_at"] == received_ms


def test_a_record_that_crashes_its_readers_is_passed_over(skipped: list[str]) -> None:
    """Its ticket was answered; a letter would put it back."""
    topic = sink_topics(settings_of({"TEXTS_KEPT_DAYS": "30"}), None, skipped.append)["ticket-created"]

    assert topic.condemned(DeadLetter("crash_loop", "three deaths")) is None
    assert skipped == ["crash_loop"]


def test_without_the_setting_tickets_are_not_read() -> None:
    """The sink does not even subscribe to them."""
    names = sink_topic_names(settings_of({}))

    assert names == ["ticket-categorized", "ticket-corrected", "ticket-telemetry", "ticket-alerts"]
    assert sink_topic_names(settings_of({"TEXTS_KEPT_DAYS": "1"})) == [*names, "ticket-created"]
    assert list(sink_topics(settings_of({}), None, print)) == names


def test_what_is_passed_over_is_committed(read: Callable[[Record], Row | None]) -> None:
    """A partition moves on without a row, also while another is cut short."""
    batch = SinkBatch()
    batch.begin(0.0)
    for record in (_record(), _record(offset=42)._replace(value=None)):
        batch.add(record, read(record))
    other = _record()._replace(position=Position("ticket-created", 2, 7, NOW_MS), value=None)
    batch.add(other, read(other))

    assert len(batch.rows) == 1
    assert batch.offsets == {("ticket-created", 1): 43, ("ticket-created", 2): 8}
    batch.cut(batch.decoded_rows)
    assert batch.offsets == {("ticket-created", 2): 8}


def test_a_text_that_clickhouse_refuses_is_left_out(read: Callable[[Record], Row | None]) -> None:
    """Neither row nor letter, and its offset is committed."""
    batch = SinkBatch()
    record = _record()
    batch.add(record, row := read(record))
    assert row is not None
    batch.refuse([(row, None)])

    assert (batch.rows, batch.dead, batch.offsets) == ([], [], {("ticket-created", 1): 42})
