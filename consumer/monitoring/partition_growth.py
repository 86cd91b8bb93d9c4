"""A topic that gets more partitions while the service reads it: its keys move, and what is promised per partition ends.

The topic of remembered repeats is made with as many partitions as the topic of tickets. So it tells of a growth that
came while nobody ran.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

import structlog

from consumer.config.settings import Settings
from consumer.errors import TicketstreamError
from consumer.kafka.asking import Administration
from consumer.kafka.records import TopicPartition

log = structlog.get_logger()

# It is asked while partitions are taken over, for which the group waits.
TIMEOUT_S = 3.0


class Counts(NamedTuple):
    """How many partitions the topic of tickets has, and that of repeats; 0 for one that is missing."""

    created: int
    repeats: int


class GrowthWatch:
    """Warns of a growth once. Not thread-safe.

    Args:
        topic: of tickets.
        look: asks for the counts; None when they cannot be had now.
    """

    def __init__(self, topic: str, look: Callable[[], Counts | None]) -> None:
        self._topic = topic
        self._look = look
        self._known = 0

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        """Partitions were assigned: a growth always brings a new assignment."""
        counts = self._look()
        if counts is None or not counts.created:
            return
        known = self._known or (counts.repeats if 0 < counts.repeats < counts.created else counts.created)
        self._known = counts.created
        # Of several workers the one that has the first new partition says it.
        if known < counts.created and (self._topic, known) in partitions:
            log.warning(
                "topic.grown",
                topic=self._topic,
                partitions_before=known,
                partitions=counts.created,
                means="keys have moved to other partitions: repeats across this growth are answered twice, and the"
                " order of a key's tickets is not kept across it",
            )


def growth_watch(settings: Settings) -> GrowthWatch:
    """The watch over `ticket-created`."""
    topics = settings.topics

    def look() -> Counts | None:
        try:
            found = Administration(settings).topics(TIMEOUT_S)
        except TicketstreamError as error:
            log.info("topic.growth_unknown", detail=str(error))
            return None
        return Counts(found.get(topics.created, 0), found.get(topics.repeats, 0))

    return GrowthWatch(topics.created, look)
