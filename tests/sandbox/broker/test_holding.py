"""How long the sandbox's broker keeps a reader waiting that asks for the next record."""

import pytest

from sandbox.holding import Holding

EMPTY = b"no records"


@pytest.mark.parametrize(("quiet_s", "longest_s"), [(0.5, 0.003), (1.5, 0.025)])
def test_a_reader_waits_little_while_records_come(quiet_s: float, longest_s: float) -> None:
    """Within a second of the last new answer for 3 ms at most, and afterwards for 25."""
    holding = Holding()
    first = holding.hold_s(EMPTY, 100.0)
    repeated = [holding.hold_s(EMPTY, 100.0 + quiet_s) for _ in range(8)]

    assert first == 0.0
    assert repeated[0] == 0.002
    assert max(repeated) == repeated[-1] == longest_s


def test_what_is_new_is_passed_on_at_once() -> None:
    """After any number of repeated answers."""
    holding = Holding()
    for _ in range(9):
        holding.hold_s(EMPTY, 100.0)

    assert holding.hold_s(b"a record", 200.0) == 0.0
    assert holding.hold_s(EMPTY, 200.0) == 0.002
