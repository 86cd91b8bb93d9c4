"""Whether brokers answer, asked all the time from the service's own process: an idle worker would not notice."""

import threading
from collections.abc import Callable

from consumer.errors import TicketstreamError

EVERY_S = 5.0
# A broker that answers at all answers sooner; one that is frozen never does.
ANSWER_S = 3.0


class KafkaWatch:
    """Asks in a thread of its own until it is closed.

    Args:
        ask: asks the brokers something, within so many seconds; raises TicketstreamError when none answers.
        looked: is called after each answer.
        every_s: how long it waits between two questions.

    Attributes:
        unreached: why no broker answers; empty when one does, None before the first answer.
    """

    def __init__(
        self, ask: Callable[[float], object], looked: Callable[[], object] = bool, every_s: float = EVERY_S
    ) -> None:
        self._ask = ask
        self._looked = looked
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="kafka-watch", daemon=True)
        self.unreached: str | None = None

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self._ask(ANSWER_S)
            except TicketstreamError as error:
                self.unreached = str(error)
            else:
                self.unreached = ""
            self._looked()
            self._stop.wait(self._every_s)
