"""The client library's own lines."""

import structlog

from consumer.kafka_log import ClientLog
from consumer.kafka_out import new_producer
from tests.consumer.waiting import until


def test_the_clients_lines_come_into_our_log() -> None:
    """A connection that fails is counted and told as one of our events."""
    heard = ClientLog()
    with structlog.testing.capture_logs() as lines:
        producer = new_producer({"bootstrap.servers": "127.0.0.1:1", "client.id": "deaf"}, heard)
        until(lambda: producer.poll(0) or heard.failures)

    told = [line for line in lines if line["event"] == "librdkafka.said" and line["facility"] == "FAIL"]
    assert len(told) == heard.failures
    assert "deaf" in told[0]["client"]
    assert "127.0.0.1:1" in told[0]["detail"]
    assert {line["log_level"] for line in told} <= {"error", "warning", "info"}
