"""How long finished tickets wait for others: every bound, for any history of commits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.guards.commit_pace import GAP_S, LONGEST_S, CommitPace

durations = st.lists(st.floats(0.0, 30.0), max_size=12)
rates = st.floats(0.0, 100_000.0)
under_way = st.integers(0, 20_000)
START_S = 1000.0


def _pace(durations_s: list[float], per_second: float = 0.0) -> tuple[CommitPace, float]:
    """A pace after two seconds of tickets at a steady rate, and these commits; and the time by then."""
    pace = CommitPace()
    now = START_S
    for duration_s in durations_s:
        pace.committed(now, now + duration_s)
        now += duration_s + GAP_S
    for _ in range(200):
        now += 0.01
        if finished := round(per_second / 100):
            pace.finished(finished, now)
    return pace, now


@given(durations, rates, under_way)
def test_no_ticket_waits_longer_than_the_bound(durations_s: list[float], per_second: float, others: int) -> None:
    """Whatever commits took, and however many tickets come."""
    pace, now = _pace(durations_s, per_second)

    assert 0.0 <= pace.gather_s(others, now) <= LONGEST_S


@given(st.floats(0.0, 30.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_transaction_begins_no_sooner_than_the_gap_after_a_commit(
    took_s: float, later_s: float, gather_s: float
) -> None:
    """Also when its tickets have waited since before that commit."""
    pace = CommitPace()
    ended_s = START_S + took_s
    pace.committed(START_S, ended_s)
    begins_s = pace.begins_s(START_S + later_s + gather_s)

    assert begins_s >= ended_s + GAP_S
    assert begins_s == max(ended_s + GAP_S, START_S + later_s + gather_s)


@given(durations)
def test_a_ticket_alone_is_committed_at_once(durations_s: list[float]) -> None:
    """Nothing is under way, nothing came before: waiting gains nothing, however slow commits are."""
    pace, now = _pace(durations_s)

    assert pace.gather_s(0, now) == 0.0


@given(durations, rates, rates, under_way, under_way)
def test_more_tickets_never_make_the_wait_shorter(
    durations_s: list[float], few: float, many: float, under_way_few: int, under_way_many: int
) -> None:
    """Of the rate and of what is under way alike."""
    few, many = sorted((few, many))
    under_way_few, under_way_many = sorted((under_way_few, under_way_many))
    quiet, now = _pace(durations_s, few)
    busy, _ = _pace(durations_s, many)

    assert quiet.gather_s(under_way_few, now) <= busy.gather_s(under_way_many, now)


@given(st.lists(st.floats(0.0, 30.0), min_size=1, max_size=5), st.floats(1.0, 10.0), rates, under_way)
def test_slower_commits_never_make_the_wait_shorter(
    durations_s: list[float], slower: float, per_second: float, others: int
) -> None:
    """Each commit saved is worth more."""
    quick, quick_now = _pace(durations_s, per_second)
    slow, slow_now = _pace([slower * duration_s for duration_s in durations_s], per_second)

    assert quick.gather_s(others, quick_now) <= slow.gather_s(others, slow_now) + 1e-9


@pytest.mark.parametrize(
    ("commit_s", "per_second", "others", "waits_s"),
    [
        (0.005, 20, 0, 0.0),
        (0.005, 200, 5, 0.0),
        (0.008, 200, 5, 0.0024),
        (0.005, 5000, 0, LONGEST_S),
        (0.005, 0, 512, LONGEST_S),
        (0.030, 1000, 30, LONGEST_S),
    ],
)
def test_few_tickets_are_committed_at_once_and_many_together(
    commit_s: float, per_second: float, others: int, waits_s: float
) -> None:
    """With a quick broker and a slow one."""
    pace, now = _pace([commit_s] * 5, per_second)

    assert pace.gather_s(others, now) == pytest.approx(waits_s, abs=0.0005)


def test_one_slow_commit_among_quick_ones_changes_nothing() -> None:
    """A broker may stumble."""
    steady, _ = _pace([0.005] * 5, 300)
    stumbled, now = _pace([0.005, 0.005, 0.005, 2.0, 0.005], 300)

    assert stumbled.gather_s(5, now) == steady.gather_s(5, now - 1.995)


def test_what_came_long_ago_says_nothing() -> None:
    """After a burst the next ticket waits for nobody."""
    pace, now = _pace([0.005] * 5, 5000)

    assert pace.gather_s(0, now) == LONGEST_S
    assert pace.gather_s(0, now + 3.0) == 0.0
