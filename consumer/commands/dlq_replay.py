"""Replays and parks dead letters. Each letter moves once, also when the command dies and is run again."""

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
    """A letter that was not moved, and why. Its value is not kept: there may be many refusals."""

    letter_id: str
    state: State
    why: str


class Done(NamedTuple):
    """The result for a selection.

    Attributes:
        letters: how many letters were moved.
        refused: the letters that were not.
    """

    letters: int
    refused: list[Refusal]


class Pace(NamedTuple):
    """How fast letters are moved, and how progress is reported.

    Attributes:
        per_second: the highest number of letters; 0 is as fast as possible.
        on_moved: called after each batch with its number of letters.
    """

    per_second: float
    on_moved: Callable[[int], None]

    @property
    def batch(self) -> int:
        """How many letters one transaction moves: at most those of one second."""
        return min(BATCH_LETTERS, max(1, int(self.per_second))) if self.per_second else BATCH_LETTERS


class _NoGroup:
    """Letters are moved without offsets of a group, so that no offset can tell whether a transaction was committed."""

    def group_metadata(self) -> None:
        return None

    def has_committed(self, _: Mapping[TopicPartition, int]) -> bool:
        raise BrokerTrouble(
            "it is not known whether the last letters were written; run the same command again: no letter moves twice"
        )


class DeadLetters:
    """The dead letters of one installation.

    Their states are kept as marks in a compacted topic. A mark is written in the transaction that moves the letter.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._marks = settings.topics.marks

    def letters(self) -> Iterator[Letter]:
        """Every letter that exists now, in the order of each partition.

        Raises:
            BrokerTrouble: the letters could not be read.
        """
        # The first command that writes a mark creates the topic: reading must not need the right to create topics.
        known = self._marks in admin.partition_counts(self._settings)
        marks = {
            record.key: record.value
            for record in (committed(self._settings, self._marks) if known else ())
            if record.key is not None and record.value is not None
        }
        for record in committed(self._settings, self._settings.topics.dead_letter):
            yield Letter(record, state_of(record, marks))

    def replay(self, wanted: Selection, max_replays: int, pace: Pace) -> Done:
        """Put letters back on the topics where they failed.

        Raises:
            Fenced: the same command runs elsewhere.
            BrokerTrouble: Kafka did not take them; the next run does not move again what was moved.
        """
        topics = self._settings.topics
        return self._move(
            wanted, lambda letter: why_not_replayed(letter, topics, max_replays), replayed, State.replayed, pace
        )

    def park(self, wanted: Selection, pace: Pace) -> Done:
        """Move letters to the topic of parked letters; raises what `replay` raises."""
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
        # This fences other runs of the command: no mark can be added after it. So the marks are read after it.
        committer.open()
        refused: list[Refusal] = []
        number = 0
        began_s = time.monotonic()
        try:
            movable = sorted_out(filter(wanted.holds, self.letters()), why_not, refused)
            for batch in _batches(movable, pace.batch):
                messages = [m for letter in batch for m in (moved(letter), mark(self._marks, letter, state))]
                while not committer.commit(messages, {}):
                    pass
                number += len(batch)
                pace.on_moved(len(batch))
                if pace.per_second:
                    time.sleep(max(0.0, began_s + number / pace.per_second - time.monotonic()))
        finally:
            committer.close()
        return Done(number, refused)


def sorted_out(
    letters: Iterable[Letter], why_not: Callable[[Letter], str | None], refused: list[Refusal]
) -> Iterator[Letter]:
    """The letters that can be moved; the others are added to `refused`."""
    for letter in letters:
        problem = why_not(letter)
        if problem is None:
            yield letter
        else:
            refused.append(Refusal(letter.letter_id, letter.state, problem))


def _batches(letters: Iterable[Letter], max_letters: int) -> Iterator[list[Letter]]:
    batch: list[Letter] = []
    size = 0
    for letter in letters:
        batch.append(letter)
        size += letter.record.size
        if len(batch) >= max_letters or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
