"""What runs: the versions of the service, of Python and of Kafka's client library, as a metric."""

import platform
from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from consumer.kafka.producer import library_version
from consumer.monitoring.catalogue import BY_NAME
from consumer.monitoring.setup import SERVICE_VERSION


class BuildInfo(Collector):
    """`ticketstream_build_info`, which is always 1."""

    def collect(self) -> Iterator[Metric]:
        """The metric; its labels are the versions."""
        info = BY_NAME["ticketstream_build_info"]
        family = GaugeMetricFamily(info.name, info.meaning, labels=info.labels)
        family.add_metric([SERVICE_VERSION, platform.python_version(), library_version()], 1)
        yield family
