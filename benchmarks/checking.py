"""Checks an output: every input record is answered once, and by the same event as in other outputs."""

import time
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from benchmarks.broker import Broker
from benchmarks.errors import BenchmarkFailed
from consumer.config.settings import Settings
from schemas.codec import Decoder
from schemas.position import Position

READ_TIMEOUT_S = 60.0
CHUNK = 2_000
# Times and durations differ between two programs that do the same.
NOT_COMPARED = frozenset({"timings", "categorized_at"})

RecordId = tuple[int, int]
"""Partition and offset."""
Output = dict[RecordId, bytes]
"""By the input record, the value of the event that answers it."""


class Compared(NamedTuple):
    """The number of compared events, and of those left out because a call to the model shaped them."""

    equal: int
    left_out: int


def read_output(settings: Settings) -> Output:
    """Read the committed output and check that it answers every input record exactly once.

    Raises:
        BenchmarkFailed: an answer is missing or doubled, or belongs to no record.
    """
    broker = Broker(settings.kafka_bootstrap_servers, settings.kafka_group_id)
    try:
        inputs, ends = broker.ends(settings.topics.created), broker.ends(settings.topics.categorized)
    finally:
        broker.close()
    found: Output = {}
    for value in _values(settings, ends):
        record = _source(settings, value)
        if record in found:
            raise BenchmarkFailed(f"the record at {record} was answered twice")
        found[record] = value
    wanted = {(partition, offset) for partition, end in inputs.items() for offset in range(end)}
    if found.keys() != wanted:
        missing, strange = len(wanted - found.keys()), len(found.keys() - wanted)
        raise BenchmarkFailed(f"{missing} of {len(wanted)} records have no answer, {strange} answers have no record")
    return found


def compare(ours: Output, theirs: Output) -> Compared:
    """Compare two outputs of the same input, field by field.

    Our events with a call to the model are left out, because they name the call.

    Raises:
        BenchmarkFailed: two events differ; the message names the fields.
    """
    decoder = Decoder("TicketCategorized")
    equal = left_out = 0
    for record, value in ours.items():
        mine, other = _decode(decoder, value), _decode(decoder, theirs[record])
        if mine["model_call_id"] is not None:
            left_out += 1
            continue
        differing = [name for name in mine if name not in NOT_COMPARED and mine[name] != other[name]]
        if differing:
            raise BenchmarkFailed(f"the events for the record at {record} differ in {', '.join(differing)}")
        equal += 1
    return Compared(equal, left_out)


def decoded(output: Output) -> Iterator[dict[str, Any]]:
    """Every event of an output."""
    decoder = Decoder("TicketCategorized")
    return (_decode(decoder, value) for value in output.values())


def _source(settings: Settings, value: bytes) -> RecordId:
    source = _decode(_DECODER, value)["source"]
    if source["topic"] != settings.topics.created:
        raise BenchmarkFailed(f"an answer belongs to {source['topic']}")
    return source["partition"], source["offset"]


_DECODER = Decoder("TicketCategorized")


def _decode(decoder: Decoder, value: bytes) -> dict[str, Any]:
    return decoder.decode(value, Position("", 0, 0, 0))


def _values(settings: Settings, partitions: Collection[int]) -> Iterator[bytes]:
    """The committed records of the output."""
    reader = Consumer(
        {
            "bootstrap.servers": settings.kafka_bootstrap_servers,
            "group.id": f"{settings.kafka_group_id}-check",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
    )
    topic = settings.topics.categorized
    try:
        reader.assign([TopicPartition(topic, number, 0) for number in partitions])
        give_up_s = time.monotonic() + READ_TIMEOUT_S
        left = set(partitions)
        while left:
            if time.monotonic() > give_up_s:
                raise BenchmarkFailed(f"{topic} could not be read to its end within {READ_TIMEOUT_S:g} s")
            for message in reader.consume(CHUNK, 0.2):
                error = message.error()
                if error is None:
                    yield message.value() or b""
                elif error.code() == KafkaError._PARTITION_EOF:
                    left.discard(message.partition())
                else:
                    raise KafkaException(error)
    finally:
        reader.close()
