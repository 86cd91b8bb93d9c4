"""A topic's committed records up to where its log ends now, for whoever needs all of them once."""

import time
from collections.abc import Collection, Iterator

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException
from confluent_kafka import TopicPartition as Place

from consumer import kafka_admin
from consumer.config import Settings
from consumer.errors import BrokerTrouble
from consumer.kafka_in import record_of
from consumer.record import Record

TIMEOUT_S = 15.0
# Longer than a transaction can live: whatever is open now is over by then.
QUIET_S = 30.0
_BATCH = 500


def committed(settings: Settings, topic: str, numbers: Collection[int] | None = None) -> Iterator[Record]:
    """Every committed record of these partitions, or of all; open transactions are waited for.

    Raises:
        BrokerTrouble: the broker did not answer, or nothing came for longer than a transaction can live.
    """
    try:
        yield from _committed(settings, topic, numbers)
    except KafkaException as error:
        raise BrokerTrouble(f"{topic} could not be read: {error.args[0].str()}") from error


def _committed(settings: Settings, topic: str, numbers: Collection[int] | None) -> Iterator[Record]:
    ends = _ends(settings, topic, range(kafka_admin.partition_counts(settings)[topic]) if numbers is None else numbers)
    reader = _reader(settings, "read_committed")
    try:
        reader.assign([Place(topic, number, OFFSET_BEGINNING) for number in ends])
        give_up_s = time.monotonic() + QUIET_S
        while ends:
            for received in reader.consume(_BATCH, 0.1):
                give_up_s = time.monotonic() + QUIET_S
                error = received.error()
                if error is None:
                    yield record_of(received)
                elif error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
                elif (received.offset() or 0) >= ends.get(received.partition() or 0, 0):
                    ends.pop(received.partition() or 0, None)
            if time.monotonic() > give_up_s:
                raise BrokerTrouble(f"{topic}: partitions {sorted(ends)} could not be read to their end")
    finally:
        reader.close()


def _ends(settings: Settings, topic: str, numbers: Collection[int]) -> dict[int, int]:
    """Where the logs end, open transactions included; empty partitions are left out."""
    reader = _reader(settings, "read_uncommitted")
    try:
        found = {number: reader.get_watermark_offsets(Place(topic, number), TIMEOUT_S) for number in numbers}
    finally:
        reader.close()
    return {number: high for number, (low, high) in found.items() if high > low}


def _reader(settings: Settings, isolation: str) -> Consumer:
    return kafka_admin.reader(settings, {"isolation.level": isolation, "enable.partition.eof": True})
