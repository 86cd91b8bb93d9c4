"""What tells of a process's degradations, put together."""

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import structlog

from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble
from consumer.kafka.transactions import PlainProducer
from consumer.monitoring.alert_history import told
from consumer.monitoring.alerts import Alerts, Writer
from consumer.monitoring.notifier import Notifier, notifier_of
from consumer.monitoring.service_watch import ServiceWatch
from schemas.codec import Decoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.events import Alert

log = structlog.get_logger()

CLOSE_S = 1.0
# An alert older than this that is still open is nobody's any more.
REMEMBERED = timedelta(days=7)


class Watching(NamedTuple):
    """The watch of one process, its alerts, and what carries them."""

    alerts: Alerts
    watch: ServiceWatch
    producer: PlainProducer
    notifier: Notifier | None

    def close(self) -> None:
        """Give what was told a moment to leave."""
        self.producer.flush(CLOSE_S)
        if self.notifier is not None:
            self.notifier.close()


def start_watching(
    settings: Settings, member: str, service_version: str, encode: "Callable[[Alert], bytes]", decoder: Decoder
) -> Watching:
    """Watch this process; what an earlier one in its place left open is ended in the background.

    Alerts have a producer of their own, for they must not wait behind telemetry.

    Raises:
        ConfigurationError: nobody can be reached at ALERT_URLS.
    """
    producer = PlainProducer(settings.kafka_bootstrap_servers, f"{member}.alerts", settings.kafka_properties.producer)
    notifier = notifier_of(settings.alert_urls.get_secret_value())
    alerts = Alerts(
        Writer(producer, encode, settings.topics.alerts, member, service_version),
        notifier.tell if notifier is not None else lambda _: None,
    )
    watch = ServiceWatch(
        alerts,
        p95_s=settings.performance_alert_threshold_p95,
        failure_rate=settings.performance_alert_threshold_failure_rate,
        breaker_threshold=settings.circuit_breaker_threshold,
    )

    def end_what_was_left() -> None:
        try:
            alerts.end_what_was_left(told(settings, decoder, int((time.time() - REMEMBERED.total_seconds()) * 1000)))
        except BrokerTrouble as error:
            log.warning("alerts.left_open", detail=str(error))

    threading.Thread(target=end_what_was_left, name="alerts-left", daemon=True).start()
    return Watching(alerts, watch, producer, notifier)
