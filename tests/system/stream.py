"""What the sink reads, put on the topics of a world without a categorizer."""

from collections.abc import Callable
from typing import Any

from confluent_kafka import Producer

from schemas.codec import Encoder
from schemas.events import TicketCorrected
from tests.support.stored_events import NOON_MS, categorized
from tests.support.topics import Put, put
from tests.support.world import PARTITIONS, World

BURST = 300
BAD = b"\x07 is no framing"


def one_after_the_other(number: int) -> int:
    """When an answer was given, in milliseconds since the epoch."""
    return NOON_MS + number


class Stream:
    """Committed events put on the topics of a world, beside others that were aborted."""

    def __init__(self, world: World, at_ms: Callable[[int], int] = one_after_the_other) -> None:
        self.events = 0
        self._world = world
        self._at_ms = at_ms
        self._answer = Encoder("TicketCategorized", "single-object", world.topics.categorized)
        self._correction = Encoder("TicketCorrected", "single-object", world.topics.corrected)

    def flow(self) -> None:
        """A burst of answers, a correction that was put three times, and one that is none."""
        put(self._world.kafka, self._world.topics.categorized, [self._event(n) for n in range(BURST)])
        self.events += BURST
        correction = Put(self._correction.encode(self.correction(self.events)), b"T")
        put(self._world.kafka, self._world.topics.corrected, [correction, Put(BAD, b"bad"), correction, correction])

    def abort(self) -> None:
        """A burst of answers in a transaction that is aborted."""
        producer = Producer(
            {"bootstrap.servers": self._world.kafka, "transactional.id": self._world.topics.categorized}
        )
        producer.init_transactions(20)
        producer.begin_transaction()
        for number in range(BURST):
            event = self._event(1_000_000 + number)
            producer.produce(self._world.topics.categorized, event.value, event.key, event.partition)
        producer.flush(20)
        producer.abort_transaction(20)

    def answer(self, **changed: Any) -> Put:
        """One answer more, with these fields changed."""
        self.events += 1
        return self._event(-1, **changed)

    def _event(self, number: int, **changed: Any) -> Put:
        number += self.events
        partition = number % PARTITIONS
        record = categorized(f"T-{number}", number, partition=partition, at_ms=self._at_ms(number), **changed)
        return Put(self._answer.encode(record.event), f"T-{number}".encode(), [("from", b"upstream")], partition)

    @staticmethod
    def correction(number: int) -> TicketCorrected:
        return {
            "event_id": f"correction-{number}",
            "ticket_id": f"T-{number - 1}",
            "category": "security",
            "subcategory": None,
            "judged_event_id": None,
            "origin": "AGENT",
            "corrected_by": None,
            "reason": None,
            "corrected_at": NOON_MS + 10_000_000,
        }
