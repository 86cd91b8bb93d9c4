"""What the sink holds between reading and committing stays in step: rows, dead letters, offsets."""

from analytics.store.rows import Row
from consumer.bad_records.dead_letter import DeadLetter
from consumer.kafka.records import Record
from consumer.sink.batch import Dead, SinkBatch
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
            if offset == 3:
                made.add_dead(record(partition, offset), BAD)
            else:
                made.add(record(partition, offset), row(partition, offset))
    return made


def places(made: SinkBatch) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Partition and offset of the rows and of the dead letters."""
    return (
        sorted(held.record.position[1:3] for held in made.held),
        sorted(dead.record.position[1:3] for dead in made.dead),
    )


def test_a_refused_row_becomes_a_dead_letter() -> None:
    """Its record is set aside with the reason, and the offsets stay as they are."""
    made = batch()
    made.refuse([(row(1, 2), REFUSED)])

    assert places(made) == ([(0, 0), (0, 1), (0, 2), (0, 4), (1, 0), (1, 1), (1, 4)], [(0, 3), (1, 2), (1, 3)])
    assert Dead(record(1, 2), REFUSED) in made.dead
    assert made.offsets == {("ticket-corrected", 0): 5, ("ticket-corrected", 1): 5}


def test_what_is_undecided_is_read_again_with_all_behind_it() -> None:
    """Nothing at or behind the first undecided row of a partition is committed, dead letters included."""
    made = batch()
    again = made.cut([row(1, 2), row(1, 4)])

    assert again == [record(1, 2)]
    assert places(made) == ([(0, 0), (0, 1), (0, 2), (0, 4), (1, 0), (1, 1)], [(0, 3)])
    assert made.offsets == {("ticket-corrected", 0): 5, ("ticket-corrected", 1): 2}


def test_a_partition_that_went_leaves_nothing_behind() -> None:
    """Its rows, its dead letters and its offset are another's."""
    made = batch()
    made.drop({("ticket-corrected", 1)})

    assert places(made) == ([(0, 0), (0, 1), (0, 2), (0, 4)], [(0, 3)])
    assert made.offsets == {("ticket-corrected", 0): 5}


def test_settled_records_come_in_order() -> None:
    """Dead letters stand where their records stand, for whoever counts runs of them."""
    found = [(each.partition[1], each.record.position.offset, each.is_dead) for each in batch().settled]

    assert found == [(partition, offset, offset == 3) for partition in (0, 1) for offset in range(5)]


def test_what_ends_before_an_offset_is_committed_up_to_it() -> None:
    """A partition of which nothing is left is not committed, since what is noted beside its offset may not change."""
    made = batch()
    made.end_before({("ticket-corrected", 0): 3, ("ticket-corrected", 1): 0})

    assert places(made) == ([(0, 0), (0, 1), (0, 2)], [])
    assert made.offsets == {("ticket-corrected", 0): 3}
