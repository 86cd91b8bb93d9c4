"""A group that does not settle."""

from consumer.guards.rebalance import OVERDUE_S, RebalanceWatch


def test_a_group_that_does_not_settle_is_told_of_now_and_then() -> None:
    """Every thirty seconds until there is an assignment."""
    settling = RebalanceWatch(0.0)
    told = [settling.overdue_s(now) for now in (1.0, OVERDUE_S, OVERDUE_S + 1, 2 * OVERDUE_S, 2 * OVERDUE_S + 1)]
    settling.assigned()

    assert told == [None, OVERDUE_S, None, 2 * OVERDUE_S, None]
    assert settling.overdue_s(1000.0) is None


def test_a_member_that_gives_up_everything_waits_for_the_next_assignment() -> None:
    """A member that keeps something does not: the group moves partitions while it works."""
    settling = RebalanceWatch(0.0)
    settling.assigned()
    settling.gave_up(everything=False, now=100.0)
    kept = settling.overdue_s(200.0)
    settling.gave_up(everything=True, now=200.0)

    assert kept is None
    assert settling.overdue_s(200.0 + OVERDUE_S) == OVERDUE_S
