"""An output with a fault gives no figures."""

from typing import Any

import pytest
from confluent_kafka import Producer

from benchmarks.broker import Broker
from benchmarks.checking import Compared, compare, read_output
from benchmarks.errors import BenchmarkFailed
from benchmarks.processes import Machine
from benchmarks.tickets import load, repeated
from consumer.config.settings import Settings
from schemas.encoder import Encoder
from tests.support.event_examples import CATEGORIZED

ENCODER = Encoder("TicketCategorized", "single-object", "output")
FROM_CACHE = {**CATEGORIZED, "model_call_id": None}


def _event(**changes: Any) -> bytes:
    return ENCODER.encode({**FROM_CACHE, **changes})


def _published(settings: Settings) -> list[tuple[int, int]]:
    """Publish a few tickets; where they stand."""
    load(settings.kafka_bootstrap_servers, settings.topics.created, repeated(5, 1))
    broker = Broker(settings.kafka_bootstrap_servers, settings.kafka_group_id)
    ends = broker.ends(settings.topics.created)
    broker.close()
    return [(partition, offset) for partition, end in sorted(ends.items()) for offset in range(end)]


def _answer(settings: Settings, records: list[tuple[int, int]]) -> None:
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap_servers})
    for partition, offset in records:
        source = {"topic": settings.topics.created, "partition": partition, "offset": offset, "timestamp": 0}
        producer.produce(settings.topics.categorized, _event(source=source))
    producer.flush()


def test_an_output_is_whole_when_every_record_is_answered_once(here: Machine) -> None:
    """Every record of the input has its answer."""
    with here.topics("whole") as settings:
        records = _published(settings)
        _answer(settings, records)

        output = read_output(settings)

    assert len(records) == 5
    assert records == sorted(output)


def test_a_record_that_was_answered_twice_is_noticed(here: Machine) -> None:
    """A doubled answer ends the benchmark."""
    with here.topics("doubled") as settings:
        records = _published(settings)
        _answer(settings, [*records, records[0]])

        with pytest.raises(BenchmarkFailed, match="answered twice"):
            read_output(settings)


def test_a_record_that_was_not_answered_is_noticed(here: Machine) -> None:
    """A missing answer ends the benchmark."""
    with here.topics("missing") as settings:
        records = _published(settings)
        _answer(settings, records[1:])

        with pytest.raises(BenchmarkFailed, match="1 of 5 records have no answer"):
            read_output(settings)


def test_events_may_differ_in_their_timings_only() -> None:
    """What was measured may differ, what was answered may not."""
    timings = {**FROM_CACHE["timings"], "total_us": 1}
    ours = {(0, 0): _event(), (0, 1): _event(model_call_id="call-1")}

    found = compare(ours, {(0, 0): _event(timings=timings, categorized_at=FROM_CACHE["created_at"]), (0, 1): _event()})

    assert Compared(equal=1, left_out=1) == found
    with pytest.raises(BenchmarkFailed, match="category, explanation"):
        compare(ours, {(0, 0): _event(category="cards", explanation=[]), (0, 1): _event()})
