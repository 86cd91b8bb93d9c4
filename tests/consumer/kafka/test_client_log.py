"""The client library's own lines."""

import structlog

from consumer.kafka.client_log import ClientLog
from consumer.kafka.producer import new_producer
from tests.support.quick_waiting import until


def test_the_clients_lines_come_into_our_log() -> None:
    """Connections that fail are counted; the first is told as one of our events, the next ones some time later."""
    heard = ClientLog()
    with structlog.testing.capture_logs() as lines:
        producer = new_producer({"bootstrap.servers": "127.0.0.1:1", "client.id": "deaf"}, heard)
        until(lambda: producer.poll(0) or heard.failures > 1)

    [told] = [line for line in lines if line.get("facility") == "FAIL"]
    assert (told["event"], told["suppressed"]) == ("librdkafka.said", 0)
    assert "deaf" in told["client"]
    assert "127.0.0.1:1" in told["detail"]
