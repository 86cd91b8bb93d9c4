"""Publishing to a real broker, and reading its topics."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from consumer.commands.publish import Publisher, publish
from consumer.commands.tail import Tail, concerns, event_of, last
from consumer.commands.ticket_files import FileTicket
from consumer.config.settings import Settings, settings_of
from consumer.errors import TicketstreamError
from consumer.kafka.cluster import Cluster
from consumer.kafka.producer import PlainProducer
from consumer.kafka.records import Message, Record
from schemas.codec import BadRecord
from schemas.events import TicketCorrected, TicketCreated
from schemas.position import Position
from tests.support.consumer_parts import a_ticket
from tickets.files.bad_lines import BadLine


def _tickets(number: int) -> list[TicketCreated]:
    return [a_ticket(ticket_id=f"T-{index}", event_id=f"e-{index}") for index in range(number)]


def _rows(tickets: list[TicketCreated]) -> list[FileTicket | BadLine]:
    return [FileTicket(number, ticket) for number, ticket in enumerate(tickets, 1)]


@pytest.fixture
def tail(settings: Settings) -> Iterator[Tail]:
    tail = Tail(settings, settings.topics.created)
    yield tail
    tail.close()


def test_what_is_published_can_be_seen(settings: Settings, tail: Tail) -> None:
    """Tickets arrive decoded and in order of their key; a value that is none is shown as text with its problem."""
    topic = settings.topics.created
    tickets = _tickets(5)
    published = publish(Publisher(settings), _rows(tickets), 0, lambda: None)
    producer = PlainProducer(Cluster(settings.kafka_bootstrap_servers), "foreign")
    for value in (b"\xffnonsense", None):
        assert producer.offer(Message(topic, b"T-bad", value, [("note", b"\xff"), ("text", "é".encode())]))
    left = producer.flush(10)
    documents = [tail.shown(record) for record in tail.existing()]
    shown = {document["key"]: document for document in documents}

    assert (published.tickets, published.bad, published.failures, left) == (5, [], [], 0)
    assert sorted(shown) == ["T-0", "T-1", "T-2", "T-3", "T-4", "T-bad"]
    assert [shown[ticket["ticket_id"]]["value"] for ticket in tickets] == tickets
    assert [(d["value"], d["problem"]) for d in documents if d["key"] == "T-bad"] == [
        ("\ufffdnonsense", "bad_framing: the value begins like none of the three framings"),
        (None, "tombstone: the record has no value"),
    ]
    assert shown["T-bad"]["headers"] == {"note": None, "text": "é"}

    stop, following = threading.Event(), tail.following(threading.Event())
    publish(Publisher(settings), _rows([a_ticket(ticket_id="T-new")]), 0, stop.set)
    newest = tail.shown(next(following))

    assert (newest["key"], stop.is_set()) == ("T-new", True)


def test_bad_lines_and_refused_tickets_are_counted_apart(settings: Settings) -> None:
    """The other lines are published; each bad line and each failure is reported."""
    advanced: list[int] = []
    bad = BadLine(2, "is not JSON")
    half = FileTicket(40, a_ticket(subject="\ud83d"))
    large = FileTicket(50, a_ticket(description="x" * settings.max_ticket_bytes))
    unlimited = settings.model_copy(update={"max_ticket_bytes": 4_000_000})
    huge = FileTicket(60, a_ticket(description="x" * 2_000_000))
    good = _rows([a_ticket(), a_ticket()])
    refused = publish(Publisher(settings), [large], 0, lambda: None)
    published = publish(Publisher(unlimited), [*good, bad, half, huge], 0, lambda: advanced.append(1))

    assert refused.bad == [
        BadLine(50, f"is larger than MAX_TICKET_BYTES={settings.max_ticket_bytes}, attributes included")
    ]
    assert published.tickets == 2
    assert (published.bad[0], published.bad[1].line, published.bad_total) == (bad, 40, 2)
    assert "subject" in published.bad[1].problem
    assert len(published.failures) == 1
    assert "too large" in published.failures[0]
    assert len(advanced) == 5


def test_a_rate_is_kept(settings: Settings) -> None:
    """Tickets are sent evenly, no faster than the rate."""
    began_s = time.monotonic()
    published = publish(Publisher(settings), _rows(_tickets(11)), 50.0, lambda: None)

    assert published.tickets == 11
    assert time.monotonic() - began_s >= 10 / 50


def _correction(ticket_id: str) -> TicketCorrected:
    return {
        "event_id": "c-1",
        "ticket_id": ticket_id,
        "category": "billing",
        "subcategory": None,
        "judged_event_id": None,
        "origin": "AGENT",
        "corrected_by": "ana",
        "reason": None,
        "corrected_at": 1_763_842_000_000,
    }


def test_a_correction_is_published_under_its_tickets_key(settings: Settings) -> None:
    """Its key is the ticket's, so that it goes to the same partition."""
    publisher = Publisher(settings)
    publisher.correction(_correction("T-1"))
    failures = publisher.finish()
    reader = Tail(settings, settings.topics.corrected)
    document = reader.shown(next(reader.following(threading.Event())))
    reader.close()

    assert (failures, document["key"], document["value"]["category"]) == ([], "T-1", "billing")


def test_a_correction_that_nobody_could_read_is_not_published(settings: Settings) -> None:
    """A correction that the sink would refuse is refused here; the message names the field."""
    with pytest.raises(BadRecord, match="ticket_id: blank"):
        Publisher(settings).correction(_correction(" "))


def test_a_registry_that_is_down_ends_the_command_with_a_sentence() -> None:
    """Where the format needs the registry, nothing is published, and the message names the setting."""
    names = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "SCHEMA_REGISTRY_URL": "http://127.0.0.1:1"}

    with pytest.raises(TicketstreamError, match="SCHEMA_REGISTRY_URL"):
        Publisher(settings_of(names)).ticket(a_ticket())


def test_each_topic_holds_its_event(settings: Settings) -> None:
    """Dead letters and unknown topics hold no event of the service."""
    topics = settings.topics.model_dump()
    held = {name: event for name, topic in topics.items() if (event := event_of(settings, topic))}

    assert held == {
        "created": "TicketCreated",
        "corrected": "TicketCorrected",
        "categorized": "TicketCategorized",
        "recategorize": "TicketCreated",
        "audit": "TicketCategorized",
        "telemetry": "Operation",
        "alerts": "Alert",
    }
    assert event_of(settings, "foreign") is None


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"key": "T-1", "value": "text"}, True),
        ({"key": None, "value": {"ticket_id": "T-1"}}, True),
        ({"key": "T-2", "value": {"ticket_id": "T-2"}}, False),
        ({"key": "T-2", "value": None}, False),
    ],
)
def test_a_record_concerns_a_ticket_by_its_key_or_its_field(document: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    """Without a ticket, every record is shown."""
    assert concerns(document, "T-1") is expected
    assert concerns(document, None)


def test_the_last_ones_are_kept_in_order() -> None:
    """Of any number of records, only as many are held in memory."""
    documents = [{"n": number} for number in range(10)]

    assert last(iter(documents), 3) == documents[-3:]
    assert last(iter(documents), 0) == []


def test_a_header_is_the_last_of_its_name_as_text() -> None:
    """A header that is missing, has no value or is not UTF-8 reads as None."""
    headers = [("a", b"1"), ("a", b"2"), ("b", None), ("c", b"\xff")]
    record = Record(Position("t", 0, 41, 0), b"key", b"value", list(headers))

    assert [record.header(name) for name in "abcd"] == ["2", None, None, None]
    assert (record.partition, record.next_offset, record.size) == (("t", 0), 42, 8)
