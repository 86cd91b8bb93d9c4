"""Builds what watches a process and sends its alerts."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import structlog

from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble
from consumer.kafka.transactions import PlainProducer
from consumer.monitoring.alert_history import past_alerts
from consumer.monitoring.alerts import Alerts, AlertWriter
from consumer.monitoring.notifier import Notifier, notifier_of
from consumer.monitoring.service_watch import ServiceWatch
from schemas.codec import Decoder
from schemas.events import Alert

log = structlog.get_logger()

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


def start_watching(
    settings: Settings, member: str, service_version: str, encode: Callable[[Alert], bytes], decoder: Decoder
) -> Watching:
    """Watch this process. Alerts that an earlier process of this name left open are ended in the background.

    Alerts have a producer of their own, so that they do not wait behind telemetry.

    Raises:
        ConfigurationError: an address in ALERT_URLS cannot be used.
    """
    producer = PlainProducer(settings.kafka_bootstrap_servers, f"{member}.alerts", settings.kafka_properties.producer)
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
        except BrokerTrouble as error:
            log.warning("alerts.left_open", detail=str(error))

    threading.Thread(target=end_abandoned, name="alerts-abandoned", daemon=True).start()
    return Watching(alerts, watch, producer, notifier)
