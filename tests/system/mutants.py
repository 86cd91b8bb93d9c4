"""The service, broken on purpose: `python -m tests.system.mutants NAME ROLE INDEX` is a worker with one mistake.

They show that the delivery tests would notice it. A part that was renamed since ends the worker at its start. Mistakes
with answers that overtake are in `overtaking_mutants.py`.
"""

import itertools
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from analytics.clickhouse.client import connect
from analytics.store.encoded import EncodedRow
from analytics.store.highest_offsets import highest_offsets
from analytics.store.rows import Row
from consumer.answer import ticket_text
from consumer.bad_records.dead_letter import DeadLetter
from consumer.config.settings import load_settings
from consumer.kafka import transactions as kafka_out
from consumer.kafka.committer import Committer
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.records import Message, Record, TopicPartition
from consumer.kafka.transactions import Outcome, Transactions
from consumer.model.guarded import GuardedClient
from consumer.model.types import ModelReply, ModelTicket
from consumer.service import worker
from consumer.sink.batch import SinkBatch
from consumer.sink.loop import SinkLoop

# The text that is fatal to some of these.
DEADLY = "Drop me and die"

Offsets = Mapping[TopicPartition, int]


def healthy() -> None:
    """Nothing is broken: every scenario must pass with this one."""


def is_soon_in_doubt() -> None:
    """Nothing is broken; what is tested is whether doubt is resolved rightly, not how long it may last."""
    kafka_out.RETRY_FOR_S = kafka_out.STUCK_S = 1.0


def commits_before_producing() -> None:
    """Offsets first, answers in a transaction of their own afterwards."""
    commit = Transactions.commit

    def broken(
        self: Transactions, messages: Sequence[Message], offsets: Offsets, metadata: Any, *notes: Any
    ) -> Outcome:
        outcome = commit(self, [], offsets, metadata, *notes)
        commit(self, messages, {}, metadata)
        return outcome

    replace(Transactions, "commit", broken)


def commits_the_consumers_position() -> None:
    """Offsets of what was polled, and not of what is finished."""
    commit, polled = Transactions.commit, GroupConsumer.poll
    position: dict[TopicPartition, int] = {}

    def poll(self: GroupConsumer, max_records: int, timeout_s: float) -> Any:
        records = polled(self, max_records, timeout_s)
        position.update({record.partition: record.next_offset for record in records})
        return records

    def broken(
        self: Transactions, messages: Sequence[Message], offsets: Offsets, metadata: Any, *notes: Any
    ) -> Outcome:
        return commit(self, messages, {each: position[each] for each in offsets}, metadata, *notes)

    replace(GroupConsumer, "poll", poll)
    replace(Transactions, "commit", broken)


def takes_doubt_for_failure() -> None:
    """After a doubtful commit the same is written once more, whatever the group's offsets say."""

    def broken(self: Committer, _: Offsets, __: Callable[[], bool] | None) -> bool:
        self._transactions.open()
        return False

    replace(Committer, "_found_committed", broken)


def remembers_its_generation() -> None:
    """The group's metadata is fetched once and used for ever."""
    fetch = GroupConsumer.group_metadata
    first: list[Any] = []

    def broken(self: GroupConsumer) -> Any:
        if not first:
            first.append(fetch(self))
        return first[0]

    replace(GroupConsumer, "group_metadata", broken)


def sink_commits_before_inserting() -> None:
    """The sink commits its offsets and then inserts."""
    begin, commit = SinkLoop._begin, SinkLoop._commit

    def broken(self: SinkLoop) -> bool:
        batch = self._batches.begin()
        commit(self)
        self._batches.first = batch
        return begin(self)

    replace(SinkLoop, "_begin", broken)


def sink_resumes_from_clickhouse() -> None:
    """The sink goes on after the highest offset that ClickHouse holds, and not where the group has committed."""
    add = SinkBatch.add
    settings = load_settings()
    with connect(settings.clickhouse_url.get_secret_value(), settings.clickhouse_database) as client:
        highest = highest_offsets(client, "TicketCorrected", settings.topics.corrected)

    def broken(self: SinkBatch, record: Record, outcome: Row | EncodedRow | DeadLetter) -> None:
        if record.position.offset > highest.get(record.position.partition, -1):
            add(self, record, outcome)
        else:
            self.offsets[record.partition] = record.next_offset

    replace(SinkBatch, "add", broken)


def dies_of_a_text() -> None:
    """A certain text kills the process as it is read."""
    fingerprint = vars(ticket_text)["fingerprint"]

    def deadly(subject: str, description: str, key: bytes | None) -> str:
        if DEADLY in subject:
            os.kill(os.getpid(), signal.SIGKILL)
        return str(fingerprint(subject, description, key))

    replace(ticket_text, "fingerprint", deadly)


def dies_at_the_model() -> None:
    """A certain text kills the process in a thread that asks the model for it."""
    ask = GuardedClient.ask

    def deadly(
        self: GuardedClient, tickets: Sequence[ModelTicket], deadline: float, *, traceparent: str | None = None
    ) -> list[ModelReply]:
        if any(DEADLY in ticket.subject for ticket in tickets):
            os.kill(os.getpid(), signal.SIGKILL)
        return ask(self, tickets, deadline, traceparent=traceparent)

    replace(GuardedClient, "ask", deadly)


def fails_at_a_text() -> None:
    """A certain text makes the service fail as nobody has foreseen."""
    fingerprint = vars(ticket_text)["fingerprint"]

    def failing(subject: str, description: str, key: bytes | None) -> str:
        if DEADLY in subject:
            raise ZeroDivisionError
        return str(fingerprint(subject, description, key))

    replace(ticket_text, "fingerprint", failing)


def sink_dies_of_a_row() -> None:
    """A certain answer kills the process as the sink takes it."""
    add = SinkBatch.add

    def deadly(self: SinkBatch, record: Record, outcome: Row | EncodedRow | DeadLetter) -> None:
        if not isinstance(outcome, DeadLetter) and DEADLY.encode() in (record.value or b""):
            os.kill(os.getpid(), signal.SIGKILL)
        add(self, record, outcome)

    replace(SinkBatch, "add", deadly)


def is_refused_every_other_transaction() -> None:
    """Nothing is wrong with the service; Kafka aborts its first transaction, and every second one after it."""
    commit = Transactions.commit
    turns = itertools.cycle((False, True))

    def refused(self: Transactions, *given: Any) -> Outcome:
        return commit(self, *given) if next(turns) else Outcome.ABORTED

    replace(Transactions, "commit", refused)


def replace(owner: type | ModuleType, name: str, by: Callable[..., Any]) -> None:
    if name not in vars(owner):
        raise AttributeError(f"{owner.__name__} has no {name} any more")
    setattr(owner, name, by)


MUTANTS = {
    mutant.__name__: mutant
    for mutant in (
        healthy,
        commits_before_producing,
        commits_the_consumers_position,
        takes_doubt_for_failure,
        remembers_its_generation,
        sink_commits_before_inserting,
        sink_resumes_from_clickhouse,
        dies_of_a_text,
        dies_at_the_model,
        fails_at_a_text,
        sink_dies_of_a_row,
        is_refused_every_other_transaction,
    )
}


DEADLY_ONES = (dies_of_a_text, dies_at_the_model, fails_at_a_text, sink_dies_of_a_row)


def main() -> int:
    mutant = MUTANTS[sys.argv.pop(1)]
    mutant()
    if mutant not in DEADLY_ONES:
        is_soon_in_doubt()
    return worker.main()


if __name__ == "__main__":
    sys.exit(main())
