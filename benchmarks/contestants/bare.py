"""The bare loop: consume, work, produce, in transactions of 500 that carry the offsets; nothing else."""

import sys
import time
from typing import cast

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from benchmarks.contestants.options import PRODUCER, TRANSACTION_RECORDS, Options, options
from benchmarks.contestants.work import Work

ValuePartitionOffset = tuple[bytes, int, int]

TIMEOUT_S = 30.0
WAIT_S = 0.05


def run(given: Options) -> None:
    """Work until killed."""
    work = Work(given.answers, given.key, given.service_version)
    consumer = Consumer(
        {
            "bootstrap.servers": given.kafka,
            "group.id": given.group,
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([given.topic])
    producer = Producer({"bootstrap.servers": given.kafka, "transactional.id": given.group, **PRODUCER})
    producer.init_transactions(TIMEOUT_S)
    while True:
        messages = consumer.consume(TRANSACTION_RECORDS, WAIT_S)
        if not messages:
            continue
        received_ns = time.time_ns()
        next_offsets: dict[int, int] = {}
        producer.begin_transaction()
        for message in messages:
            error = message.error()
            if error is not None:
                raise KafkaException(error)
            # The types allow None, but a message without an error has an offset, and every ticket has a value.
            value, partition, offset = cast(
                "ValuePartitionOffset", (message.value(), message.partition(), message.offset())
            )
            event = work.event(value, given.topic, partition, offset, message.timestamp()[1], received_ns)
            producer.produce(given.output, event, message.key())
            next_offsets[partition] = offset + 1
        offsets = [TopicPartition(given.topic, partition, offset) for partition, offset in next_offsets.items()]
        producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), TIMEOUT_S)
        producer.commit_transaction(TIMEOUT_S)


def main() -> int:
    run(options(__doc__ or ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
