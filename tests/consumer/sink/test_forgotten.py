"""What was forgotten is stored no more, and the offsets go on."""

from typing import Any

import pytest

from analytics.store.encoded import EncodedRow
from analytics.store.forgotten import Forgotten, hashed
from analytics.store.rows import Row
from consumer.bad_records.dead_letter import DeadLetter
from consumer.kafka.records import Record
from consumer.sink.batch import SinkBatch
from schemas.position import Position

GONE = Forgotten({hashed("T-1"): {("ticket-categorized", 0): 50, ("ticket-corrected", 0): 10}})


def _batch(offset: int, key: bytes, outcome: Any, topic: str = "ticket-categorized") -> SinkBatch:
    batch = SinkBatch()
    batch.begin(0.0)
    position = Position(topic, 0, offset, 0)
    batch.add(
        Record(position, key, b"", []), outcome._replace(position=position) if hasattr(outcome, "position") else outcome
    )
    batch.leave_out(GONE)
    assert batch.offsets == {(topic, 0): offset + 1}
    return batch


ANSWER = EncodedRow(b"", 0, Position("", 0, 0, 0))
CORRECTION = Row("TicketCorrected", {"ticket_id": "T-1"}, Position("", 0, 0, 0))


@pytest.mark.parametrize(
    ("offset", "key", "outcome", "left"),
    [
        (49, b"T-1", ANSWER, 0),
        (50, b"T-1", ANSWER, 1),
        (49, b"T-2", ANSWER, 1),
        (49, b"another key", CORRECTION, 0),
        (49, b"T-1", CORRECTION._replace(event={"ticket_id": "T-2"}), 1),
        (49, b"T-1", CORRECTION._replace(name="Operation", event={"ticket_id": None}), 1),
    ],
)
def test_a_record_from_before_is_left_out(offset: int, key: bytes, outcome: Any, left: int) -> None:
    """Of an encoded answer the key says which ticket it is, of a decoded event its ticket_id."""
    assert len(_batch(offset, key, outcome).rows) == left


def test_each_topic_has_its_own_end() -> None:
    """A correction beyond the end of its topic is new, whatever the end of another."""
    assert len(_batch(9, b"", CORRECTION, "ticket-corrected").rows) == 0
    assert len(_batch(10, b"", CORRECTION, "ticket-corrected").rows) == 1


def test_dead_letters_stay() -> None:
    """They go to Kafka, and were counted before."""
    assert len(_batch(9, b"T-1", DeadLetter("bad_framing", "")).dead) == 1
