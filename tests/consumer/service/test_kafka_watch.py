"""Asking the brokers from the service's own process."""

import threading

from prometheus_client import CollectorRegistry, generate_latest

from consumer.errors import BrokerTrouble
from consumer.service.health_metrics import HealthMetrics
from consumer.service.kafka_watch import KafkaWatch
from consumer.service.part_states import PartState
from consumer.service.supervisor import Worker
from tests.support.waiting import until


def test_a_broker_that_goes_and_comes_back_is_noticed() -> None:
    """Nothing is known before the first answer; then the reason, and nothing when there is none."""
    answers, ended = threading.Event(), threading.Event()

    def ask(_: float) -> None:
        if not answers.is_set():
            raise BrokerTrouble("no broker answered")

    watch = KafkaWatch(ask, ended.is_set, every_s=0.01)
    before = watch.unreached
    watch.start()
    until(lambda: watch.unreached == "no broker answered")
    answers.set()
    until(lambda: watch.unreached == "")
    watch.close()

    assert before is None


def test_processes_and_parts_are_metrics() -> None:
    """Of workers by name and role; of parts that are used."""
    registry = CollectorRegistry()
    workers = [Worker("categorizer", 0, {}), Worker("categorizer", 1, {}), Worker("sink", 0, {})]
    parts = {"kafka": PartState("down", "", ready=False), "model": PartState("ok"), "registry": PartState("unused")}
    registry.register(HealthMetrics(workers, lambda: parts))
    lines = generate_latest(registry).decode().splitlines()

    assert 'ticketstream_worker_restarts_total{worker="sink-0"} 0.0' in lines
    assert 'ticketstream_workers_running{role="categorizer"} 0.0' in lines
    assert 'ticketstream_part_ready{part="kafka"} 0.0' in lines
    assert 'ticketstream_part_ready{part="model"} 1.0' in lines
    assert not [line for line in lines if 'part="registry"' in line]
