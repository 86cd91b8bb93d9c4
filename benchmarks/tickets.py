"""Tickets for benchmarks: real sentences, combined to texts of one length."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from confluent_kafka import Producer

from benchmarks.errors import BenchmarkFailed
from sandbox.labelled import bench_tickets
from schemas.encoder import Encoder
from schemas.events import TicketCreated
from schemas.identity import named

# With its identifiers and its header, a ticket of this much text takes about 300 bytes.
TEXT_CHARACTERS = 215
FLUSH_S = 60.0
CREATED_AT_MS = 1_763_800_000_000


class Text(NamedTuple):
    """Subject and description of a ticket."""

    subject: str
    description: str


@cache
def _sentences() -> tuple[str, ...]:
    return tuple(dict.fromkeys(ticket.description for ticket in bench_tickets() if ticket.language == "en"))


def text(number: int) -> Text:
    """The text of this number: the same in every run, and different for every number up to millions.

    Texts differ in words and not only in digits, because the cache treats texts that differ in digits as equal.
    """
    sentences = _sentences()
    count = len(sentences)
    first, turn = number % count, number // count
    if turn >= count - 1:
        raise BenchmarkFailed(f"there are only {count * (count - 1)} different texts")
    # The pair of subject and second sentence is different for every number.
    second = (first + turn + 1) % count
    said = [sentences[second]]
    while len(sentences[first]) + sum(map(len, said)) < TEXT_CHARACTERS:
        second = (second * 31 + 7) % count
        said.append(sentences[second])
    return Text(sentences[first], " ".join(said)[: max(40, TEXT_CHARACTERS - len(sentences[first]))])


def ticket(number: int, said: Text) -> TicketCreated:
    """The event of a ticket, as a publisher writes it."""
    return {
        "event_id": named(f"benchmark|{number}"),
        "ticket_id": f"T-{number}",
        "subject": said.subject,
        "description": said.description,
        "language": "en",
        "channel": "web",
        "attributes": {},
        "created_at": CREATED_AT_MS + number,
    }


def repeated(count: int, distinct: int) -> Iterator[TicketCreated]:
    """Tickets that repeat a few texts."""
    texts = [text(number) for number in range(distinct)]
    return (ticket(number, texts[number % distinct]) for number in range(count))


def different(count: int) -> Iterator[TicketCreated]:
    """Tickets whose texts are all different."""
    return (ticket(number, text(number)) for number in range(count))


def half_repeated(count: int, distinct: int) -> Iterator[TicketCreated]:
    """Tickets with a unique text and tickets that repeat a few texts, in turn."""
    texts = [text(number) for number in range(distinct)]
    for number in range(count):
        yield ticket(number, text(distinct + number) if number % 2 else texts[number // 2 % distinct])


class Publisher:
    """Puts tickets on a topic in single-object framing."""

    def __init__(self, kafka: str, topic: str, linger_ms: int = 5) -> None:
        self._encoder = Encoder("TicketCreated", "single-object", topic)
        self._topic = topic
        self._failures: list[str] = []
        self._producer = Producer(
            {
                "bootstrap.servers": kafka,
                "compression.type": "lz4",
                "partitioner": "murmur2_random",
                "linger.ms": linger_ms,
            }
        )

    def encoded(self, created: TicketCreated) -> tuple[bytes, bytes]:
        """A ticket's key and value."""
        return created["ticket_id"].encode(), self._encoder.encode(created)

    def publish(self, created: TicketCreated) -> None:
        """Hand over one ticket."""
        self.hand_over(*self.encoded(created))

    def hand_over(self, key: bytes, value: bytes) -> None:
        """Hand over an encoded ticket."""
        while True:
            try:
                self._producer.produce(self._topic, value, key, on_delivery=self._delivered)
            except BufferError:
                self._producer.poll(0.1)
            else:
                self._producer.poll(0)
                return

    def finish(self) -> None:
        """Wait until the broker has everything.

        Raises:
            BenchmarkFailed: It did not take all tickets.
        """
        left = self._producer.flush(FLUSH_S)
        if left or self._failures:
            raise BenchmarkFailed(f"the broker did not take {left + len(self._failures)} tickets {self._failures[:1]}")

    def _delivered(self, error: object, _: object) -> None:
        if error is not None:
            self._failures.append(str(error))


def load(kafka: str, topic: str, tickets: Iterable[TicketCreated]) -> float:
    """Encode tickets and then publish them as fast as possible; the mean size of a value in bytes."""
    publisher = Publisher(kafka, topic)
    encoded = [publisher.encoded(created) for created in tickets]
    for key, value in encoded:
        publisher.hand_over(key, value)
    publisher.finish()
    return sum(len(value) for _, value in encoded) / len(encoded) if encoded else 0.0
