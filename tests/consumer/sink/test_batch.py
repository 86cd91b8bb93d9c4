"""What the sink holds between reading and committing stays in step: rows, dead letters, offsets."""

from analytics.store.rows import Row
from consumer.bad_records.dead_letter import DeadLetter
from consumer.kafka.records import Record
from consumer.sink.batch import Batches, Entry, SinkBatch
from schemas.position import Position

BAD = DeadLetter("bad_framing", "")
REFUSED = DeadLetter("sink_rejected", "")


def record(partition: int, offset: int) -> Record:
    return Record(Position("ticket-corrected", partition, offset, 0), None, b"", [])


def row(partition: int, offset: int) -> Row:
    return Row("TicketCorrected", {}, record(partition, offset).position)


def batch() -> SinkBatch:
    """Two partitions of five records, the fourth of each unreadable."""
    made = SinkBatch()
    for offset in range(5):
        for partition in (0, 1):
            made.add(record(partition, offset), BAD if offset == 3 else row(partition, offset))
    return made


def positions(made: SinkBatch) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Partition and offset of the rows and of the dead letters."""
    return (
        sorted(row.position[1:3] for row in made.rows),
        sorted(record.position[1:3] for record, _ in made.dead),
    )


def test_a_refused_row_becomes_a_dead_letter() -> None:
    """Its record is set aside with the reason, and the offsets stay as they are."""
    made = batch()
    made.refuse([(row(1, 2), REFUSED)])

    assert positions(made) == ([(0, 0), (0, 1), (0, 2), (0, 4), (1, 0), (1, 1), (1, 4)], [(0, 3), (1, 2), (1, 3)])
    assert (record(1, 2), REFUSED) in made.dead
    assert made.offsets == {("ticket-corrected", 0): 5, ("ticket-corrected", 1): 5}


def test_what_is_undecided_is_read_again_with_all_behind_it() -> None:
    """Nothing at or behind the first undecided row of a partition is committed, dead letters included."""
    made = batch()
    again = made.cut([row(1, 2), row(1, 4)])

    assert again == [record(1, 2)]
    assert positions(made) == ([(0, 0), (0, 1), (0, 2), (0, 4), (1, 0), (1, 1)], [(0, 3)])
    assert made.offsets == {("ticket-corrected", 0): 5, ("ticket-corrected", 1): 2}


def test_a_partition_that_went_leaves_nothing_behind() -> None:
    """Its rows, its dead letters and its offset are for its next owner."""
    made = batch()
    made.forget({("ticket-corrected", 1)})

    assert positions(made) == ([(0, 0), (0, 1), (0, 2), (0, 4)], [(0, 3)])
    assert made.offsets == {("ticket-corrected", 0): 5}
    made.forget({("ticket-corrected", 0)})
    assert made.is_empty


def test_what_is_sent_is_made_once_and_anew_when_rows_come_or_go() -> None:
    """A batch that is tried again is sent as it was; what another member owns by then is not sent."""
    made = batch()
    first = made.prepared()
    assert made.prepared() is first
    assert first.decoded == made.rows

    made.forget({("ticket-corrected", 1)})
    assert made.prepared().decoded == [row(0, offset) for offset in (0, 1, 2, 4)]
    made.add(record(0, 5), row(0, 5))
    assert made.prepared().decoded[-1] == row(0, 5)
    made.refuse([(row(0, 5), REFUSED)])
    assert made.prepared().decoded[-1] == row(0, 4)
    made.cut([row(0, 2)])
    assert made.prepared().decoded == [row(0, 0), row(0, 1)]


def test_entries_stay_in_the_order_of_offsets() -> None:
    """Dead letters stand where their records stand, also those of refused rows: runs of them are counted."""
    made = batch()
    made.refuse([(row(0, 1), REFUSED)])
    found = [(entry.record.position.offset, entry.is_dead) for entry in made.entries if entry.partition[1] == 0]

    assert found == [(0, False), (1, True), (2, False), (3, True), (4, False)]
    assert Entry(record(0, 1), REFUSED) in made.entries


def test_the_age_of_a_batch_is_that_of_its_first_record() -> None:
    """Polls before that record and after it change nothing."""
    made = SinkBatch()
    made.begin(10.0)
    made.begin(20.0)
    made.add(record(0, 0), row(0, 0))
    made.begin(20.4)

    assert made.age_s(21.0) == 1.0


def test_the_size_of_a_batch_is_that_of_its_records() -> None:
    """Dead letters are held like rows."""
    made = SinkBatch()
    made.add(record(0, 0)._replace(value=b"1234", key=b"5"), row(0, 0))
    made.add(record(0, 1)._replace(value=b"1234"), BAD)

    assert made.size_bytes == 9


def test_what_ends_before_an_offset_is_committed_up_to_it() -> None:
    """A partition of which nothing is left is not committed, since the metadata beside its offset may not change."""
    made = batch()
    made.end_before({("ticket-corrected", 0): 3, ("ticket-corrected", 1): 0})

    assert positions(made) == ([(0, 0), (0, 1), (0, 2)], [])
    assert made.offsets == {("ticket-corrected", 0): 3}


def _two_batches() -> Batches:
    """One that is being stored, and one of the same partitions behind it."""
    made = Batches()
    made.next = batch()
    made.begin()
    for offset in (5, 6):
        for partition in (0, 1):
            made.next.add(record(partition, offset), row(partition, offset))
    return made


def test_a_batch_is_begun_when_the_one_before_it_is_committed() -> None:
    """Until then the earlier one is begun again, as often as needed."""
    made = _two_batches()
    first, second = made.first, made.next

    assert made.begin() is first
    made.committed()
    assert made.begin() is second
    assert made.next.is_empty
    assert not made.is_empty
    made.committed()
    assert made.is_empty


def test_a_partition_that_goes_is_left_out_of_both() -> None:
    """Its rows may be stored by then; its offsets are not committed."""
    made = _two_batches()

    made.forget([("ticket-corrected", 0)])

    assert made.first.offsets == {("ticket-corrected", 1): 5}
    assert made.next.offsets == {("ticket-corrected", 1): 7}


def test_what_was_read_behind_a_cut_is_read_again() -> None:
    """Its offset must not be committed before what was cut."""
    made = _two_batches()
    undecided = [row for row in made.first.decoded_rows if row.position[1:3] == (1, 2)]

    made.again(made.first.cut(undecided))

    assert made.first.offsets == {("ticket-corrected", 0): 5, ("ticket-corrected", 1): 2}
    assert made.next.offsets == {("ticket-corrected", 0): 7}


def test_the_times_of_a_large_batch_are_counted_for_their_neighbours() -> None:
    """Every record counts once, and few are looked at."""
    small, large = batch(), SinkBatch()
    for offset in range(2_600):
        position = Position("ticket-corrected", 0, offset, offset // 100)
        large.add(Record(position, None, b"", []), Row("TicketCorrected", {}, position))
    written = large.written()

    assert small.written() == {("ticket-corrected", 0): 10}
    assert written.total() == 2_600
    assert {time_ms for _, time_ms in written} == set(range(26))
    assert all(abs(number - 100) <= 10 for number in written.values())
