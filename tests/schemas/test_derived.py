"""What follows from the position of a record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import BadRecord, Decoder
from schemas.derived import timed
from schemas.field_rules import EARLIEST_MS, LATEST_MS
from tests.support.event_examples import POSITION, as_json

READ_MS = 1_795_946_400_123
LEAST = as_json({"ticket_id": "T-1", "subject": ""})


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_timestamp_gives_a_ticket_a_time(timestamp: int) -> None:
    """Whatever Kafka says of a record, its ticket is not refused for a time that it does not hold."""
    position = timed(POSITION._replace(timestamp_ms=timestamp), READ_MS)
    created_at = Decoder("TicketCreated").decode(LEAST, position)["created_at"]

    assert EARLIEST_MS <= created_at < LATEST_MS
    assert timed(position, READ_MS + 1) == position


@given(st.integers(EARLIEST_MS, LATEST_MS - 1))
def test_a_time_stays_as_it_is(timestamp_ms: int) -> None:
    """Nothing is taken for missing that is there."""
    position = POSITION._replace(timestamp_ms=timestamp_ms)

    assert timed(position, READ_MS) is position
    assert Decoder("TicketCreated").decode(LEAST, position)["created_at"] == timestamp_ms


@pytest.mark.parametrize("timestamp", [2**63 - 1, -(2**63), -1])
def test_a_position_without_a_time_names_the_field(timestamp: int) -> None:
    """Where nobody put in the time of reading, the refusal says which field could not be derived."""
    with pytest.raises(BadRecord, match=r"^invalid_field: created_at: "):
        Decoder("TicketCreated").decode(LEAST, POSITION._replace(timestamp_ms=timestamp))
