"""The life of a worker's loop, from its start to an end that hides nothing."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import structlog

from consumer import outside
from consumer.errors import TicketstreamError

log = structlog.get_logger()


class Loop(Protocol):
    """What a worker does: `Categorizer` or `SinkLoop`."""

    def start(self) -> None: ...

    def turn(self) -> None: ...

    def finish(self) -> None:
        """Finish what is in hand, because the worker was told to stop."""
        ...

    def fail(self, error: Exception) -> None:
        """Get ready to leave because of an error."""
        ...

    def leave(self) -> None: ...


def run(loop: Loop, stop: threading.Event) -> None:
    """Work until told to stop; the next owner reads again what is not committed.

    Raises:
        Fenced: another process has this worker's place.
        BrokerTrouble: Kafka refuses a request, or did not recover within its bound; nothing was committed that is not
            written.
        SinkTrouble: ClickHouse did not recover within its bound.
        ConfigurationError: a topic is not the one whose records ClickHouse holds.
        DeadLetterFlood: so many records are bad that a person must look first.
    """
    loop.start()
    try:
        while not stop.is_set():
            loop.turn()
        loop.finish()
    except Exception as error:
        close_all({"markers": partial(loop.fail, error), "member": partial(_leave, loop)})
        raise
    _leave(loop)


@outside.waiting("kafka")
def _leave(loop: Loop) -> None:
    # The client waits for the brokers, and its last commits with it.
    loop.leave()


def close_all(parts: Mapping[str, Callable[[], object]]) -> None:
    """Call each of these, in order. What one raises is logged under its name; the others are called all the same."""
    for name, close in parts.items():
        try:
            close()
        except TicketstreamError as error:
            log.warning("close.failed", part=name, detail=str(error))
        except Exception:
            log.exception("close.failed", part=name)
