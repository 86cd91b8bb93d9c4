"""What librdkafka logs, among our lines, and how often it lost a connection."""

import logging
import time
from collections import deque

import structlog
from confluent_kafka import KafkaError

from consumer.kafka.client_health import REFUSED_ANSWERS, ClientHealth

log = structlog.get_logger()

# The facility under which librdkafka tells that a connection failed or was closed.
_CONNECTION_FAILED = "FAIL"
# Under these it tells which partitions of a transaction were refused, a line each; the transaction's error names none.
_TRANSACTION_REFUSED = frozenset({"ADDPARTS", "TXNERR"})
_REFUSALS = 100
# Under this it tells that it was not polled for too long.
_POLLED_LATE = "MAXPOLL"
# An answer above `receive.message.max.bytes`.
_REFUSED_ANSWER = "Invalid response size"
# While a broker is away every client says so several times a second.
QUIET_S = 10.0


class ClientLog:
    """A client's `logger` and, by `error`, its `error_cb`; both are called from within the client's `poll`.

    Attributes:
        failures: how many connections have failed by now, as far as polls have shown.
        failed_s: when the last of them did, by `time.monotonic`; None when none has.
        refusals: the last lines about what was refused within transactions.
        health: whether the client can go on.
    """

    def __init__(self) -> None:
        self.failures = 0
        self.failed_s: float | None = None
        self.refusals: deque[str] = deque(maxlen=_REFUSALS)
        self.health = ClientHealth()
        self._suppressed = 0
        self._quiet_until_s = 0.0

    def log(self, level: int, _format: str, facility: str, client: str, text: str) -> None:
        """Take one line; librdkafka's client library calls it like this."""
        say = log.error if level >= logging.ERROR else log.warning if level >= logging.WARNING else log.info
        if facility in _TRANSACTION_REFUSED:
            self.refusals.append(text)
            say = log.debug
        if facility == _POLLED_LATE:
            self.health.polled_late(time.monotonic())
        if facility != _CONNECTION_FAILED:
            say("librdkafka.said", facility=facility, client=client, detail=text)
            return
        self.failures += 1
        self.failed_s = time.monotonic()
        if _REFUSED_ANSWER in text:
            self.health.failed(REFUSED_ANSWERS, self.failed_s)
        if self._is_logged(self.failed_s):
            say("librdkafka.said", facility=facility, client=client, detail=text, suppressed=self._suppressed)
            self._suppressed = 0

    def error(self, error: KafkaError) -> None:
        """Take an error that answers no request."""
        if self._is_logged(time.monotonic()):
            log.warning("broker.error_reported", code=error.name(), detail=error.str(), suppressed=self._suppressed)
            self._suppressed = 0

    def _is_logged(self, now: float) -> bool:
        """Whether this trouble is logged; if the last one is too recent, this one is counted."""
        if now < self._quiet_until_s:
            self._suppressed += 1
            return False
        self._quiet_until_s = now + QUIET_S
        return True
