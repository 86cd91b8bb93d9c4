"""Telling people of alerts, by chat or mail, through apprise: the only file that knows it."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, Protocol

import structlog

from consumer.errors import ConfigurationError
from schemas.events import Alert

log = structlog.get_logger()

# More alerts than this at once tell nobody anything.
WAITING = 100
CLOSE_S = 2.0


class Notifying(Protocol):
    """What is needed of `apprise.Apprise`."""

    def notify(self, body: str, title: str) -> bool | None: ...


class Notifier:
    """Sends from a thread of its own: a slow chat server holds nothing up."""

    def __init__(self, people: Notifying) -> None:
        self._people = people
        self._waiting: queue.Queue[Alert | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._send, name="notifier", daemon=True)
        self._thread.start()

    def tell(self, alert: Alert) -> None:
        """Hand an alert over without waiting."""
        try:
            self._waiting.put_nowait(alert)
        except queue.Full:
            log.warning("alert.not_sent", alert_id=alert["alert_id"], reason="too many wait")

    def close(self) -> None:
        """Give what waits a moment to leave."""
        try:
            self._waiting.put(None, timeout=CLOSE_S)
        except queue.Full:
            return
        self._thread.join(CLOSE_S)

    def _send(self) -> None:
        while (alert := self._waiting.get()) is not None:
            title = f"ticketstream: {alert['kind']} of {alert['operation']} {alert['state'].lower()}"
            try:
                sent = self._people.notify(body=f"{alert['detail']} ({alert['instance']})", title=title)
            except Exception as error:  # noqa: BLE001 - a library that talks to a hundred services may raise anything
                # Its words may quote the address, which holds a password.
                log.warning("alert.not_sent", alert_id=alert["alert_id"], reason=type(error).__name__)
            else:
                if not sent:
                    log.warning("alert.not_sent", alert_id=alert["alert_id"], reason="refused")


def notifier_of(urls: str) -> Notifier | None:
    """A notifier for these addresses, parted by commas or spaces; None when there are none.

    Raises:
        ConfigurationError: apprise is not installed, or does not understand one of them.
    """
    addresses = urls.replace(",", " ").split()
    if not addresses:
        return None
    people = _apprise()()
    # Its own lines quote addresses, which hold passwords; what a reader needs is said here.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    for number, address in enumerate(addresses, 1):
        # The address itself is not repeated: it holds a password.
        if not people.add(address):
            raise ConfigurationError(
                f"ALERT_URLS: address {number} of {len(addresses)} is none that apprise understands;"
                " write it like mailto://user:password@example.com or slack://token"
            )
    return Notifier(people)


def _apprise() -> Callable[[], Any]:
    try:
        from apprise import Apprise  # noqa: PLC0415 - an extra, needed only where ALERT_URLS is set
    except ImportError:
        raise ConfigurationError(
            "ALERT_URLS is set, and apprise is not installed: pip install 'ticketstream[alerts]'"
        ) from None
    made: Callable[[], Any] = Apprise
    return made
