"""What the sink shows to dashboards and analysts."""

import time

from prometheus_client import REGISTRY

from analytics.store.rows import TABLES
from consumer.monitoring.alerts import Alerts, AlertWriter
from consumer.monitoring.service_watch import ServiceWatch
from consumer.monitoring.telemetry import Telemetry
from consumer.sink.observer import SinkObserver
from schemas.codec import Decoder, Encoder
from schemas.position import Position
from tests.support.offered import Offered

TOPIC = "ticket-telemetry"
# As they were shown first. Dashboards and queries of analysts hold these words.
SHOWN = {"categorization_store", "correction_store", "telemetry_store", "alert_store", "text_store"}

TABLES_OF = {TOPIC: TABLES["Operation"]}


def _delays() -> dict[str, float]:
    name, labels = "ticketstream_sink_delay_seconds_bucket", {"table": "telemetry_store"}
    return {bound: REGISTRY.get_sample_value(name, {**labels, "le": bound}) or 0.0 for bound in ("10.0", "30.0")}


def _counted() -> dict[str, float]:
    return {name: REGISTRY.get_sample_value("ticketstream_sink_rows_total", {"table": name}) or 0.0 for name in SHOWN}


def test_tables_are_shown_by_the_names_that_dashboards_know() -> None:
    """The names stay, in the metric and in the telemetry of inserts, whatever the tables are called."""
    offered = Offered()
    telemetry = Telemetry(
        offered,
        Encoder("Operation", "single-object", TOPIC).encode,
        topic=TOPIC,
        instance="host-0.1",
        service_version="1.2.3",
    )
    alerts = Alerts(AlertWriter(offered, lambda _: b"", "ticket-alerts", "host-0.1", "1.2.3"), lambda _: None)
    watch = ServiceWatch(alerts, p95_s=5.0, failure_rate=0.1, breaker_threshold=5)
    before, delays_before = _counted(), _delays()
    written_ms = time.time_ns() // 1_000_000 - 20_000
    SinkObserver(telemetry, watch, "sink-0", TABLES_OF).inserted(
        dict.fromkeys(TABLES.values(), 3), {(TOPIC, written_ms): 4}, 1.0, 1.5
    )
    told = Decoder("Operation").decode(offered.messages[0].value, Position(TOPIC, 0, 0, 0))

    assert {name: value - before[name] for name, value in _counted().items()} == dict.fromkeys(SHOWN, 3.0)
    assert {bound: number - delays_before[bound] for bound, number in _delays().items()} == {"10.0": 0, "30.0": 4}
    assert told["detail"] == dict.fromkeys(SHOWN, "3")
