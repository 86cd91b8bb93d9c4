"""Quix Streams, which does the same work exactly once in transactions of 500, in its own environment."""

import sys
import time
from pathlib import Path
from typing import Any

from quixstreams import Application, message_context

from benchmarks.contestants.options import PRODUCER, TRANSACTION_RECORDS, TRANSACTION_S, Options, options
from benchmarks.contestants.work import Work


def run(given: Options) -> None:
    """Work until killed."""
    work = Work(given.answers, given.key, given.service_version)

    def answer(value: bytes, _key: Any, timestamp_ms: int, _headers: Any) -> bytes:
        context = message_context()
        return work.event(value, context.topic, context.partition, context.offset, timestamp_ms, time.time_ns())

    app = Application(
        given.kafka,
        consumer_group=given.group,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_every=TRANSACTION_RECORDS,
        commit_interval=TRANSACTION_S,
        producer_extra_config=PRODUCER,
        consumer_extra_config={"isolation.level": "read_committed"},
        state_dir=Path(given.answers).parent / f"{given.group}-state",
        auto_create_topics=False,
        use_changelog_topics=False,
        loglevel="WARNING",
    )
    source = app.topic(given.topic, key_deserializer="bytes", value_deserializer="bytes")
    output = app.topic(given.output, key_serializer="bytes", value_serializer="bytes")
    app.dataframe(source).apply(answer, metadata=True).to_topic(output)
    app.run()


def main() -> int:
    run(options(__doc__ or ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
