"""The loop that a user would write from topic to ClickHouse: consume, decode, insert columns, commit; nothing else.

It takes every record for a good one, and what it stores is judged and rolled up by nobody.
"""

import argparse
import sys
from io import BytesIO
from typing import Any

import clickhouse_connect
from confluent_kafka import Consumer, KafkaException, TopicPartition
from fastavro import schemaless_reader

from analytics.store.rows import Row, columns
from schemas.catalog import current
from schemas.framing import SINGLE_OBJECT_HEADER_BYTES
from schemas.position import Position

BATCH_RECORDS = 5_000
WAIT_S = 0.5


def run(kafka: str, group: str, topic: str, url: str, database: str) -> None:
    """Work until killed."""
    schema = current("TicketCategorized")
    client = clickhouse_connect.get_client(dsn=url, database=database)
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": group,
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([topic])
    while True:
        rows = []
        for message in consumer.consume(BATCH_RECORDS, WAIT_S):
            error = message.error()
            if error is not None:
                raise KafkaException(error)
            source = BytesIO(message.value() or b"")
            source.seek(SINGLE_OBJECT_HEADER_BYTES)
            event: Any = schemaless_reader(source, schema, None)
            position = Position(topic, message.partition() or 0, message.offset() or 0, 0)
            rows.append(Row("TicketCategorized", event, position))
        if rows:
            made = columns("TicketCategorized", rows)
            client.insert("_categorizations", list(made.values()), list(made), column_oriented=True)
            ends = {row.position.partition: row.position.offset + 1 for row in rows}
            consumer.commit(offsets=[TopicPartition(topic, *end) for end in ends.items()], asynchronous=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("kafka", "group", "topic", "url", "database"):
        parser.add_argument(f"--{name}", required=True)
    run(**vars(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
