"""The categorizer with one classic mistake each: what the tests here must notice."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from consumer.kafka.committer import Committer
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.offsets import NO_METADATA
from consumer.kafka.records import Message, Record, TopicPartition
from consumer.kafka.transactions import Outcome, Transactions
from tests.sim.process import Make

Offsets = Mapping[TopicPartition, int]
Metadata = Mapping[TopicPartition, str]
IsWritten = Callable[[], bool] | None


def commits_before_producing() -> Make:
    """Offsets first, answers in a transaction of their own afterwards."""

    class Broken(Transactions):
        def commit(
            self, messages: Sequence[Message], offsets: Offsets, group: Any, metadata: Metadata = NO_METADATA
        ) -> Outcome:
            outcome = super().commit([], offsets, group, metadata)
            super().commit(messages, {}, group)
            return outcome

    return Make(transactions=Broken)


def commits_the_consumers_position() -> Make:
    """Offsets of what was polled, and not of what is finished."""
    position: dict[TopicPartition, int] = {}

    class Polling(GroupConsumer):
        def poll(self, max_records: int, timeout_s: float) -> list[Record]:
            records = super().poll(max_records, timeout_s)
            position.update({record.partition: record.next_offset for record in records})
            return records

    class Broken(Transactions):
        def commit(
            self, messages: Sequence[Message], offsets: Offsets, group: Any, metadata: Metadata = NO_METADATA
        ) -> Outcome:
            return super().commit(messages, {partition: position[partition] for partition in offsets}, group, metadata)

    return Make(group_consumer=Polling, transactions=Broken)


def takes_doubt_for_failure() -> Make:
    """After a doubtful commit the same is written once more, against what the group's offsets say."""

    class Broken(Committer):
        def _found_committed(self, _: Offsets, __: IsWritten) -> bool:
            self._transactions.open()
            return False

    return Make(committer=Broken)


def takes_doubt_for_success() -> Make:
    """After a doubtful commit it goes on as if it had been committed."""

    class Broken(Committer):
        def _found_committed(self, _: Offsets, __: IsWritten) -> bool:
            self._transactions.open()
            return True

    return Make(committer=Broken)


def keeps_its_producer() -> Make:
    """The same producer goes on after doubt and after a suspiciously slow commit."""

    class Broken(Transactions):
        def commit(
            self, messages: Sequence[Message], offsets: Offsets, group: Any, metadata: Metadata = NO_METADATA
        ) -> Outcome:
            producer = self._producer
            outcome = super().commit(messages, offsets, group, metadata)
            self._producer = self._producer or producer
            return outcome

        def open(self) -> None:
            if self._producer is None:
                super().open()

    return Make(transactions=Broken)


def remembers_its_generation() -> Make:
    """The group's metadata is fetched once and used for ever."""

    class Broken(GroupConsumer):
        first: Any = None

        def group_metadata(self) -> Any:
            self.first = self.first or super().group_metadata()
            return self.first

    return Make(group_consumer=Broken)


def keeps_what_others_have() -> Make:
    """What was fetched of a partition that went in the middle of a poll is taken in all the same."""

    class Broken(GroupConsumer):
        def _still_assigned(self, records: list[Record]) -> list[Record]:
            return records

    return Make(group_consumer=Broken)
