"""A bounded set of digests beside a plain list of what came."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from consumer.categorizer.digest_ring import DIGEST_BYTES, Digests, digest

# Few different bytes: digests that share their buckets.
alike = st.binary(min_size=DIGEST_BYTES, max_size=DIGEST_BYTES).map(lambda drawn: bytes(each % 2 for each in drawn))
other = st.integers(0, 40).map(lambda number: digest(f"ticket-{number}"))


@given(st.lists(alike | other), st.integers(1, 20))
def test_it_knows_the_last_ones_and_no_others(asked: list[bytes], most: int) -> None:
    """What was added among the last ones is there, and nothing else is."""
    known, expected = Digests(most), list[bytes]()
    for each in asked:
        assert (each in known) == (each in expected)
        if each not in known:
            known.add(each)
            expected = [*expected, each][-most:]
        assert len(known) == len(expected)
        assert all(kept in known for kept in expected)


def test_a_place_that_was_never_taken_is_no_digest() -> None:
    """Nothing is known at the start, whatever the memory was filled with."""
    known = Digests(10)

    assert len(known) == 0
    assert bytes(DIGEST_BYTES) not in known
    assert b"\xff" * DIGEST_BYTES not in known


def test_its_memory_is_taken_at_the_start() -> None:
    """Full and turned over several times, it takes what it took when it was empty."""
    tracemalloc.start()
    try:
        known = Digests(2_000)
        empty = tracemalloc.get_traced_memory()[0]
        for number in range(7_000):
            known.add(digest(f"ticket-{number}"))
        full = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert empty <= 2_000 * 28 + 1_000
    assert full - empty < 1_000


def test_another_text_has_another_digest() -> None:
    """Also texts that no encoding would take."""
    assert len({digest("a"), digest("b"), digest("\ud800")}) == 3
    assert len(digest("a")) == DIGEST_BYTES
