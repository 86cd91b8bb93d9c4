"""What librdkafka logs, among our lines; how often it lost a connection, and why.

Every client of ours has one: so every command and every worker tells the same reasons in the same words.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

import structlog
from confluent_kafka import KafkaError

from consumer.guards.client_health import REFUSED_ANSWERS, ClientHealth
from consumer.kafka.certificate_check import why_distrusted
from consumer.kafka.connection_errors import Diagnosis, diagnosed, token_failed, unheard

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


# A reason that is older says nothing of what fails now.
REMEMBERED_S = 30.0


class ClientLog:
    """A client's `logger` and, by `error`, its `error_cb`; both are called from within the client's `poll`.

    Args:
        properties: of the client; of secrets only whether they are there is looked at.
        is_silent: whether nothing is logged, because the caller is told the reason.

    Attributes:
        failures: how many connections have failed by now, as far as polls have shown.
        failed_s: when the last of them did, by `time.monotonic`; None when none has.
        refusals: the last lines about what was refused within transactions.
        health: whether the client can go on.
    """

    def __init__(self, properties: Mapping[str, Any] | None = None, *, is_silent: bool = False) -> None:
        self.failures = 0
        self.failed_s: float | None = None
        self.refusals: deque[str] = deque(maxlen=_REFUSALS)
        self.health = ClientHealth()
        self._properties = properties or {}
        self._is_silent = is_silent
        self._diagnosis: Diagnosis | None = None
        self._diagnosed_s = 0.0
        self._suppressed = 0
        self._quiet_until_s = 0.0

    def log(self, level: int, _format: str, facility: str, client: str, text: str) -> None:
        """Take one line; librdkafka's client library calls it like this."""
        told_at = next((known for known in (logging.ERROR, logging.WARNING) if level >= known), logging.INFO)
        if facility in _TRANSACTION_REFUSED:
            self.refusals.append(text)
            told_at = logging.DEBUG
        if facility == _POLLED_LATE:
            self.health.polled_late(time.monotonic())
        reason = self._diagnose(text)
        if facility == _CONNECTION_FAILED:
            self.failures += 1
            self.failed_s = time.monotonic()
            if _REFUSED_ANSWER in text:
                self.health.failed(REFUSED_ANSWERS, self.failed_s)
            if not self._is_logged(self.failed_s):
                return
            suppressed, self._suppressed = self._suppressed, 0
            said = {"facility": facility, "client": client, "detail": text, **reason, "suppressed": suppressed}
            log.log(told_at, "librdkafka.said", **said)
        elif not self._is_silent:
            log.log(told_at, "librdkafka.said", facility=facility, client=client, detail=text, **reason)

    def error(self, error: KafkaError) -> None:
        """Take an error that answers no request."""
        self._diagnose(error.str())
        if self._is_logged(time.monotonic()):
            suppressed, self._suppressed = self._suppressed, 0
            # That all brokers are down says no reason itself.
            reason = {"mend": self.reason} if self.reason else {}
            code, detail = error.name(), error.str()
            log.warning("broker.error_reported", code=code, detail=detail, **reason, suppressed=suppressed)

    def callbacks(self) -> dict[str, Any]:
        """The properties with which a client tells everything here."""
        return {"logger": self, "error_cb": self.error}

    @property
    def reason(self) -> str:
        """Why connections fail now, and what mends it; empty when nothing is known. It asks nobody."""
        diagnosis = self._recent()
        return diagnosis.sentence if diagnosis is not None else unheard(self._properties)

    @property
    def is_hopeless(self) -> bool:
        """Whether connections fail for a reason that waiting does not mend."""
        diagnosis = self._recent()
        return diagnosis is not None and diagnosis.lasts

    def why(self) -> str:
        """As `reason`; of a certificate that is not trusted the broker is asked once more, to tell what is wrong."""
        diagnosis = self._recent()
        if diagnosis is not None and diagnosis.distrusts:
            return why_distrusted(diagnosis.address, self._properties) or diagnosis.sentence
        return self.reason

    def _recent(self) -> Diagnosis | None:
        return self._diagnosis if time.monotonic() - self._diagnosed_s < REMEMBERED_S else None

    def _diagnose(self, text: str) -> dict[str, str]:
        """Remember what a line says of connections; what our log adds to the line."""
        diagnosis = diagnosed(text, self._properties) or token_failed(text)
        if diagnosis is None:
            return {}
        known = self._recent()
        # The same failure is often told twice, the second time with fewer words.
        if known is None or diagnosis.lasts or not known.lasts:
            self._diagnosis, self._diagnosed_s = diagnosis, time.monotonic()
        return {"mend": diagnosis.sentence}

    def _is_logged(self, now: float) -> bool:
        """Whether this trouble is logged; if the last one is too recent, this one is counted."""
        if self._is_silent:
            return False
        if now < self._quiet_until_s:
            self._suppressed += 1
            return False
        self._quiet_until_s = now + QUIET_S
        diagnosis = self._recent()
        if diagnosis is not None and diagnosis.distrusts:
            # It connects, for which nobody's poll may wait.
            threading.Thread(target=self._tell_why, name="certificate-check", daemon=True).start()
        return True

    def _tell_why(self) -> None:
        log.error("broker.distrusted", mend=self.why())
