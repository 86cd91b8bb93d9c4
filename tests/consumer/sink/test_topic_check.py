"""A topic that was deleted and made again is told from one that is only old, empty or quiet."""

from collections.abc import Collection, Mapping

import pytest

from analytics.store.rows import StoredEvent
from consumer.errors import ConfigurationError
from consumer.kafka.records import Record, TopicPartition
from consumer.sink.topic_check import Finding, Progress, TopicCheck, complaint, judge
from schemas.position import Position


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        (Progress(end=0, committed=None, highest=None), Finding.SAME),
        (Progress(end=500, committed=None, highest=None), Finding.SAME),
        # All that was written is stored and committed; retention may have emptied the log.
        (Progress(end=500, committed=500, highest=499), Finding.SAME),
        # Stored and not yet committed, and the other way round: the last ones were dead letters.
        (Progress(end=500, committed=300, highest=499), Finding.SAME),
        (Progress(end=500, committed=500, highest=3), Finding.SAME),
        # Rebuilt before the sink's group has ever committed.
        (Progress(end=500, committed=None, highest=499), Finding.SAME),
        (Progress(end=499, committed=None, highest=499), Finding.RECREATED),
        (Progress(end=0, committed=None, highest=0), Finding.RECREATED),
        (Progress(end=499, committed=500, highest=498), Finding.RECREATED),
        (Progress(end=499, committed=500, highest=None), Finding.READ_ANEW),
    ],
)
def test_what_follows_from_how_far_each_has_come(progress: Progress, expected: Finding) -> None:
    """Only an end that went back is a finding; it harms nothing where ClickHouse holds no rows."""
    assert judge(progress) is expected


def test_the_complaint_says_what_to_do() -> None:
    """The operator reads which partition, what happened, and the mend."""
    said = complaint(("ticket-categorized", 2), Progress(12, 480, 479), "ticketstream-sink", "ticketstream")

    assert "ticket-categorized-2 ends at offset 12" in said
    assert "CLICKHOUSE_DATABASE" in said
    assert "ticketstream rebuild" in said


ANSWERS, TELEMETRY = "ticket-categorized", "ticket-telemetry"


class LogOffsets:
    """A group's offsets and two topics' logs."""

    def __init__(self, committed: dict[TopicPartition, int], logs: dict[TopicPartition, tuple[int, int]]) -> None:
        self.of_group = committed
        self._logs = logs

    def committed(self, partitions: Collection[TopicPartition], _: float) -> dict[TopicPartition, int]:
        return {partition: offset for partition, offset in self.of_group.items() if partition in partitions}

    def watermarks(self, partition: TopicPartition, _: float) -> tuple[int, int]:
        return self._logs[partition]

    def commit(self, offsets: Mapping[TopicPartition, int]) -> bool:
        self.of_group |= offsets
        return True


def check_of(offsets: LogOffsets) -> TopicCheck:
    return TopicCheck(offsets, {ANSWERS: "TicketCategorized", TELEMETRY: "Operation"}, "sink", "tickets")


def test_partitions_are_checked_once_after_they_were_assigned() -> None:
    """Afterwards ClickHouse is asked no more, until one of them is assigned again."""
    asked: list[str] = []

    def highest(_: StoredEvent, topic: str) -> Mapping[int, int]:
        asked.append(topic)
        return {}

    check = check_of(LogOffsets({}, {(ANSWERS, 0): (0, 10), (ANSWERS, 1): (0, 10)}))
    check.add([(ANSWERS, 0), (ANSWERS, 1)])
    pending = check.is_pending
    check.check(highest)
    check.check(highest)
    assert (pending, check.is_pending, asked) == (True, False, [ANSWERS])
    check.add([(ANSWERS, 0)])
    check.forget([(ANSWERS, 0)])
    assert not check.is_pending


def test_a_recreated_topic_ends_the_sink_and_stays_unchecked() -> None:
    """The error names the partition; telemetry is not asked for, because it may have lost records."""
    check = check_of(LogOffsets({}, {(ANSWERS, 0): (0, 3), (TELEMETRY, 0): (0, 3)}))
    check.add([(TELEMETRY, 0)])
    check.check(lambda _, __: {0: 99})
    check.add([(ANSWERS, 0)])
    with pytest.raises(ConfigurationError, match="ticket-categorized-0 ends at offset 3"):
        check.check(lambda _, __: {0: 99})
    assert check.is_pending


def test_a_group_beyond_the_end_of_its_topic_begins_at_its_beginning() -> None:
    """So it is committed at once: a crash after the first insert must not look like a recreated topic."""
    offsets = LogOffsets({(ANSWERS, 0): 500}, {(ANSWERS, 0): (2, 10)})
    check = check_of(offsets)
    check.add([(ANSWERS, 0)])
    check.check(lambda _, __: {})

    assert offsets.of_group == {(ANSWERS, 0): 2}


def test_a_record_that_comes_a_second_time_is_a_reason_to_check() -> None:
    """The client starts again at the beginning when a topic has become shorter while it reads."""
    check = check_of(LogOffsets({}, {}))
    pending = []
    for offset in (5, 6, 9, 6):
        check.read(Record(Position(ANSWERS, 0, offset, 0), None, b"", []))
        pending.append(check.is_pending)

    assert pending == [False, False, False, True]
