"""Counting dead letters: the same record is one too many however the records are cut into transactions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.bad_records.dead_letter import DeadLetter
from consumer.bad_records.flood import BLOCK_OFFSETS, Flood, Limits, before
from consumer.bad_records.offset_metadata import OffsetMetadata, parse
from consumer.categorizer.envelope import Envelope, Repeat
from consumer.kafka.records import Headers, Record, TopicPartition
from schemas.position import Position

PARTITION = ("t", 0)


def envelope(offset: int, *, bad: bool, headers: Headers | None = None) -> Envelope:
    made = Envelope(
        Record(Position("t", 0, offset, 0), b"k", b"v", headers or []), Position("t", 0, offset, 0), 0, 0.0, 0
    )
    made.outcome = DeadLetter("bad_framing", "") if bad else Repeat()
    return made


def read_through(
    envelopes: list[Envelope], limits: Limits, cuts: list[int], acknowledged: int = 0
) -> tuple[int, int | None]:
    """Commit these in transactions of such sizes, each by a process of its own: where it ended, and what was over."""

    def ask(_: TopicPartition) -> int:
        return acknowledged

    offset, metadata = envelopes[0].record.position.offset, ""
    place = 0
    while envelopes[place:]:
        size = cuts[place % len(cuts)]
        flood = Flood(limits, ask)
        flood.restore(PARTITION, parse(metadata), offset, offset)
        part = envelopes[place : place + size]
        over = flood.over(part)
        if over:
            part = before(part, over)
            assert flood.over(part) == {}
        if part:
            offset = part[-1].record.next_offset
            metadata = flood.metadata({PARTITION: offset}).get(PARTITION, "")
        if over:
            return offset, over[PARTITION][0]
        place += len(part)
    return offset, None


def first_over(bad: list[bool], begin: int, limits: Limits) -> int | None:
    """The same without any cleverness."""
    run = 0
    letters: dict[int, int] = {}
    for offset, is_bad in enumerate(bad, begin):
        run = run + 1 if is_bad else 0
        block = offset // BLOCK_OFFSETS
        letters[block] = letters.get(block, 0) + is_bad
        if is_bad and (
            (limits.run and run > limits.run) or (limits.share and letters[block] > limits.share * BLOCK_OFFSETS)
        ):
            return offset
    return None


@given(
    st.lists(st.booleans(), min_size=1, max_size=60),
    # So that blocks end within.
    st.integers(BLOCK_OFFSETS - 40, BLOCK_OFFSETS + 10),
    st.builds(Limits, st.integers(0, 6), st.sampled_from([0, 0.001, 0.005, 0.012])),
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
)
def test_every_process_stops_at_the_same_record(bad: list[bool], begin: int, limits: Limits, cuts: list[int]) -> None:
    """However the records are cut into transactions, and although each is another process's."""
    envelopes = [envelope(offset, bad=each) for offset, each in enumerate(bad, begin)]
    wanted = first_over(bad, begin, limits)

    assert read_through(envelopes, limits, cuts) == (begin + len(bad) if wanted is None else wanted, wanted)


@given(st.integers(0, 60), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_what_was_acknowledged_passes(acknowledged: int, cuts: list[int]) -> None:
    """Up to the offset that a person named; only those behind it count."""
    envelopes = [envelope(offset, bad=True) for offset in range(60)]
    wanted = acknowledged + 3 if acknowledged + 3 < 60 else None

    assert read_through(envelopes, Limits(3, 0), cuts, acknowledged)[1] == wanted


def test_what_was_replayed_is_not_counted() -> None:
    """Who replays letters sees for himself how many fail again; it ends no run either."""
    replayed: Headers = [("ts-replays", b"1")]
    envelopes = [envelope(n, bad=True, headers=replayed if n % 2 else None) for n in range(20)]

    assert read_through(envelopes, Limits(3, 0), [1]) == (6, 6)


def test_ordinary_transactions_keep_nothing_beside_their_offsets() -> None:
    """Only who has dead letters pays for counting them."""
    flood = Flood(Limits(100, 0.5), lambda _: pytest.fail("nobody needs to be asked"))
    good = [envelope(offset, bad=False) for offset in range(10)]

    assert flood.over(good) == {}
    assert flood.metadata({PARTITION: 10}) == {}


def test_counts_beside_an_offset_that_stands_are_those_of_its_block() -> None:
    """Behind the committed offset there may be a gap, and the offset that stands may be of the next block."""
    flood = Flood(Limits(0, 0.5), lambda _: 0)
    flood.restore(PARTITION, OffsetMetadata(run=3, letters=98), 998, 998)

    assert parse(flood.standing(PARTITION, 999, OffsetMetadata(until=9))) == OffsetMetadata(until=9, run=3, letters=98)
    assert parse(flood.standing(PARTITION, 1000, OffsetMetadata(until=9))) == OffsetMetadata(until=9, run=3)
