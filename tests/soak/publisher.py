"""Publishes at a steady pace, through whatever happens to the broker."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Self

from confluent_kafka import KafkaError, Message, Producer

from consumer.config.settings import Topics
from tests.soak.stream import Made, What

RecordId = tuple[int, int]
TICK_S = 0.05
FLUSH_S = 120.0


class Publisher:
    """A thread that publishes until it must finish; a context manager.

    An idempotent producer with a patience that outlasts every outage: each record stands on its topic once, in the
    order of publication, or is among the failures.

    Attributes:
        stands: where each acknowledged record of `ticket-created` stands, and what it is.
        corrections: the acknowledged corrections, by event id.
        failures: what the broker did not take.
    """

    def __init__(self, kafka: str, topics: Topics, records: Iterator[Made], per_second: float) -> None:
        self.stands: dict[RecordId, Made] = {}
        self.corrections: set[str] = set()
        self.failures: list[str] = []
        self.published: Counter[What] = Counter()
        self._topics = topics
        self._records = records
        self._per_second = per_second
        self._finish = threading.Event()
        self._stop = threading.Event()
        self._done = threading.Event()
        self._producer = Producer(
            {
                "bootstrap.servers": kafka,
                "enable.idempotence": True,
                "message.timeout.ms": 600_000,
                "partitioner": "murmur2_random",
                "linger.ms": 5,
                "reconnect.backoff.max.ms": 500,
                # Its log lines are about every outage; the delivery reports show what matters.
                "log_level": 0,
                "error_cb": lambda _: None,
            }
        )
        self._thread = threading.Thread(target=self._run, name="publisher")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finish.set()
        self._stop.set()
        self._thread.join()

    def finish(self) -> None:
        """Publish no more, and wait for the broker's last words; `done` tells when."""
        self._finish.set()

    @property
    def done(self) -> bool:
        """Everything was published, and the broker has it or has failed it."""
        return self._done.is_set()

    def acknowledged(self) -> int:
        return len(self.stands) + len(self.corrections)

    def _run(self) -> None:
        began_s = time.monotonic()
        for made in self._records:
            due_s = began_s + self.published[What.TICKET] / self._per_second
            while time.monotonic() < due_s and not self._finish.is_set():
                self._producer.poll(TICK_S)
            if self._finish.is_set():
                break
            self._publish(made)
        give_up_s = time.monotonic() + FLUSH_S
        while len(self._producer) and time.monotonic() < give_up_s and not self._stop.is_set():
            self._producer.poll(TICK_S)
        if len(self._producer):
            self.failures.append(f"{len(self._producer)} records were not acknowledged in time")
        self._done.set()

    def _publish(self, made: Made) -> None:
        self.published[made.what] += 1
        topic = self._topics.corrected if made.what is What.CORRECTION else self._topics.created
        self._producer.produce(topic, made.value, made.key, on_delivery=self._noting(made))

    def _noting(self, made: Made) -> Callable[[KafkaError | None, Message], None]:
        def note(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                self.failures.append(str(error))
            elif made.what is What.CORRECTION:
                self.corrections.add(made.event_id)
            else:
                self.stands[message.partition() or 0, message.offset() or 0] = made._replace(value=None)

        return note
