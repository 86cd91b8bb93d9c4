"""The sink with one classic mistake each: what the tests here must notice."""

from collections.abc import Callable, Collection, Iterable, Sequence

from analytics.store.bisecting import Bisection, Refused
from analytics.store.encoded import EncodedRow
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from analytics.store.spans import Spans
from consumer.bad_records.dead_letter import DeadLetter
from consumer.bad_records.quarantine import Quarantine
from consumer.kafka.records import Record, TopicPartition
from consumer.sink.batch import Batches, SinkBatch
from consumer.sink.clickhouse_writer import ClickHouseWriter, Down, Stored
from consumer.sink.commit import BatchCommitter
from consumer.sink.loop import SinkLoop
from consumer.sink.partitions import Partitions
from consumer.sink.schedule import Schedule
from consumer.sink.topics import decided
from tests.sim import mutants
from tests.sim.line import Killed
from tests.sim.sink import DEADLY, SinkMake


def commits_before_inserting() -> SinkMake:
    """Offsets first, rows afterwards."""

    class Broken(SinkLoop):
        def _begin(self) -> bool:
            batch = self._batches.begin()
            self._commit()
            self._batches.first = batch
            return super()._begin()

    return SinkMake(loop=Broken)


def commits_while_it_is_inserting() -> SinkMake:
    """The next batch is taken for the sign that the last one is stored."""

    class Broken(ClickHouseWriter):
        def end(self, batch: SinkBatch, behind: SinkBatch) -> Stored | Down:
            if self.has_ended:
                return super().end(batch, behind)
            self._running = None
            return Stored({}, [], 0.0)

    class Hasty(Schedule):
        def takes_more(self, _: SinkBatch) -> bool:
            return False

    return SinkMake(schedule=Hasty, writer=Broken)


def commits_both_batches_at_once() -> SinkMake:
    """What was read while rows were stored is committed with them."""

    class Broken(Batches):
        def committed(self) -> None:
            super().committed()
            self.next.entries.clear()

    class Hasty(SinkLoop):
        def _commit(self) -> None:
            self._batches.first.offsets.update(self._batches.next.offsets)
            super()._commit()

    return SinkMake(loop=Hasty, batches=Broken)


def keeps_what_was_read_behind_a_cut() -> SinkMake:
    """Of a batch some rows are left out, to be read again, and what was read behind them is committed."""

    class Broken(Batches):
        def again(self, records: Iterable[Record]) -> None:
            pass

    return SinkMake(batches=Broken)


def reads_on_beside_markers() -> SinkMake:
    """While a record that may have crashed its readers is stored the next is read, and one marker stands for both."""

    class Broken(Schedule):
        def takes_more(self, _: SinkBatch) -> bool:
            return True

    return dies_of_a_row()._replace(schedule=Broken)


def keeps_what_is_being_stored() -> SinkMake:
    """While its rows are stored a partition is handed over, and its offset is committed all the same."""

    class Broken(Batches):
        def forget(self, partitions: Collection[TopicPartition]) -> None:
            self.next.forget(partitions)

    return SinkMake(batches=Broken)


def resumes_from_clickhouse() -> SinkMake:
    """It goes on after the highest offset that ClickHouse holds, and not where the group has committed."""

    class Broken(SinkLoop):
        highest: dict[TopicPartition, int] | None = None

        def _take_in(self, records: list[Record]) -> None:
            if self.highest is None:
                self.highest = self._stored()
            super()._take_in(records)
            batch = self._batches.next
            for entry in list(batch.entries):
                if entry.record.position.offset <= self.highest.get(entry.partition, -1):
                    batch.entries.remove(entry)

        def _stored(self) -> dict[TopicPartition, int]:
            connection = self._writer._connection
            return {
                (topic, partition): offset
                for topic, held in self._intake._topics.items()
                for partition, offset in (
                    connection.rows.highest_offsets(held.event, topic).items() if connection is not None else ()
                )
            }

    return SinkMake(loop=Broken)


def dies_of_a_row() -> SinkMake:
    """A certain record crashes every process that takes it in."""

    class Deadly(SinkBatch):
        def add(self, record: Record, outcome: Row | EncodedRow | DeadLetter | None) -> None:
            row = decided(outcome) if isinstance(outcome, EncodedRow) else outcome
            if isinstance(row, Row) and row.event.get("category") == DEADLY:
                raise Killed
            super().add(record, outcome)

    class Dying(SinkLoop):
        def turn(self) -> None:
            self._batches.next.__class__ = Deadly
            super().turn()

    return SinkMake(loop=Dying)


def dies_of_a_row_for_ever() -> SinkMake:
    """The same, and no process ever concludes from it that the record is to blame."""

    class Trusting(Quarantine):
        def condemned(self, _: Record) -> DeadLetter | None:
            return None

    return dies_of_a_row()._replace(quarantine=Trusting)


def commits_the_consumers_position() -> SinkMake:
    """Offsets of what was polled, and not of what is stored."""
    return SinkMake(kafka=mutants.commits_the_consumers_position())


def takes_doubt_for_failure() -> SinkMake:
    """After a doubtful commit the same is written once more, against what the group's offsets say."""
    return SinkMake(kafka=mutants.takes_doubt_for_failure())


def takes_doubt_for_success() -> SinkMake:
    """After a doubtful commit it goes on as if it had been committed."""
    return SinkMake(kafka=mutants.takes_doubt_for_success())


def keeps_what_others_have() -> SinkMake:
    """What was fetched of a partition that went in the middle of a poll is taken in all the same."""
    return SinkMake(kafka=mutants.keeps_what_others_have())


def drops_the_batch_when_clickhouse_is_down() -> SinkMake:
    """What could not be stored is forgotten, and what comes behind it is committed."""

    class Broken(ClickHouseWriter):
        def end(self, batch: SinkBatch, behind: SinkBatch) -> Stored | Down:
            outcome = super().end(batch, behind)
            if isinstance(outcome, Down):
                batch.entries, batch.offsets = [], {}
            return outcome

    return SinkMake(writer=Broken)


def takes_an_interrupted_insert_for_done() -> SinkMake:
    """A batch that was stored in part, or whose answer was lost, is committed."""

    class Broken(ClickHouseWriter):
        def end(self, batch: SinkBatch, behind: SinkBatch) -> Stored | Down:
            outcome = super().end(batch, behind)
            return Stored({}, [], 0.0) if isinstance(outcome, Down) else outcome

    return SinkMake(writer=Broken)


def keeps_rows_of_a_revoked_partition() -> SinkMake:
    """What it holds of a partition that was handed over is committed later."""

    class Broken(SinkLoop):
        def _forget(self, partitions: Collection[TopicPartition]) -> None:
            batches, self._batches = self._batches, Batches()
            super()._forget(partitions)
            self._batches = batches

    return SinkMake(loop=Broken)


def refuses_rows_without_proof() -> SinkMake:
    """A row is to blame whenever it is refused, also when its table refuses every row."""

    class Broken(RowWriter):
        def _prove(self, refused: Refused) -> None:
            pass

    return SinkMake(row_writer=Broken)


def forgets_undecided_rows() -> SinkMake:
    """Of a batch with bad rows it takes those for stored that it has not come to."""

    class Broken(RowWriter):
        def _search(self, records: Sequence[Row]) -> Bisection:
            search = super()._search(records)
            search.stored += list(search.undecided)
            return search

    return SinkMake(row_writer=Broken)


def leaves_markers_while_clickhouse_is_down() -> SinkMake:
    """Processes that are killed while they wait for ClickHouse condemn the record that stands first."""

    class Broken(Quarantine):
        def clear_markers(self) -> None:
            pass

    return SinkMake(quarantine=Broken)


def writes_overrides_outside_of_the_transaction() -> SinkMake:
    """Offsets first, overrides in a transaction of their own."""

    class Broken(BatchCommitter):
        def _write(
            self,
            batch: SinkBatch,
            dead: list[tuple[Record, DeadLetter]],
            handled: Callable[[Collection[TopicPartition]], None],
        ) -> bool:
            overrides, batch.overrides = batch.overrides, ()
            is_committed = super()._write(batch, dead, handled)
            if is_committed and overrides:
                self._committer.commit(overrides, batch.offsets)
            return is_committed

    return SinkMake(committer=Broken)


def decides_overrides_from_the_batch_alone() -> SinkMake:
    """An answer that comes later than its correction makes no override."""

    class Broken(RowWriter):
        def _judge(self, _: Spans, decoded: Sequence[Row]) -> None:
            self._judged({row.event["ticket_id"] for row in decoded if row.name == "TicketCorrected"})

    return SinkMake(row_writer=Broken)


def leaves_partitions_paused() -> SinkMake:
    """A partition that was paused, went and came back stays paused: the client keeps the flag."""

    class Broken(Partitions):
        def add(self, partitions: Collection[TopicPartition]) -> None:
            super().add(partitions)
            self._fresh.clear()

    return SinkMake(partitions=Broken)
