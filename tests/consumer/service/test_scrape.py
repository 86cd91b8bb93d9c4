"""What Prometheus reads of a whole service, and how long that takes."""

import os
import time
from collections.abc import Callable, Iterator

import pytest
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.openmetrics import exposition, parser

from consumer.monitoring import shared_values
from consumer.monitoring.catalogue import BY_NAME, CATALOGUE
from consumer.service.build_info import BuildInfo
from consumer.service.worker_metrics import WorkerMetrics
from tests.support.counting import memory_of

# The library has no types for these.
openmetrics: Callable[[CollectorRegistry], bytes] = exposition.generate_latest
parsed: Callable[[str], Iterator[Metric]] = parser.text_string_to_metric_families
WORKERS = 8
LONGEST_S = 0.02
# Everything that a worker can show, with more values of labels than there are.
ALL = """
from consumer.monitoring import metrics
from consumer.monitoring.catalogue import BY_NAME
for metric in vars(metrics).values():
    if hasattr(metric, "describe") and not isinstance(metric, type):
        names = vars(metric)["_labelnames"]
        for number in range(8 if names else 1):
            child = metric.labels(*(f"value-{number}" for _ in names)) if names else metric
            for act, given in (("observe", 0.3), ("set", 1), ("inc", 1)):
                if hasattr(child, act):
                    getattr(child, act)(given)
                    break
"""


@pytest.fixture(scope="module")
def registry() -> CollectorRegistry:
    """A service with workers that all show everything."""
    metrics = WorkerMetrics()
    _, source = memory_of(ALL)
    content = os.pread(source, shared_values.MEMORY_BYTES, 0)
    os.close(source)
    for number in range(WORKERS):
        descriptor = shared_values.allocate()
        os.pwrite(descriptor, content, 0)
        metrics.watch(number, descriptor)
    registry = CollectorRegistry()
    registry.register(metrics)
    registry.register(BuildInfo())
    return registry


def test_openmetrics_reads_every_metric_of_the_catalogue(registry: CollectorRegistry) -> None:
    """Its parser is strict: names, endings, kinds, buckets. Nothing is shown that is not in the catalogue."""
    families = list(parsed(openmetrics(registry).decode()))
    shown = {f"{family.name}_total" if family.type == "counter" else family.name: family for family in families}
    of_workers = {each.name for each in CATALOGUE if each.source in {"categorizer", "sink", "worker"}}

    assert set(shown) == of_workers | {"ticketstream_build_info"}
    for name, family in shown.items():
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert (family.type, family.documentation, labels) == (
            BY_NAME[name].kind,
            BY_NAME[name].meaning,
            set(BY_NAME[name].labels),
        )


def test_values_of_all_workers_are_one(registry: CollectorRegistry) -> None:
    """Counters add up, and of a gauge that says yes or no the highest counts."""
    assert registry.get_sample_value("ticketstream_rebalances_total", {"event": "value-1"}) == WORKERS
    assert registry.get_sample_value("ticketstream_stage_seconds_count", {"stage": "value-1"}) == WORKERS
    assert registry.get_sample_value("ticketstream_breaker_state", {"state": "value-1"}) == 1


def test_a_scrape_of_eight_workers_is_quick(registry: CollectorRegistry) -> None:
    """In processor time, and the best of several, since other programs run here too."""
    lasted_s = []
    for _ in range(10):
        began_s = time.thread_time()
        generate_latest(registry)
        lasted_s.append(time.thread_time() - began_s)

    assert min(lasted_s) < LONGEST_S


def test_half_of_the_memory_of_a_worker_is_enough() -> None:
    """What is left takes foreign labels and reasons, of which nobody knows how many there will be."""
    _, descriptor = memory_of(ALL)
    used = len(os.pread(descriptor, shared_values.MEMORY_BYTES, 0).rstrip(bytes(1)))
    os.close(descriptor)

    assert used < shared_values.MEMORY_BYTES // 2
