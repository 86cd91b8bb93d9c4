"""Topics as a test sees them: what is committed, and records put there byte by byte."""

import time
import uuid
from collections.abc import Callable, Iterable
from typing import NamedTuple, Self

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from consumer.kafka.records import Headers, Record
from schemas.position import Position

TIMEOUT_S = 40.0


class Put(NamedTuple):
    """A record to produce; without a partition its key decides, as Java clients do it, and 0 is the time of now."""

    value: bytes | None
    key: bytes | None = None
    headers: Headers | None = None
    partition: int = -1
    timestamp_ms: int = 0


class Reader:
    """Reads the committed view of one topic from its beginning, without a group."""

    def __init__(self, kafka: str, topic: str) -> None:
        self.records: list[Record] = []
        self._topic = topic
        self._consumer = Consumer(
            {
                "bootstrap.servers": kafka,
                "group.id": f"look-{uuid.uuid4().hex}",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 20,
            }
        )
        partitions = self._consumer.list_topics(topic, TIMEOUT_S).topics[topic].partitions
        self._consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
        self._ends: set[int] = set()
        self._partitions = len(partitions)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def until(self, enough: Callable[[list[Record]], object], timeout_s: float = TIMEOUT_S) -> list[Record]:
        """Read on until `enough` says so of all records read so far."""
        give_up_s = time.monotonic() + timeout_s
        while not enough(self.records):
            if time.monotonic() > give_up_s:
                raise AssertionError(f"{self._topic}: not enough in {timeout_s:g} s; {len(self.records)} records came")
            self._read()
        return self.records

    def to_the_end(self) -> list[Record]:
        """Everything that is committed now; for readers that have not read before."""
        give_up_s = time.monotonic() + TIMEOUT_S
        while len(self._ends) < self._partitions:
            if time.monotonic() > give_up_s:
                raise AssertionError(f"{self._topic}: only partitions {self._ends} could be read to their end")
            self._read()
        return self.records

    def _read(self) -> None:
        for message in self._consumer.consume(500, 0.05):
            error = message.error()
            if error is None:
                self.records.append(_record(message))
            elif error.code() == KafkaError._PARTITION_EOF:
                self._ends.add(message.partition() or 0)


def committed(kafka: str, topic: str) -> list[Record]:
    """The committed view of a topic as it is now."""
    with Reader(kafka, topic) as reader:
        return reader.to_the_end()


def put(kafka: str, topic: str, records: Iterable[Put]) -> list[Position]:
    """Produce the records, in order, and wait for the broker; where each of them stands."""
    producer = Producer({"bootstrap.servers": kafka, "partitioner": "murmur2_random", "linger.ms": 1})
    delivered: dict[int, Position] = {}

    def remember(number: int) -> Callable[[KafkaError | None, Message], None]:
        def note(error: KafkaError | None, message: Message) -> None:
            assert error is None, error
            delivered[number] = _record(message).position

        return note

    for number, record in enumerate(records):
        producer.produce(
            topic,
            record.value,
            record.key,
            record.partition,
            on_delivery=remember(number),
            timestamp=record.timestamp_ms,
            headers=record.headers,
        )
        producer.poll(0)
    assert producer.flush(TIMEOUT_S) == 0
    return [delivered[number] for number in sorted(delivered)]


def _record(message: Message) -> Record:
    position = Position(message.topic(), message.partition(), message.offset(), message.timestamp()[1])  # type: ignore[arg-type]  # only messages without an error come here
    return Record(position, message.key(), message.value(), message.headers() or [])  # type: ignore[arg-type]  # the same


def group_offsets(kafka: str, group: str, topic: str, partitions: int) -> dict[int, int]:
    """Per partition the offset that a group has committed; partitions without one are left out."""
    return {place.partition: place.offset for place in _committed_places(kafka, group, topic, partitions)}


def group_notes(kafka: str, group: str, topic: str, partitions: int) -> dict[int, str]:
    """Per partition what a group has committed beside its offset."""
    return {place.partition: place.metadata or "" for place in _committed_places(kafka, group, topic, partitions)}


def _committed_places(kafka: str, group: str, topic: str, partitions: int) -> list[TopicPartition]:
    reader = Consumer({"bootstrap.servers": kafka, "group.id": group})
    wanted = [TopicPartition(topic, number) for number in range(partitions)]
    give_up_s = time.monotonic() + TIMEOUT_S
    try:
        while True:
            try:
                return [place for place in reader.committed(wanted, TIMEOUT_S) if place.offset >= 0]
            except KafkaException as error:
                # A group that is new has its coordinator moved at first.
                if error.args[0].code() != KafkaError.NOT_COORDINATOR or time.monotonic() > give_up_s:
                    raise
    finally:
        reader.close()
