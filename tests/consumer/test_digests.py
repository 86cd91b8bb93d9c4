"""A bounded set of digests beside a plain list of what came."""

from hypothesis import given
from hypothesis import strategies as st

from consumer.digests import DIGEST_BYTES, Digests, digest

# Few different bytes: digests that are found within one another where two of them meet.
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


def test_where_two_meet_is_no_third() -> None:
    """The end of one digest and the beginning of the next look like one that nobody added."""
    first, second = bytes(DIGEST_BYTES), b"\0\0" + b"\1" * (DIGEST_BYTES - 2)
    known = Digests(10)
    known.add(first)
    known.add(second)

    assert first[8:] + second[:8] not in known
    assert second in known


def test_another_text_has_another_digest() -> None:
    """Also texts that no encoding would take."""
    assert len({digest("a"), digest("b"), digest("\ud800")}) == 3
    assert len(digest("a")) == DIGEST_BYTES
