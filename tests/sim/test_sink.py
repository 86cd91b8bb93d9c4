"""The sink on a broker and a ClickHouse in memory, under every order of what may happen to it."""

from collections.abc import Callable
from itertools import product
from typing import get_args

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from analytics.store.rows import StoredEvent
from tests.sim import sink_mutants as mutants
from tests.sim.broker import Clock
from tests.sim.clickhouse import FORBIDDEN, Fault
from tests.sim.line import Mishap, Request
from tests.sim.machine import STRATEGIES, Comings, Troubles, lives, names
from tests.sim.moments import Moments, moments_of
from tests.sim.sink import PARTITIONS, SinkMake, SinkUniverse
from tests.sim.universe import NAMES


class Storing(Troubles):
    """Sinks, whose requests to Kafka and to ClickHouse go wrong."""

    universe: SinkUniverse

    def new_universe(self, strategy: str) -> SinkUniverse:
        return SinkUniverse(self.clock, self.moments, self.make, strategy)

    @rule(number=st.integers(1, 6))
    def everybody_works(self, number: int) -> None:
        self.universe.everybody_works(number)

    @rule(partition=st.integers(0, PARTITIONS - 1))
    def publish_garbage(self, partition: int) -> None:
        self.universe.publish_garbage(partition)

    @rule(name=names, fault=st.sampled_from(Fault), passing=st.integers(0, 6))
    def clickhouse_fails(self, name: str, fault: Fault, passing: int) -> None:
        """A request of a worker that has something to do."""
        self.universe.start(name)
        self.universe.fault(name, fault, passing)
        self.universe.works_on()


class Refusals(Storing):
    """Rows and whole tables are refused."""

    @rule()
    def publish_forbidden(self) -> None:
        self.universe.publish_as(FORBIDDEN)

    @rule(event=st.sampled_from(get_args(StoredEvent)[:2]))
    def close_a_table(self, event: StoredEvent) -> None:
        self.universe.server.closed.add(event)

    @rule()
    def open_all_tables(self) -> None:
        self.universe.server.closed.clear()


class Happenings(Refusals, Comings):
    """Everything that may happen, at any time."""

    @rule(is_down=st.booleans())
    def clickhouse(self, *, is_down: bool) -> None:
        self.universe.server.is_down = is_down

    @rule(back=st.integers(0, 5))
    def publish_again(self, back: int) -> None:
        self.universe.publish_again(back)

    @rule()
    def publish_aborted(self) -> None:
        self.universe.publish_aborted()

    @rule(moment=st.sampled_from(moments_of("sink", "kafka")), hits=st.integers(1, 3))
    def dies_at(self, moment: str, hits: int) -> None:
        self.universe.moments.set(moment, hits)


def test_nothing_that_happens_breaks_the_promise(virtual: Clock, moments: Moments) -> None:
    """After every step what is committed is stored or set aside, and in the end everything is."""
    lives(Happenings, virtual, moments, SinkMake(), 40, 30)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_mishap_of_each_request_alone_breaks_nothing(virtual: Clock, moments: Moments, strategy: str) -> None:
    """One by one, each in a universe of its own: nothing is lost or doubled, and everything goes on."""
    for request, mishap in product(Request, Mishap):
        universe = SinkUniverse(virtual, moments, SinkMake(), strategy)
        universe.publish_garbage(0)
        universe.befalls(NAMES[0], request, mishap, 1)
        universe.works_on()
        universe.check()
        universe.come_to_rest()


@pytest.mark.parametrize("fault", Fault)
def test_each_fault_of_clickhouse_alone_breaks_nothing(virtual: Clock, moments: Moments, fault: Fault) -> None:
    """At each of the first requests, in a universe of its own."""
    for passing in range(10):
        universe = SinkUniverse(virtual, moments, SinkMake(), STRATEGIES[0])
        universe.publish_garbage(0)
        universe.publish_as(FORBIDDEN)
        universe.fault(NAMES[0], fault, passing)
        universe.works_on()
        universe.check()
        universe.come_to_rest()


@pytest.mark.parametrize("moment", moments_of("sink", "kafka"))
def test_a_death_at_each_moment_breaks_nothing(virtual: Clock, moments: Moments, moment: str) -> None:
    """Killed there the first time, the second and the seventh."""
    for hits in (1, 2, 7):
        universe = SinkUniverse(virtual, moments, SinkMake(), STRATEGIES[0])
        universe.works_on()
        moments.set(moment, hits)
        for _ in range(8):
            universe.start(NAMES[0])
            universe.publish_garbage(0)
            universe.works_on()
            universe.check()
            universe.leave(NAMES[1])
            universe.start(NAMES[1])
        assert moments.hits == 0, f"nobody came to {moment} {hits} times"
        universe.come_to_rest()


@pytest.mark.long
@pytest.mark.delivery
@pytest.mark.exhaustive
@pytest.mark.timeout(1800)
def test_nothing_breaks_the_promise_in_many_more_lives(virtual: Clock, moments: Moments) -> None:
    """The same, for longer."""
    lives(Happenings, virtual, moments, SinkMake(), 1500, 60)


NOTICED_BY: dict[Callable[[], SinkMake], type[Troubles]] = {
    mutants.commits_before_inserting: Storing,
}


@pytest.mark.parametrize(("mutant", "machine"), NOTICED_BY.items(), ids=lambda part: part.__name__)
def test_a_classic_mistake_is_noticed(
    mutant: Callable[[], SinkMake], machine: type[Troubles], virtual: Clock, moments: Moments
) -> None:
    """With any of them something is found to be wrong."""
    with pytest.raises(AssertionError):
        lives(machine, virtual, moments, mutant(), 200, 20)
