"""Suspicion from life to life of a process: what kills is condemned, and nothing else ever is."""

from collections.abc import Collection, Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.bad_records.blame import CrashedOnRecord
from consumer.bad_records.flood import Flood, Limits
from consumer.bad_records.markers import Markers
from consumer.bad_records.offset_metadata import OffsetMetadata, parse
from consumer.bad_records.poison import MAX_CRASHES
from consumer.bad_records.quarantine import ONE_BY_ONE_S, Quarantine
from consumer.kafka.offsets import CommittedOffset
from consumer.kafka.records import Record, TopicPartition
from schemas.position import Position

PARTITION = ("t", 0)
# One without a marker, and one that leaves a marker that the next one finds.
UNNOTICED = 2


class Kafka:
    """One partition of a broker, and how far its group came; it outlives every process."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.offset, self.metadata = 0, ""
        self.position = 0
        self.markers_written = 0

    def read(self, partitions: Collection[TopicPartition], _: float) -> Mapping[TopicPartition, CommittedOffset]:
        return dict.fromkeys(partitions, CommittedOffset(self.offset, self.metadata))

    def commit(self, offsets: Mapping[TopicPartition, int], metadata: Mapping[TopicPartition, str]) -> bool:
        assert offsets[PARTITION] >= self.offset
        self.offset, self.metadata = offsets[PARTITION], metadata[PARTITION]
        self.markers_written += 1
        return True

    def replace(
        self, expected: Mapping[TopicPartition, CommittedOffset], metadata: Mapping[TopicPartition, str]
    ) -> Collection[TopicPartition]:
        if expected[PARTITION] != (self.offset, self.metadata):
            return []
        self.metadata = metadata[PARTITION]
        return [PARTITION]

    def poll(self, most: int) -> list[Record]:
        end = min(self.length, self.position + most)
        records = [Record(Position("t", 0, offset, 0), b"k", b"v", []) for offset in range(self.position, end)]
        self.position = end
        return records


class Life:
    """One process: it polls, holds records in hand, commits them every so many polls."""

    def __init__(
        self, kafka: Kafka, poison: Collection[int], batch: int, polls_per_commit: int, patience: int = 1
    ) -> None:
        self._kafka, self._poison, self._batch, self._pace = kafka, poison, batch, polls_per_commit
        kafka.position = kafka.offset
        self.quarantine = Quarantine(Markers(kafka, Flood(Limits(0, 0), lambda _: 0), kafka), patience)
        self.condemned: list[int] = []
        self.in_hand: list[Record] = []

    def polls(self, number: int, now: float = 0.0) -> bool:
        """Go on for so many polls; False when it died of a record."""
        for poll in range(1, number + 1):
            records = self._kafka.poll(1 if self.quarantine.one_by_one else self._batch)
            partitions = {record.partition for record in records}
            admitted, later = self.quarantine.let_in(records, partitions, now, busy=bool(self.in_hand))
            if later:
                self._kafka.position = later[0].position.offset
            for record in admitted:
                offset = record.position.offset
                if self.quarantine.condemned(record):
                    self.condemned.append(offset)
                elif offset in self._poison:
                    return False
                self.in_hand.append(record)
            if self.in_hand and poll % self._pace == 0:
                self.commit(now)
        return True

    def commit(self, now: float = 0.0) -> None:
        kafka = self._kafka
        kafka.offset, kafka.metadata = self.in_hand[-1].next_offset, ""
        self.in_hand = []
        self.quarantine.committed({PARTITION: kafka.offset}, now)


LENGTH = 60


@given(
    st.sets(st.integers(0, LENGTH - 1), max_size=4),
    st.integers(1, 20),
    st.integers(1, 5),
    st.integers(1, 4),
)
def test_all_that_kills_is_condemned_and_nothing_else(poison: set[int], batch: int, pace: int, patience: int) -> None:
    """In time, with any other records in hand, and after no more crashes than are needed."""
    kafka = Kafka(LENGTH)
    condemned: list[int] = []
    deaths = 0
    while kafka.offset < LENGTH:
        life = Life(kafka, poison, batch, pace, patience)
        deaths += not life.polls(5 * LENGTH * pace)
        condemned += life.condemned
        assert deaths <= len(poison) * (UNNOTICED + patience - 1 + MAX_CRASHES)

    assert set(condemned) == poison


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 20), st.integers(1, 5)), max_size=12))
def test_clean_ends_condemn_nothing(lives: Iterable[tuple[int, int, int]]) -> None:
    """However often and however early processes are stopped, no marker is left behind."""
    kafka = Kafka(LENGTH)
    for polls, batch, pace in lives:
        life = Life(kafka, (), batch, pace)
        life.polls(polls)
        life.quarantine.hand_over([PARTITION])

        assert (life.condemned, kafka.metadata) == ([], "")


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 20), st.integers(1, 5)), max_size=LENGTH))
def test_kills_with_progress_between_condemn_nothing(lives: Iterable[tuple[int, int, int]]) -> None:
    """A process that commits something before it is killed has not crashed on what it had in hand first."""
    kafka = Kafka(LENGTH)
    for polls, batch, pace in lives:
        life, began = Life(kafka, (), batch, pace), kafka.offset
        life.polls(polls)
        if kafka.offset == began and life.in_hand:
            life.commit()

        assert life.condemned == []


@given(st.lists(st.sampled_from(["killed", "stopped"]), max_size=12))
def test_only_crashes_of_one_by_one_reading_count(ends: list[str]) -> None:
    """Of processes that read one by one, those that were stopped have not crashed on the record."""
    kafka = Kafka(LENGTH)
    kafka.metadata = OffsetMetadata(until=LENGTH).text
    for number, end in enumerate(ends):
        life = Life(kafka, (), 5, 5)
        life.polls(1)
        assert bool(life.condemned) == (ends[:number].count("killed") >= MAX_CRASHES)
        if life.condemned:
            return
        if end == "stopped":
            life.quarantine.hand_over([PARTITION])


def test_a_record_read_again_by_the_same_process_counts_once() -> None:
    """What is put off and polled again, as tickets of the queue are, has crashed no process meanwhile."""
    kafka = Kafka(LENGTH)
    kafka.metadata = OffsetMetadata(until=LENGTH).text
    life = Life(kafka, (), 5, 5)
    for _ in range(2 * MAX_CRASHES):
        life.polls(1)
        life.in_hand = []
        kafka.position = 0

    assert parse(kafka.metadata).attempts == 1
    assert life.condemned == []


@pytest.mark.parametrize("patience", [1, 2, 3])
def test_no_record_is_read_by_itself_before_so_many_crashes(patience: int) -> None:
    """Then records are read one by one; a commit, or a clean end, makes the counting begin anew."""
    kafka = Kafka(LENGTH)
    lives = []
    for _ in range(patience + 1):
        lives.append(Life(kafka, (), 5, 5, patience))
        lives[-1].polls(1)
    one_by_one = [life.quarantine.one_by_one for life in lives]
    lives[-1].quarantine.hand_over([PARTITION])
    kafka.metadata = OffsetMetadata(until=5, again=max(0, patience - 2)).text
    stopped = Life(kafka, (), 5, 5, patience)
    stopped.polls(1)
    stopped.quarantine.hand_over([PARTITION])

    assert one_by_one == [False] * patience + [True]
    assert parse(kafka.metadata).again == 0


def test_reading_one_by_one_ends_after_a_minute() -> None:
    """A slow model must not make a long wait of two kills from outside."""
    kafka = Kafka(LENGTH)
    kafka.metadata = OffsetMetadata(until=LENGTH).text
    life = Life(kafka, (), 5, 1)
    life.polls(3)
    began_alone = life.quarantine.one_by_one
    life.polls(1, ONE_BY_ONE_S + 1)

    assert (began_alone, life.quarantine.one_by_one) == (True, False)


def test_ordinary_reading_costs_one_marker_an_assignment() -> None:
    """After the first commit no marker is written any more."""
    kafka = Kafka(10_000)
    Life(kafka, (), 20, 1).polls(500)

    assert (kafka.markers_written, kafka.metadata, kafka.offset) == (1, "", 10_000)


def test_a_long_wait_for_the_first_commit_takes_few_markers() -> None:
    """The marker moves ahead in steps that grow."""
    kafka = Kafka(10_000)
    Life(kafka, (), 1, 10_000).polls(1_000)

    assert 2 < kafka.markers_written < 20
    assert parse(kafka.metadata).until >= 1_000


@given(st.lists(st.sampled_from(["cleared", "killed"]), max_size=12))
def test_a_process_that_cleared_its_markers_crashed_on_no_record(ends: list[str]) -> None:
    """Records that wait for something else leave no marker and are read as usual, and later ones are not marked."""
    kafka = Kafka(LENGTH)
    for number, end in enumerate(ends):
        life = Life(kafka, (), 5, 10)
        life.polls(1)
        assert life.condemned == []
        if ends[: number + 1].count("killed") == MAX_CRASHES:
            return
        if end == "cleared":
            life.quarantine.clear_markers()
            left = kafka.metadata
            life.polls(3)
            assert (life.quarantine.one_by_one, kafka.metadata, kafka.offset) == (False, left, 0)
            assert parse(left).attempts == max(0, ends[:number].count("killed") - 1)


def test_a_worker_that_gets_a_partition_back_ignores_its_own_marker() -> None:
    """A partition that a rebalance took away and gave back was in the hands of a process that lives."""
    kafka = Kafka(100)
    life = Life(kafka, set(), batch=10, polls_per_commit=100)
    life.polls(2)
    life.quarantine.forget([PARTITION])
    life.in_hand.clear()
    kafka.position = kafka.offset
    life.polls(1)

    assert len(life.in_hand) == 10
    assert not life.quarantine.one_by_one


def test_a_marker_that_another_worker_left_meanwhile_is_not_taken_for_its_own() -> None:
    """The other worker took the partition over and crashed: what it had in hand is read one by one."""
    kafka = Kafka(100)
    life = Life(kafka, set(), batch=10, polls_per_commit=100)
    life.polls(2)
    life.quarantine.forget([PARTITION])
    assert not Life(kafka, {3}, batch=10, polls_per_commit=1).polls(9)
    life.in_hand.clear()
    kafka.position = kafka.offset
    life.polls(1)

    assert life.quarantine.one_by_one


def test_an_unforeseen_exception_counts_as_a_crash() -> None:
    """The markers stay when the process ends of something that is not known to be the fault of something else."""
    kafka = Kafka(LENGTH)
    life = Life(kafka, (), 5, 5)
    life.polls(1)
    life.quarantine.ends_by(CrashedOnRecord())
    life.quarantine.hand_over([PARTITION])

    assert parse(kafka.metadata).until == 5


@pytest.mark.parametrize(
    "text", ["", "foreign", "until=x", "until", "other=1", "until=1 until=2 =", "attempts=" + "9" * 5000]
)
def test_what_others_keep_beside_an_offset_says_nothing(text: str) -> None:
    """A consumer of another kind may have committed before."""
    assert parse(text) == OffsetMetadata()


@given(st.builds(OffsetMetadata, *5 * [st.integers(0)]))
def test_metadata_is_read_as_it_was_written(mark: OffsetMetadata) -> None:
    """Both ways."""
    assert parse(mark.text) == mark
