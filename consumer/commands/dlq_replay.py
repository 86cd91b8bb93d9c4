"""Replaying and parking dead letters, each once, whatever dies meanwhile and however often the command is run."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from consumer.commands.dlq_letters import (
    Letter,
    Selection,
    State,
    mark,
    parked,
    replayed,
    state_of,
    why_not_parked,
    why_not_replayed,
)
from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble
from consumer.kafka import admin
from consumer.kafka.cluster import cluster_of
from consumer.kafka.committer import Committer
from consumer.kafka.records import Message, TopicPartition
from consumer.kafka.topic_reader import committed
from consumer.kafka.transactions import Transactions

BATCH_LETTERS = 100
BATCH_BYTES = 4 * 1024 * 1024
MAX_ABORTS_IN_A_ROW = 5


class Refusal(NamedTuple):
    """A letter that was left as it is, and why; its value is not kept, as there may be many."""

    place: str
    state: State
    why: str


class Done(NamedTuple):
    """What became of a selection.

    Attributes:
        letters: how many were dealt with.
        refused: those that were not.
    """

    letters: int
    refused: list[Refusal]


class Pace(NamedTuple):
    """How fast letters are moved, and who is told.

    Attributes:
        per_second: at most so many letters; 0 is as fast as possible.
        told: how many more are done.
    """

    per_second: float
    told: Callable[[int], None]

    @property
    def batch(self) -> int:
        """Letters of one transaction: no more than may be moved in a second."""
        return min(BATCH_LETTERS, max(1, int(self.per_second))) if self.per_second else BATCH_LETTERS


class _NoGroup:
    """Letters are moved without offsets of a group, so that no offsets can tell what became of a transaction."""

    def group_metadata(self) -> None:
        return None

    def has_committed(self, _: Mapping[TopicPartition, int]) -> bool:
        raise BrokerTrouble(
            "whether the last letters were written is not known; run the same command again: none moves twice"
        )


class DeadLetters:
    """The dead letters of one installation.

    What was done is remembered by marks in a compacted topic, written in the transaction in which it is done.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._marks = settings.topics.marks

    def letters(self) -> Iterator[Letter]:
        """Every letter there is now, in the order of each partition.

        Raises:
            BrokerTrouble: they could not be read.
        """
        # Made by the first that marks anything: whoever only looks needs no leave to make topics.
        known = self._marks in admin.partition_counts(self._settings)
        marks = {
            record.key: record.value
            for record in (committed(self._settings, self._marks) if known else ())
            if record.key is not None and record.value is not None
        }
        for record in committed(self._settings, self._settings.topics.dead_letter):
            yield Letter(record, state_of(record, marks))

    def replay(self, wanted: Selection, max_replays: int, pace: Pace) -> Done:
        """Put letters back where they failed, to be read again.

        Raises:
            Fenced: the same command runs elsewhere.
            BrokerTrouble: Kafka did not take them; what was done is not done again by the next run.
        """
        topics = self._settings.topics
        return self._move(
            wanted, lambda letter: why_not_replayed(letter, topics, max_replays), replayed, State.replayed, pace
        )

    def park(self, wanted: Selection, pace: Pace) -> Done:
        """Move letters to the topic of those that nobody waits for; raises what `replay` raises."""
        park = self._settings.topics.park
        admin.ensure(self._settings, park, like=self._settings.topics.dead_letter)
        return self._move(wanted, why_not_parked, lambda letter: parked(letter, park), State.parked, pace)

    def _move(
        self,
        wanted: Selection,
        why_not: Callable[[Letter], str | None],
        moved: Callable[[Letter], Message],
        state: State,
        pace: Pace,
    ) -> Done:
        settings = self._settings
        admin.ensure(settings, self._marks, like=settings.topics.dead_letter)
        transactions = Transactions(cluster_of(settings), f"{settings.kafka_group_id}.dead-letter-desk")
        committer = Committer(_NoGroup(), transactions, MAX_ABORTS_IN_A_ROW)
        # Before the marks are read: from now on no other run can add any.
        committer.open()
        refused: list[Refusal] = []
        number = 0
        began_s = time.monotonic()
        try:
            movable = sorted_out(filter(wanted.holds, self.letters()), why_not, refused)
            for batch in _batches(movable, pace.batch):
                messages = [m for each in batch for m in (moved(each), mark(self._marks, each, state))]
                while not committer.commit(messages, {}):
                    pass
                number += len(batch)
                pace.told(len(batch))
                if pace.per_second:
                    time.sleep(max(0.0, began_s + number / pace.per_second - time.monotonic()))
        finally:
            committer.close()
        return Done(number, refused)


def sorted_out(
    letters: Iterable[Letter], why_not: Callable[[Letter], str | None], refused: list[Refusal]
) -> Iterator[Letter]:
    """The letters that can be moved; the others are added to the refused ones."""
    for letter in letters:
        problem = why_not(letter)
        if problem is None:
            yield letter
        else:
            refused.append(Refusal(letter.place, letter.state, problem))


def _batches(letters: Iterable[Letter], most: int) -> Iterator[list[Letter]]:
    batch: list[Letter] = []
    size = 0
    for letter in letters:
        batch.append(letter)
        size += letter.record.size
        if len(batch) >= most or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
