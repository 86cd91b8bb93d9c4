"""However a process ends, no healthy record is condemned for it; a record that is to blame still is."""

from collections.abc import Callable
from typing import Any

import pytest

from consumer.bad_records.poison import MAX_CRASHES
from tests.sim import overtaking_mutants
from tests.sim.broker import Clock
from tests.sim.categorizer import DEADLY, TOPICS, CategorizerUniverse
from tests.sim.ends import (
    ENDS,
    Befalls,
    End,
    crashes,
    dies_answering,
    dies_long_after_asking,
    dies_reading,
    dies_writing,
    unforeseen,
)
from tests.sim.machine import STRATEGIES
from tests.sim.moments import Moments
from tests.sim.process import Make
from tests.sim.sink import SinkMake, SinkUniverse
from tests.sim.universe import NAMES, Universe
from tests.support.rawlog import Fate

RESTARTS = 200
# One without a marker, one that leaves a marker, those that the sink is patient with, and those alone with the record.
MOST_DEATHS = 2 + 2 + MAX_CRASHES
LIVES_OF_EACH = -(-RESTARTS // len(ENDS)) + MOST_DEATHS

Universes = Callable[[Clock, Moments], Universe[Any]]


def categorizers(virtual: Clock, moments: Moments) -> Universe[Any]:
    return CategorizerUniverse(virtual, moments, Make(), STRATEGIES[0])


def sinks(virtual: Clock, moments: Moments) -> Universe[Any]:
    universe = SinkUniverse(virtual, moments, SinkMake(), STRATEGIES[0])
    universe.excuses_deaths = False
    # Without a dead letter in it a sink's transaction writes no topic.
    for partition in range(2):
        universe.publish_garbage(partition)
    return universe


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.name)
@pytest.mark.parametrize("universes", [categorizers, sinks])
def test_an_end_that_is_no_records_fault_condemns_none(
    universes: Universes, end: End, virtual: Clock, moments: Moments
) -> None:
    """However often processes end so, and whatever they held; afterwards everything is done."""
    universe = universes(virtual, moments)
    for name in NAMES:
        universe.leave(name)
    for _ in range(LIVES_OF_EACH):
        universe.publish()
        universe.whole_life(NAMES[0], end.befalls, end.turns)
        universe.check()
    condemned = condemned_in(universe)
    universe.come_to_rest()

    assert len(ENDS) * LIVES_OF_EACH >= RESTARTS
    assert condemned == condemned_in(universe) == []


def condemned_in(universe: Universe[Any]) -> list[bytes | None]:
    """The keys of the records that are set aside for the crashes of their readers."""
    return [
        entry.key
        for entry in universe.broker.entries(TOPICS.dead_letter)
        if entry.fate is Fate.COMMITTED and entry.headers["ts-reason"] == b"crash_loop"
    ]


@pytest.mark.parametrize("dies", [dies_reading, dies_answering, dies_writing])
@pytest.mark.parametrize("how", [unforeseen, crashes])
def test_a_record_that_ends_whoever_handles_it_is_condemned(
    dies: Callable[[Callable[..., Any]], Befalls], how: Callable[..., Any], virtual: Clock, moments: Moments
) -> None:
    """After no more deaths than before, and no other record is."""
    universe = CategorizerUniverse(virtual, moments, Make(), STRATEGIES[0])
    for name in NAMES:
        universe.leave(name)
    for _ in range(3):
        universe.publish()
    universe.publish_deadly()
    for _ in range(3):
        universe.publish()
    for _ in range(MOST_DEATHS):
        universe.whole_life(NAMES[0], dies(how), 60)

    assert condemned_in(universe) == [DEADLY]
    universe.come_to_rest()
    assert condemned_in(universe) == [DEADLY]


def condemned_behind_overtakers(virtual: Clock, moments: Moments, make: Make) -> list[bytes | None]:
    """What is condemned when each process commits answers behind the record that kills it."""
    universe = CategorizerUniverse(virtual, moments, make, STRATEGIES[0])
    for name in NAMES:
        universe.leave(name)
    universe.publish_deadly()
    for _ in range(MOST_DEATHS):
        for _ in range(12):
            universe.publish()
        universe.whole_life(NAMES[0], dies_long_after_asking(crashes), 60)
    return condemned_in(universe)


def test_a_deadly_record_is_condemned_though_others_overtake_it(virtual: Clock, moments: Moments) -> None:
    """What is committed behind the record leaves the marker before the record."""
    assert condemned_behind_overtakers(virtual, moments, Make()) == [DEADLY]


def test_markers_that_overtakers_wipe_condemn_nothing(virtual: Clock, moments: Moments) -> None:
    """The test above is no formality."""
    assert condemned_behind_overtakers(virtual, moments, overtaking_mutants.wipes_markers()) == []
