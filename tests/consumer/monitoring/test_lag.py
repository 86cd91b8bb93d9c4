"""The lag of a group: from what is committed, where logs end, and the oldest record between the two."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.kafka.group_lag import Offsets, Oldest
from consumer.monitoring.lag import LONGEST_PAUSE_S, NO_LAG, STALE_AFTER_S, GroupLag, Lag, LookUpPace

TICKETS = ("tickets", 0)
NOON_S = 1_796_000_000.0


class Round(NamedTuple):
    """What one round of questions brings about one partition; nothing is found where nobody answered in time."""

    offsets: Offsets
    found: Mapping[tuple[str, int], Oldest | None] = {}


def found(oldest: Oldest | None) -> dict[tuple[str, int], Oldest | None]:
    return {TICKETS: oldest}


class Case(NamedTuple):
    """Rounds, a second apart from `NOON_S` on; from where each looks the oldest record up, and the lag in the end."""

    name: str
    rounds: list[Round]
    begins: list[int | None]
    lag: Lag


CASES = [
    Case("a record waits", [Round(Offsets(5, 9), found(Oldest(5, NOON_S - 30)))], [5], Lag(4, 30.0)),
    Case("everything is committed", [Round(Offsets(9, 9))], [None], NO_LAG),
    Case("nothing but markers is left", [Round(Offsets(8, 9), found(None))], [8], NO_LAG),
    Case(
        "markers stand before the oldest record", [Round(Offsets(5, 9), found(Oldest(7, NOON_S - 3)))], [5], Lag(4, 3.0)
    ),
    Case(
        "a known record is not looked up again",
        [Round(Offsets(5, 9), found(Oldest(7, NOON_S - 3))), Round(Offsets(7, 20))],
        [5, None],
        Lag(13, 4.0),
    ),
    Case(
        "what held nothing is not read again",
        [Round(Offsets(8, 9), found(None)), Round(Offsets(8, 12), found(Oldest(10, NOON_S)))],
        [8, 9],
        Lag(4, 1.0),
    ),
    Case(
        "the group's offset was set back",
        [Round(Offsets(8, 9), found(None)), Round(Offsets(2, 9), found(Oldest(2, NOON_S - 60)))],
        [8, 2],
        Lag(7, 61.0),
    ),
    Case(
        "the topic was made again",
        [Round(Offsets(5, 9), found(Oldest(7, NOON_S - 60))), Round(Offsets(5, 6), found(Oldest(5, NOON_S)))],
        [5, 5],
        Lag(1, 1.0),
    ),
    Case("the group is ahead of a topic made again", [Round(Offsets(9, 2))], [None], NO_LAG),
    Case(
        "a record without a time is as old as its first sight",
        [
            Round(Offsets(5, 9), found(Oldest(5, None))),
            Round(Offsets(5, 9)),
            Round(Offsets(6, 9), found(Oldest(6, None))),
        ],
        [5, None, 6],
        Lag(3, 0.0),
    ),
    Case(
        "a record that could not be read is as old as its first sight",
        [Round(Offsets(5, 9)), Round(Offsets(5, 9)), Round(Offsets(6, 9))],
        [5, 5, 6],
        Lag(3, 2.0),
    ),
    Case(
        "a record of the future is as old as now",
        [Round(Offsets(5, 9), found(Oldest(5, NOON_S + 9)))],
        [5],
        Lag(4, 0.0),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_lag_follows_from_what_was_read(case: Case) -> None:
    """With the places from which the oldest record was looked up."""
    lag, begins, second = GroupLag(), [], 0
    for second, each in enumerate(case.rounds):
        begins.append(lag.to_look_up({TICKETS: each.offsets}).get(TICKETS))
        lag.read({TICKETS: each.offsets}, each.found, float(second), NOON_S + second)

    assert begins == case.begins
    assert lag.figures(NOON_S + second) == {TICKETS: case.lag}


def test_what_waits_grows_older_while_nobody_answers_and_that_is_said() -> None:
    """The last figures stay; the lag of 0 does too, and is stale."""
    lag = GroupLag()
    assert (lag.is_stale(0.0), lag.read_at_s, lag.figures(NOON_S)) == (True, None, {})
    lag.read({TICKETS: Offsets(5, 9), ("tickets", 1): Offsets(3, 3)}, {TICKETS: Oldest(5, NOON_S)}, 0.0, NOON_S)

    assert lag.figures(NOON_S + 600) == {TICKETS: Lag(4, 600.0), ("tickets", 1): NO_LAG}
    assert [lag.is_stale(now) for now in (STALE_AFTER_S, STALE_AFTER_S + 0.1)] == [False, True]
    assert lag.read_at_s == NOON_S


def test_a_partition_that_is_there_no_more_is_forgotten() -> None:
    """Its series would stand for ever."""
    lag = GroupLag()
    lag.read({TICKETS: Offsets(5, 9)}, {}, 0.0, NOON_S)
    lag.read({("others", 0): Offsets(0, 0)}, {}, 1.0, NOON_S)

    assert list(lag.figures(NOON_S)) == [("others", 0)]


@pytest.mark.parametrize(("took_s", "pause_s"), [(0.0, 0.0), (0.1, 2.0), (60.0, LONGEST_PAUSE_S)])
def test_looking_up_takes_a_small_part_of_the_time(took_s: float, pause_s: float) -> None:
    """The longer it takes, the longer is the pause, up to a bound."""
    pace = LookUpPace()
    assert pace.is_due(0.0)
    pace.took(100.0, 100.0 + took_s)

    ended_s = 100.0 + took_s
    assert pace.is_due(ended_s + pause_s + 0.01)
    assert pace.is_due(ended_s + pause_s / 2) == (not pause_s)


class Step(NamedTuple):
    """What happens between two rounds: entries are appended, True for a record and False for a marker; a commit."""

    appended: list[bool]
    committed: float


STEPS = st.builds(Step, st.lists(st.booleans(), max_size=6), st.floats(0, 1))


@given(st.lists(STEPS, max_size=20))
def test_figures_are_those_of_a_look_at_the_whole_log(steps: list[Step]) -> None:
    """Whatever was remembered of earlier rounds, and wherever the group's offset was set."""
    log: list[bool] = []
    lag = GroupLag()
    for second, step in enumerate(steps):
        log += step.appended
        offsets = {TICKETS: Offsets(round(step.committed * len(log)), len(log))}
        looked_up = {partition: _oldest(log, begin) for partition, begin in lag.to_look_up(offsets).items()}
        lag.read(offsets, looked_up, float(second), NOON_S + second)

        assert lag.figures(2 * NOON_S) == _looked_up(log, offsets, 2 * NOON_S)


def _oldest(log: list[bool], begin: int) -> Oldest | None:
    return next((Oldest(offset, NOON_S + offset) for offset in range(begin, len(log)) if log[offset]), None)


def _looked_up(log: list[bool], offsets: Mapping[tuple[str, int], Offsets], at_s: float) -> dict[tuple[str, int], Lag]:
    begin, end = offsets[TICKETS]
    oldest = _oldest(log, begin)
    return {TICKETS: NO_LAG if oldest is None else Lag(end - begin, at_s - NOON_S - oldest.offset)}
