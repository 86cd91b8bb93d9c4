"""What telemetry hears of transactions: a fair part of them."""

import math
from collections import deque

from prometheus_client import REGISTRY

from consumer.answer.cache import Answer
from consumer.categorizer.observer import ONE_IN, CategorizerObserver, Readings
from consumer.model.types import CallReport
from consumer.monitoring.alerts import Alerts, AlertWriter
from consumer.monitoring.service_watch import ServiceWatch
from consumer.monitoring.telemetry import Telemetry
from schemas.codec import Decoder, Encoder
from schemas.position import Position
from tests.support.consumer_parts import FINISHED, an_envelope
from tests.support.offered import Offered

TRANSACTIONS = 800


def _observer(offered: Offered, readings: Readings, calls: deque[CallReport]) -> CategorizerObserver:
    encode = Encoder("Operation", "single-object", "telemetry").encode
    telemetry = Telemetry(offered, encode, topic="telemetry", instance="host-0.1", service_version="1.2.3")
    watch = ServiceWatch(
        Alerts(AlertWriter(offered, lambda _: b"", "alerts", "host-0.1", "1.2.3"), lambda _: None),
        p95_s=60.0,
        failure_rate=1.0,
        breaker_threshold=5,
    )
    return CategorizerObserver(telemetry, watch, "categorizer-0", calls, readings)


def _shown() -> dict[str, float]:
    """Every value of now, by its name and labels."""
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
    }


def test_one_in_so_many_transactions_is_reported_and_percentiles_stay_true() -> None:
    """As many rows as tickets would be too many. The first is among those told, and quick and slow ones alike."""
    offered = Offered()
    observer = _observer(offered, Readings(), deque())
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


def test_stages_and_the_cache_are_counted_by_the_transaction() -> None:
    """Each ticket in the bucket of its time; stages that a ticket did not pass are left out; people ask no cache."""
    asked, cached, corrected = an_envelope(), an_envelope(), an_envelope()
    for envelope in (asked, cached, corrected):
        envelope.entered_s, envelope.decode_us, envelope.lookup_us = 100.0, 50, 20
    asked.outcome, asked.model_outcome, asked.queue_us, asked.model_us = FINISHED, "answered", 2_000, 300_000
    cached.outcome = Answer(b"answer", "CACHE", provisional=False, headers=[])
    corrected.outcome = Answer(b"answer", "OVERRIDE", provisional=False, headers=[])
    observer = _observer(Offered(), Readings(budget=lambda _: 0.25), deque())
    before = _shown()
    observer.committed([asked, cached, corrected], 100.5, 100.75)
    grown = {name: value - before.get(name, 0.0) for name, value in _shown().items()}

    name = "ticketstream_stage_seconds"
    counts = {stage: grown[f"{name}_count['{stage}']"] for stage in ("decode", "queue", "model", "rules", "end_to_end")}
    assert counts == {"decode": 3, "queue": 1, "model": 1, "rules": 0, "end_to_end": 3}
    assert (grown[f"{name}_bucket['0.25', 'model']"], grown[f"{name}_bucket['0.5', 'model']"]) == (0, 1)
    assert (grown[f"{name}_bucket['0.0001', 'decode']"], grown[f"{name}_bucket['1e-05', 'decode']"]) == (3, 0)
    assert math.isclose(grown[f"{name}_sum['end_to_end']"], 2.25)
    assert math.isclose(grown[f"{name}_sum['commit']"], 0.75)
    assert [grown[f"ticketstream_cache_requests_total['{result}']"] for result in ("hit", "miss")] == [1, 1]


def test_calls_their_retries_and_what_is_looked_at_are_shown() -> None:
    """A call counts once, by its outcome after all tries."""
    calls = deque(CallReport("0" * 32, outcome, 3, 0, 1, 1) for outcome in ("answered", "timeout", "timeout"))
    observer = _observer(Offered(), Readings(cached=lambda: 7, budget=lambda _: 0.25), calls)
    before = _shown()
    observer.turned(5, 2, 0.5, stopped=False)
    after = _shown()
    names = ("model_calls_total['answered']", "model_calls_total['timeout']", "model_retries_total[]")

    assert [after[f"ticketstream_{name}"] - before.get(f"ticketstream_{name}", 0.0) for name in names] == [1, 2, 6]
    gauges = ("cache_entries", "retry_budget_ratio", "window_fill_ratio", "window_records", "model_waiting")
    assert [after[f"ticketstream_{name}[]"] for name in gauges] == [7, 0.25, 0.5, 5, 2]
