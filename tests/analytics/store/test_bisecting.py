"""The search for rows that are refused finds them all, blames no other, and ends."""

from math import ceil, log2

from hypothesis import given
from hypothesis import strategies as st

from analytics.store.bisecting import Bisection
from tests.support.stored_events import operation

RECORDS = [operation(offset=offset) for offset in range(300)]


def searched(count: int, bad: set[int], attempts: int) -> tuple[Bisection, int]:
    """A search through so many records, some of them bad, and how many parts it tried."""
    search, tried = Bisection(RECORDS[:count], attempts), 0
    while search.part:
        tried += 1
        if any(record.position.offset in bad for record in search.part):
            search.was_refused("bad")
        else:
            search.was_stored()
    return search, tried


@given(st.integers(0, 300), st.sets(st.integers(0, 299), max_size=20), st.integers(1, 1000))
def test_every_row_is_stored_refused_or_left(count: int, bad: set[int], attempts: int) -> None:
    """Nothing is lost or doubled; what is decided is a beginning, and only bad rows are refused."""
    search, tried = searched(count, bad, attempts)
    refused = [refusal.record for refusal in search.refused]
    decided = sorted([*search.stored, *refused], key=lambda record: record.position)

    assert [*decided, *search.undecided] == RECORDS[:count]
    assert {record.position.offset for record in refused} <= bad
    assert not {record.position.offset for record in search.stored} & bad
    assert tried <= attempts
    assert tried == attempts or not search.undecided


@given(st.integers(2, 300), st.data())
def test_one_bad_row_costs_twice_the_logarithm(count: int, data: st.DataObject) -> None:
    """A single row among thousands is found in a few attempts."""
    _, tried = searched(count, {data.draw(st.integers(0, count - 1))}, 1000)

    assert tried <= 1 + 2 * ceil(log2(count))


def test_a_search_that_is_cut_short_has_come_further() -> None:
    """Also when every row is bad, each round decides some, so that rounds come to an end."""
    search, _ = searched(300, set(range(300)), 100)

    assert len(search.refused) > 20
