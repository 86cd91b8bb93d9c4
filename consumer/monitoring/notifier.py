"""Sends alerts to people, by chat or mail, through apprise. Only this file knows apprise."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, Protocol

import structlog

from consumer.errors import ConfigurationError
from schemas.events import Alert

log = structlog.get_logger()

# A person reads no more alerts than this at once.
MAX_WAITING = 100
CLOSE_S = 2.0


class Channels(Protocol):
    """The part of `apprise.Apprise` that is used."""

    def notify(self, body: str, title: str) -> bool | None: ...


class Notifier:
    """Sends alerts from its own thread, so that a slow chat server delays nothing else."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._waiting: queue.Queue[Alert | None] = queue.Queue(MAX_WAITING)
        self._thread = threading.Thread(target=self._send, name="notifier", daemon=True)
        self._thread.start()

    def notify(self, alert: Alert) -> None:
        """Queue an alert; it never blocks. An alert beyond the queue's size is dropped and logged."""
        try:
            self._waiting.put_nowait(alert)
        except queue.Full:
            log.warning("alert.not_sent", alert_id=alert["alert_id"], reason="the queue is full")

    def close(self) -> None:
        """Wait a moment for alerts that are not sent yet."""
        try:
            self._waiting.put(None, timeout=CLOSE_S)
        except queue.Full:
            return
        self._thread.join(CLOSE_S)

    def _send(self) -> None:
        while (alert := self._waiting.get()) is not None:
            title = f"ticketstream: {alert['kind']} of {alert['operation']} {alert['state'].lower()}"
            try:
                sent = self._channels.notify(body=f"{alert['detail']} ({alert['instance']})", title=title)
            except Exception as error:  # noqa: BLE001 - a library that talks to a hundred services may raise anything
                # The error's text may quote the address, which holds a password.
                log.warning("alert.not_sent", alert_id=alert["alert_id"], reason=type(error).__name__)
            else:
                if not sent:
                    log.warning("alert.not_sent", alert_id=alert["alert_id"], reason="the server refused it")


def notifier_of(urls: str) -> Notifier | None:
    """A notifier for these addresses, separated by commas or spaces; None when there are none.

    Raises:
        ConfigurationError: apprise is not installed, or does not understand an address.
    """
    addresses = urls.replace(",", " ").split()
    if not addresses:
        return None
    channels = _apprise()()
    # Apprise's own log lines quote addresses, which hold passwords. A program that uses the library has its own log.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    for number, address in enumerate(addresses, 1):
        # The message shows the number of the address: the address holds a password.
        if not channels.add(address):
            raise ConfigurationError(
                f"ALERT_URLS: address {number} of {len(addresses)} is not one that apprise understands;"
                " write it like mailto://user:password@example.com or slack://token"
            )
    return Notifier(channels)


def _apprise() -> Callable[[], Any]:
    try:
        from apprise import Apprise  # noqa: PLC0415 - an extra, needed only where ALERT_URLS is set
    except ImportError:
        raise ConfigurationError(
            "ALERT_URLS is set, and apprise is not installed: pip install 'ticketstream[alerts]'"
        ) from None
    constructor: Callable[[], Any] = Apprise
    return constructor
