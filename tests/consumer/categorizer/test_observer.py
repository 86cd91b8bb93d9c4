"""What telemetry hears of transactions: a fair part of them."""

from collections import deque

from consumer.categorizer.observer import ONE_IN, CategorizerObserver
from consumer.monitoring.alerts import Alerts, AlertWriter
from consumer.monitoring.service_watch import ServiceWatch
from consumer.monitoring.telemetry import Telemetry
from schemas.codec import Decoder, Encoder
from schemas.position import Position
from tests.support.consumer_parts import FINISHED, an_envelope
from tests.support.offered import Offered

TRANSACTIONS = 800


def test_one_in_so_many_transactions_is_reported_and_percentiles_stay_true() -> None:
    """As many rows as tickets would be too many. The first is among those told, and quick and slow ones alike."""
    offered = Offered()
    encode = Encoder("Operation", "single-object", "telemetry").encode
    telemetry = Telemetry(offered, encode, topic="telemetry", instance="host-0.1", service_version="1.2.3")
    watch = ServiceWatch(
        Alerts(AlertWriter(offered, lambda _: b"", "alerts", "host-0.1", "1.2.3"), lambda _: None),
        p95_s=60.0,
        failure_rate=1.0,
        breaker_threshold=5,
    )
    observer = CategorizerObserver(telemetry, watch, "categorizer-0", deque())
    envelope = an_envelope()
    envelope.outcome = FINISHED
    for number in range(TRANSACTIONS):
        observer.committed([envelope], 100.0, 100.0 + (number % 101 + 1) / 1000)
    decoder = Decoder("Operation")
    rows = [decoder.decode(message.value, Position("telemetry", 0, 0, 0)) for message in offered.messages]
    told_ms = sorted(round(row["duration_us"] / 1000) for row in rows)

    assert len(rows) == TRANSACTIONS / ONE_IN
    assert {row["operation"] for row in rows} == {"transaction"}
    assert {(row["detail"]["records"], row["detail"]["one_in"]) for row in rows} == {("1", str(ONE_IN))}
    assert abs(told_ms[len(rows) // 2] - 51) <= 3
    assert abs(told_ms[int(len(rows) * 0.95)] - 96) <= 3
