"""Ends a producer that waits for ever, for a group coordinator that died within a transaction."""

import threading
from contextlib import suppress
from typing import Any, Protocol

from confluent_kafka import KafkaException

# Longer than `connections.max.idle.ms` of a producer: asking sooner would keep its old connection.
WAKE_EVERY_S = 15.0
ASK_FOR_S = 5.0


class Asking(Protocol):
    """The part of a producer that is needed here."""

    def list_topics(self, *, timeout: float) -> Any: ...


def wake(producer: Asking, waiting: threading.Thread, every_s: float = WAKE_EVERY_S) -> None:
    """Have the producer connect again and again until its call has ended; does not wait for that itself.

    librdkafka looks for the coordinator again only when one of its connections comes up. Idle ones are closed, and
    nothing asks for a new one as long as the call waits.

    Args:
        producer: whose call was given up.
        waiting: the thread in which the call goes on.
        every_s: how long to wait between two questions.
    """
    threading.Thread(target=_ask, args=(producer, waiting, every_s), name="left-behind", daemon=True).start()


def _ask(producer: Asking, waiting: threading.Thread, every_s: float) -> None:
    waiting.join(every_s)
    while waiting.is_alive():
        # The broker need not be back yet.
        with suppress(KafkaException):
            producer.list_topics(timeout=ASK_FOR_S)
        waiting.join(every_s)
