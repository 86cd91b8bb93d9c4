"""Alerts: one when a degradation begins, one when it ends.

They go to `ticket-alerts`, to the log, and to the addresses in `ALERT_URLS`. A process that dies leaves its open alerts
behind. After its restart it ends them, and begins new ones where the degradation lasts.
"""

import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

import structlog

from consumer.kafka.records import Message
from consumer.monitoring.degradation import Kind, Measurement, Transition
from consumer.monitoring.metrics import ALERTS, ALERTS_OPEN
from schemas.codec import RegistryUnavailable
from schemas.events import Alert
from schemas.identity import named

log = structlog.get_logger()

_SENTENCES = {
    Kind.P95: "95 % of {operation} take up to {value:.3g} s; {threshold:g} s are allowed",
    Kind.FAILURE_RATE: "{value:.1%} of {operation} fail; {threshold:.1%} are allowed",
    Kind.BREAKER_OPEN: "the breaker of {operation} is open after {value:.0f} failed calls in a row",
    Kind.ACCURACY_DROP: "answers are right {value:.1%} less often than before; {threshold:.1%} are allowed",
    Kind.FOREIGN_LABELS: "{value:.0f} replies of {operation} in a row hold no label that the taxonomy knows",
    Kind.CONFIDENCE_DRIFT: "confidences have moved by {value:.2f} from the day before; {threshold:.2f} are allowed",
}


class Offering(Protocol):
    """Where alerts go: `consumer.kafka.producer.PlainProducer`, or a list in tests."""

    def offer(self, message: Message) -> bool: ...

    def hear(self, now: float) -> None: ...


class AlertWriter(NamedTuple):
    """What writes alerts to their topic."""

    producer: Offering
    encode: Callable[[Alert], bytes]
    topic: str
    instance: str
    service_version: str


class Alerts:
    """The alerts of one process. Thread-safe.

    Args:
        writer: writes them to their topic.
        notify: sends an alert to people; must not block.
    """

    def __init__(self, writer: AlertWriter, notify: Callable[[Alert], None]) -> None:
        self._writer = writer
        self._notify = notify
        self._open: dict[tuple[Kind, str], Alert] = {}
        self._lock = threading.Lock()
        self._since_ms = _now_ms()

    def report(
        self,
        transition: Transition | None,
        kind: Kind,
        operation: str,
        measured: Measurement,
        threshold: float,
        more: str = "",
    ) -> None:
        """Send an alert for a degradation that began or ended. A second beginning or end in a row is ignored.

        Args:
            transition: None sends nothing.
            kind: what is measured.
            operation: where.
            measured: its value.
            threshold: the highest value that is allowed.
            more: what people should know beside the numbers when it begins.
        """
        if transition is None:
            return
        with self._lock:
            began = self._open.get((kind, operation))
            if transition is Transition.BEGAN and began is None:
                alert = _began(self._writer, kind, operation, measured, threshold, _now_ms())
                alert["detail"] += more and f": {more}"
                self._open[kind, operation] = alert
                ALERTS.labels(kind.value).inc()
                ALERTS_OPEN.labels(kind.value).inc()
                self._send(alert)
            elif transition is Transition.ENDED and began is not None:
                del self._open[kind, operation]
                ALERTS_OPEN.labels(kind.value).dec()
                why = "well again" if measured.samples else "nothing is measured here any more"
                self._send(ended(began, measured, why, _now_ms()))

    def end_abandoned(self, alerts: Iterable[Alert]) -> None:
        """End the alerts that an earlier process of this name began and did not end.

        Args:
            alerts: all alerts of the last days, in the order of the topic.
        """
        for alert in left_open(alerts, self._writer.instance):
            # Alerts of this process may be among them by now.
            if alert["began_at"] < self._since_ms:
                measured = Measurement(alert["value"], 0)
                self._send(ended(alert, measured, "the process that saw it was started again", _now_ms()))

    def look(self, now: float) -> None:
        """Hear what became of earlier alerts; `now` is monotonic time."""
        self._writer.producer.hear(now)

    def _send(self, alert: Alert) -> None:
        alert_id, kind, operation, detail = alert["alert_id"], alert["kind"], alert["operation"], alert["detail"]
        if alert["state"] == "BEGAN":
            log.error("alert.began", alert_id=alert_id, kind=kind, operation=operation, detail=detail)
        else:
            log.info("alert.ended", alert_id=alert_id, kind=kind, operation=operation, detail=detail)
        self._notify(alert)
        try:
            value = self._writer.encode(alert)
        except RegistryUnavailable:
            written = False
        else:
            written = self._writer.producer.offer(Message(self._writer.topic, alert["alert_id"].encode(), value))
        if not written:
            log.warning("alert.not_written", alert_id=alert["alert_id"])


def left_open(alerts: Iterable[Alert], instance: str) -> list[Alert]:
    """The alerts that this instance began and never ended."""
    found: dict[str, Alert] = {}
    for alert in alerts:
        if alert["instance"] != instance:
            continue
        if alert["state"] == "BEGAN":
            found[alert["alert_id"]] = alert
        else:
            found.pop(alert["alert_id"], None)
    return list(found.values())


def ended(began: Alert, measured: Measurement, detail: str, now_ms: int) -> Alert:
    """The alert that ends `began`, with the value measured now."""
    return {
        **began,
        "state": "ENDED",
        "ended_at": max(now_ms, began["began_at"]),
        "value": measured.value,
        "samples": measured.samples,
        "detail": detail,
    }


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _began(
    writer: AlertWriter, kind: Kind, operation: str, measured: Measurement, threshold: float, began_at_ms: int
) -> Alert:
    name = f"{kind}|{operation}|{writer.instance}|{began_at_ms}"
    return {
        "alert_id": named(name),
        "state": "BEGAN",
        "kind": kind.value,
        "operation": operation,
        "instance": writer.instance,
        "began_at": began_at_ms,
        "ended_at": None,
        "value": measured.value,
        "threshold": threshold,
        "samples": measured.samples,
        "detail": _SENTENCES[kind].format(operation=operation, value=measured.value, threshold=threshold),
        "service_version": writer.service_version,
    }
