"""Builds what watches a process and sends its alerts."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version
from typing import NamedTuple

import structlog

from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble
from consumer.kafka.cluster import cluster_of
from consumer.kafka.producer import PlainProducer
from consumer.kafka.schema_registry import registry_of
from consumer.monitoring.alert_history import past_alerts
from consumer.monitoring.alerts import Alerts, AlertWriter
from consumer.monitoring.notifier import Notifier, notifier_of
from consumer.monitoring.service_watch import ServiceWatch
from consumer.monitoring.telemetry import Telemetry
from schemas.codec import Decoder, Encoder
from schemas.events import Alert

log = structlog.get_logger()

SERVICE_VERSION = version("ticketstream")
CLOSE_S = 1.0
# Open alerts that are older than this are not looked for.
REMEMBERED = timedelta(days=7)


class Watching(NamedTuple):
    """The watch of one process, its alerts, and what sends them."""

    alerts: Alerts
    watch: ServiceWatch
    producer: PlainProducer
    notifier: Notifier | None

    def close(self) -> None:
        """Wait a moment for alerts that are not sent yet."""
        self.producer.flush(CLOSE_S)
        if self.notifier is not None:
            self.notifier.close()


def telemetry_of(settings: Settings, member: str) -> Telemetry:
    """Telemetry with its own producer, outside every transaction: it may lose events, it must not delay answers."""
    encoder = Encoder("Operation", settings.output_format, settings.topics.telemetry, registry_of(settings))
    return Telemetry(
        PlainProducer(cluster_of(settings), f"{member}.telemetry", [settings.topics.telemetry]),
        encoder.encode,
        topic=settings.topics.telemetry,
        instance=member,
        service_version=SERVICE_VERSION,
    )


def watching_of(settings: Settings, member: str) -> Watching:
    """The watch of one process, with alerts to `ticket-alerts`; raises what `start_watching` raises."""
    registry = registry_of(settings)
    encoder = Encoder("Alert", settings.output_format, settings.topics.alerts, registry)
    return start_watching(settings, member, SERVICE_VERSION, encoder.encode, Decoder("Alert", registry))


def start_watching(
    settings: Settings, member: str, service_version: str, encode: Callable[[Alert], bytes], decoder: Decoder
) -> Watching:
    """Watch this process. Alerts that an earlier process of this name left open are ended in the background.

    Alerts have a producer of their own, so that they do not wait behind telemetry.

    Raises:
        ConfigurationError: an address in ALERT_URLS cannot be used.
    """
    producer = PlainProducer(cluster_of(settings), f"{member}.alerts", [settings.topics.alerts])
    notifier = notifier_of(settings.alert_urls.get_secret_value())
    alerts = Alerts(
        AlertWriter(producer, encode, settings.topics.alerts, member, service_version),
        notifier.notify if notifier is not None else lambda _: None,
    )
    watch = ServiceWatch(
        alerts,
        p95_s=settings.performance_alert_threshold_p95,
        failure_rate=settings.performance_alert_threshold_failure_rate,
        breaker_threshold=settings.circuit_breaker_threshold,
    )

    def end_abandoned() -> None:
        try:
            since_ms = int((time.time() - REMEMBERED.total_seconds()) * 1000)
            alerts.end_abandoned(past_alerts(settings, decoder, since_ms))
        except (BrokerTrouble, OSError) as error:
            log.warning("alerts.left_open", detail=str(error))

    threading.Thread(target=end_abandoned, name="alerts-abandoned", daemon=True).start()
    return Watching(alerts, watch, producer, notifier)
