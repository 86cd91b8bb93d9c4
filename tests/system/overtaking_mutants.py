"""Answers that overtake, broken on purpose: `python -m tests.system.overtaking_mutants NAME ROLE INDEX` is a worker.

NAME may be several names, with `+` between them.

`tests/sim/overtaking_mutants.py` has the same mistakes for the simulation; docs/ARCHITECTURE.md lists them.
"""

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from consumer.bad_records.quarantine import Quarantine
from consumer.categorizer.envelope import Done, Envelope, Repeat
from consumer.categorizer.outbox import Committed, Flooded, Kept, Outbox
from consumer.categorizer.repeats import Page, Repeats, Seen
from consumer.categorizer.repeats_topic import RepeatsTopic
from consumer.categorizer.window import Taken, Window, _Lane
from consumer.kafka.committer import Committer
from consumer.kafka.records import Message, TopicPartition
from consumer.service import worker
from tests.support.world import PARTITIONS
from tests.system.mutants import healthy, is_soon_in_doubt, replace

# Tickets whose ids begin so stop one of these.
FREEZING = "freezing"

Holds = Callable[[TopicPartition], bool]


def freezes_before_overtakers() -> None:
    """Nothing is broken; the process stops once, before it commits the answers to certain tickets."""
    commit, once = Outbox.commit, iter([True])

    def freezing(self: Outbox, now: float, now_ms: int, holds: Holds) -> Committed | Kept | Flooded:
        if any(envelope.decoded["ticket_id"].startswith(FREEZING) for envelope in self._envelopes) and next(
            once, False
        ):
            os.kill(os.getpid(), signal.SIGSTOP)
        return commit(self, now, now_ms, holds)

    replace(Outbox, "commit", freezing)


def notes_no_overtaker() -> None:
    """Of all answers only that to the first record of a partition, which overtakes none, is noted."""
    messages = Repeats.messages

    def broken(self: Repeats, envelopes: Iterable[Envelope]) -> list[Message]:
        return messages(self, [envelope for envelope in envelopes if envelope.place == 0])

    replace(Repeats, "messages", broken)


def notes_before_the_transaction() -> None:
    """The notes go into a transaction of their own, before that of the answers."""
    commit = Outbox.commit

    def broken(self: Outbox, now: float, now_ms: int, holds: Holds) -> Committed | Kept | Flooded:
        self._committer.commit(self._repeats.messages(self._envelopes), {})
        return commit(self, now, now_ms, holds)

    replace(Outbox, "commit", broken)


def notes_after_the_transaction() -> None:
    """The notes go into a transaction of their own, after that of the answers."""
    commit, messages = Outbox.commit, Repeats.messages

    def broken(self: Outbox, now: float, now_ms: int, holds: Holds) -> Committed | Kept | Flooded:
        notes = messages(self._repeats, self._envelopes)
        outcome = commit(self, now, now_ms, holds)
        if isinstance(outcome, Committed):
            self._committer.commit(notes, {})
        return outcome

    replace(Repeats, "messages", lambda *_: [])
    replace(Outbox, "commit", broken)


def writes_over_earlier_notes() -> None:
    """Each transaction writes the page as it was when the partition came, with its own notes alone behind that."""
    written = Seen.written

    def broken(self: Seen, offsets: Sequence[int]) -> None:
        opened = self._open
        written(self, offsets)
        self._open = opened

    replace(Seen, "written", broken)


def keeps_notes_of_partitions_that_go() -> None:
    """The notes of a partition that another member had meanwhile are not loaded anew."""
    replace(Repeats, "forget", lambda *_: None)


def leaves_out_offsets_that_stand() -> None:
    """A transaction in which no offset moves names none: the group does not notice of what generation it is."""
    add = Outbox.add

    def broken(self: Outbox, taken: Taken, now: float) -> None:
        add(self, taken._replace(first_offsets={}), now)

    replace(Outbox, "add", broken)


def reads_the_notes_of_another_partition() -> None:
    """The next owner of a partition loads the notes of another partition."""
    load = RepeatsTopic.load

    def broken(self: RepeatsTopic, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, list[Page]]:
        others = {(topic, number): (topic, (number + 1) % PARTITIONS) for topic, number in partitions}
        found = load(self, others.values())
        return {partition: found[other] for partition, other in others.items()}

    replace(RepeatsTopic, "load", broken)


def shifts_notes_by_one() -> None:
    """A note names the offset after that of its record."""
    coming = Seen._coming_at

    def broken(self: Seen, offsets: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        return ((offset + 1, key) for offset, key in coming(self, offsets))

    replace(Seen, "_coming_at", broken)


def flips_a_bit_of_notes() -> None:
    """A note names an event_id that differs in one bit."""
    coming = Seen._coming_at

    def broken(self: Seen, offsets: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        return ((offset, bytes([key[0] ^ 1]) + key[1:]) for offset, key in coming(self, offsets))

    replace(Seen, "_coming_at", broken)


def believes_offsets_of_notes() -> None:
    """A record at a noted offset counts as answered, whatever its event_id is."""
    judge = Seen.judge

    def broken(self: Seen, event_id: str, offset: int) -> Repeat | Done | None:
        return Done() if offset in self._ahead.values() else judge(self, event_id, offset)

    replace(Seen, "judge", broken)


def swaps_records_of_a_ticket() -> None:
    """The record of a ticket that is finished first goes first."""
    finished = Window.finished

    def broken(self: Window, envelopes: Iterable[Envelope]) -> None:
        for envelope in envelopes:
            if not envelope.dropped and not envelope.given:
                waiting = self._lanes[envelope.partition].tickets.get(envelope.decoded["ticket_id"])
                if isinstance(waiting, deque):
                    waiting.remove(envelope)
                    waiting.appendleft(envelope)
            finished(self, [envelope])

    replace(Window, "finished", broken)


def overtakes_without_bounds() -> None:
    """However far it is from the offset, an answer is committed."""
    next_overtaker = _Lane.next_overtaker

    def broken(self: _Lane) -> Envelope | None:
        self._span = 10**9
        return next_overtaker(self)

    replace(_Lane, "next_overtaker", broken)


def reads_no_notes() -> None:
    """The next owner of a partition does not know what was answered ahead of the offset."""
    replace(Repeats, "_kept", lambda *_: [])


def trusts_offsets_alone() -> None:
    """In doubt only the offsets are looked at, also when none moves."""
    found = Committer._found_committed

    def broken(self: Committer, offsets: Mapping[TopicPartition, int], _: Callable[[], bool] | None) -> bool:
        return found(self, offsets, None)

    replace(Committer, "_found_committed", broken)


def wipes_markers() -> None:
    """A commit in which the offset stands takes the marker beside it away."""

    def broken(_: Quarantine, __: Any) -> Mapping[TopicPartition, str]:
        return {}

    replace(Quarantine, "standing", broken)


def commits_the_record_that_is_waited_for() -> None:
    """With what overtakes it, the offset moves by one."""
    add = Outbox.add

    def broken(self: Outbox, taken: Taken, now: float) -> None:
        firsts = {partition: offset + 1 for partition, offset in taken.first_offsets.items()}
        add(self, taken._replace(first_offsets=firsts), now)

    replace(Outbox, "add", broken)


MUTANTS = {
    mutant.__name__: mutant
    for mutant in (
        healthy,
        is_soon_in_doubt,
        freezes_before_overtakers,
        notes_no_overtaker,
        notes_before_the_transaction,
        notes_after_the_transaction,
        writes_over_earlier_notes,
        keeps_notes_of_partitions_that_go,
        leaves_out_offsets_that_stand,
        reads_the_notes_of_another_partition,
        shifts_notes_by_one,
        flips_a_bit_of_notes,
        believes_offsets_of_notes,
        swaps_records_of_a_ticket,
        overtakes_without_bounds,
        reads_no_notes,
        trusts_offsets_alone,
        wipes_markers,
        commits_the_record_that_is_waited_for,
    )
}


def main() -> int:
    for name in sys.argv.pop(1).split("+"):
        MUTANTS[name]()
    return worker.main()


if __name__ == "__main__":
    sys.exit(main())
