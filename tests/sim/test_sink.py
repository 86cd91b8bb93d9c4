"""The sink on a broker and a ClickHouse in memory, under every order of what may happen to it."""

from collections.abc import Callable
from itertools import product
from typing import get_args

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from analytics.store.rows import StoredEvent
from consumer.sink.retry import MAX_PAUSE_S
from tests.sim import sink_mutants as mutants
from tests.sim.broker import Clock
from tests.sim.clickhouse import FORBIDDEN, Fault
from tests.sim.line import Mishap, Request
from tests.sim.machine import STRATEGIES, Comings, Life, Troubles, lives, names
from tests.sim.moments import Moments, moments_of
from tests.sim.sink import DEADLY, PARTITIONS, SinkMake, SinkUniverse
from tests.sim.universe import NAMES

# How often a process finds that its insert has not ended: it ends at once, or more is read meanwhile.
LOOKS = (0, 2)


class Storing(Life):
    """Sinks that work."""

    universe: SinkUniverse

    def new_universe(self, strategy: str) -> SinkUniverse:
        return SinkUniverse(self.clock, self.moments, self.make, strategy)

    @rule(number=st.integers(1, 6))
    def everybody_works(self, number: int) -> None:
        self.universe.everybody_works(number)

    @rule(partition=st.integers(0, PARTITIONS - 1))
    def publish_garbage(self, partition: int) -> None:
        self.universe.publish_garbage(partition)

    @rule(looks=st.integers(0, 4), at_once=st.booleans())
    def inserts_take_turns(self, looks: int, *, at_once: bool) -> None:
        self.universe.server.looks, self.universe.server.at_once = looks, at_once


class Faults(Storing):
    """Requests to ClickHouse go wrong."""

    @rule(name=names, fault=st.sampled_from(Fault), passing=st.integers(0, 6))
    def clickhouse_fails(self, name: str, fault: Fault, passing: int) -> None:
        """At a request of a worker that has something to do."""
        self.universe.start(name)
        self.universe.fault(name, fault, passing)
        self.universe.works_on()


class Doubts(Storing):
    """Transactions with dead letters whose outcome is not known."""

    @rule(name=names, mishap=st.sampled_from([Mishap.LATE, Mishap.SILENCE_AFTER, Mishap.SILENCE_BEFORE]))
    def end_befalls(self, name: str, mishap: Mishap) -> None:
        self.universe.start(name)
        for partition in range(PARTITIONS):
            self.universe.publish_garbage(partition)
        self.universe.befalls(name, Request.END, mishap, 1)
        self.universe.works_on()


class Sharing(Storing):
    """A member comes while the other one has something in hand."""

    def _alone(self, name: str) -> None:
        self.universe.start(name)
        for other in set(NAMES) - {name}:
            self.universe.leave(other)
        self.universe.everybody_works(4)

    def _other_comes(self, name: str, turns: int) -> None:
        for other in set(NAMES) - {name}:
            self.universe.start(other)
        for _ in range(turns):
            self.universe.turn(name)

    def _publish_some(self) -> None:
        for partition in range(PARTITIONS):
            self.universe.publish_garbage(partition)
        for _ in range(6):
            self.universe.publish()


class Handovers(Sharing):
    """A member comes while the other one holds what ClickHouse does not take."""

    @rule(name=names, turns=st.integers(1, 4))
    def comes_while_clickhouse_is_full(self, name: str, turns: int) -> None:
        universe = self.universe
        self._alone(name)
        universe.server.is_full = True
        self._publish_some()
        universe.everybody_works(3)
        self._other_comes(name, turns)
        universe.server.is_full = False
        universe.wait(MAX_PAUSE_S)
        universe.everybody_works(4)


class Overlaps(Sharing):
    """A member comes between two polls of the other one."""

    @rule(name=names, before=st.integers(1, 2), after=st.integers(1, 3))
    def comes_between_two_polls(self, name: str, before: int, after: int) -> None:
        self._alone(name)
        self._publish_some()
        for _ in range(before):
            self.universe.turn(name)
        self._publish_some()
        self._other_comes(name, after)
        self.universe.everybody_works(4)


class Meanwhile(Sharing):
    """A member comes or dies, or ClickHouse goes, while the other one's rows are being stored, and more is read."""

    @rule(
        name=names,
        looks=st.integers(1, 6),
        at_once=st.booleans(),
        before=st.integers(2, 4),
        happening=st.sampled_from(["comes", "dies", "leaves", "freezes", "full"]),
    )
    def happens_within_an_insert(self, name: str, looks: int, before: int, happening: str, *, at_once: bool) -> None:
        universe = self.universe
        universe.server.looks = 0
        self._alone(name)
        universe.server.looks, universe.server.at_once = looks, at_once
        self._publish_some()
        for _ in range(before):
            universe.wait(universe.turn_s)
            universe.turn(name)
            self._publish_some()
        match happening:
            case "comes":
                self._other_comes(name, 2)
            case "dies":
                universe.kill(name)
                universe.wait(12.0)
            case "leaves":
                universe.leave(name)
            case "freezes":
                universe.fault(name, Fault.FREEZES_AFTER, 0)
            case "full":
                universe.server.is_full = True
                universe.everybody_works(looks + 1)
                universe.server.is_full = False
                universe.wait(MAX_PAUSE_S)
        universe.everybody_works(4)


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


class Bisections(Storing):
    """More rows are refused than one search finds."""

    @rule()
    def publish_forbidden(self) -> None:
        for _ in range(150):
            self.universe.publish_as(FORBIDDEN)
            self.universe.publish()
        self.universe.everybody_works(3)


class Cuts(Storing):
    """The same, and more was read of their partitions while they were being stored."""

    @rule(looks=st.integers(2, 4))
    def publish_forbidden(self, looks: int) -> None:
        universe = self.universe
        universe.everybody_works(4)
        universe.server.looks = looks
        for _ in range(150):
            universe.publish_as(FORBIDDEN)
            universe.publish()
        for _ in range(6):
            universe.everybody_works(1)
            universe.publish()
        universe.everybody_works(2)


class Judging(Faults):
    """Tickets are answered and corrected, in either order, and processes die."""

    @rule(partitions=st.tuples(*[st.integers(0, PARTITIONS - 1)] * 2), turns=st.integers(0, 5), is_late=st.booleans())
    def publish_judged(self, partitions: tuple[int, int], turns: int, *, is_late: bool) -> None:
        self.universe.publish_judged(partitions, turns, is_late=is_late)

    @rule(
        name=names,
        request=st.sampled_from([Request.PRODUCE, Request.OFFSETS, Request.END]),
        mishap=st.sampled_from([Mishap.DIES_BEFORE, Mishap.DIES_AFTER]),
    )
    def dies_while_committing(self, name: str, request: Request, mishap: Mishap) -> None:
        self.universe.start(name)
        self.universe.befalls(name, request, mishap, 1)
        self.universe.works_on()


class Happenings(Judging, Refusals, Troubles, Comings):
    """Everything that may happen, at any time."""

    @rule(is_down=st.booleans(), is_full=st.booleans())
    def clickhouse(self, *, is_down: bool, is_full: bool) -> None:
        self.universe.server.is_down, self.universe.server.is_full = is_down, is_full

    @rule(back=st.integers(0, 5))
    def publish_again(self, back: int) -> None:
        self.universe.publish_again(back)

    @rule()
    def publish_aborted(self) -> None:
        self.universe.publish_aborted()

    @rule(moment=st.sampled_from(moments_of("sink", "kafka")), hits=st.integers(1, 3))
    def dies_at(self, moment: str, hits: int) -> None:
        self.universe.moments.set(moment, hits)


class Outages(Storing):
    """Processes are killed while they wait for ClickHouse; of that no record may be condemned."""

    def new_universe(self, strategy: str) -> SinkUniverse:
        universe = super().new_universe(strategy)
        universe.excuses_deaths = False
        return universe

    @rule(number=st.integers(1, 9))
    def outage(self, number: int) -> None:
        universe = self.universe
        universe.publish()
        universe.server.is_full = True
        for _ in range(number):
            universe.everybody_works(4)
            for name in NAMES:
                universe.kill(name)
            # Until the group has noticed.
            universe.wait(12.0)
            for name in NAMES:
                universe.start(name)
        universe.server.is_full = False


class Crashes(Storing):
    """A record comes that crashes processes which are made so."""

    def new_universe(self, strategy: str) -> SinkUniverse:
        universe = super().new_universe(strategy)
        universe.excuses_deaths = False
        return universe

    @rule()
    def publish_deadly(self) -> None:
        self.universe.publish_as(DEADLY)

    @rule(name=names)
    def start(self, name: str) -> None:
        self.universe.start(name)


class CrashesForeseen(Crashes):
    """As it should be: the record is set aside, and no other."""

    def new_universe(self, strategy: str) -> SinkUniverse:
        universe = super().new_universe(strategy)
        universe.condemns_deadly = True
        return universe


def test_nothing_that_happens_breaks_the_promise(virtual: Clock, moments: Moments) -> None:
    """After every step what is committed is stored or set aside, and in the end everything is."""
    lives(Happenings, virtual, moments, SinkMake(), 40, 30)


@pytest.mark.parametrize("looks", LOOKS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_mishap_of_each_request_alone_breaks_nothing(
    virtual: Clock, moments: Moments, strategy: str, looks: int
) -> None:
    """One by one, each in a universe of its own: nothing is lost or doubled, and everything goes on."""
    for request, mishap in product(Request, Mishap):
        universe = SinkUniverse(virtual, moments, SinkMake(), strategy)
        universe.server.looks = looks
        universe.publish_garbage(0)
        universe.befalls(NAMES[0], request, mishap, 1)
        universe.works_on()
        universe.check()
        universe.come_to_rest()


@pytest.mark.parametrize("looks", LOOKS)
@pytest.mark.parametrize("fault", Fault)
def test_each_fault_of_clickhouse_alone_breaks_nothing(
    virtual: Clock, moments: Moments, fault: Fault, looks: int
) -> None:
    """At each of the first requests, in a universe of its own."""
    for passing in range(8):
        universe = SinkUniverse(virtual, moments, SinkMake(), STRATEGIES[0])
        universe.server.looks = looks
        universe.publish_garbage(0)
        universe.publish_as(FORBIDDEN)
        universe.fault(NAMES[0], fault, passing)
        universe.works_on()
        universe.check()
        universe.come_to_rest()


@pytest.mark.parametrize("looks", LOOKS)
@pytest.mark.parametrize("moment", moments_of("sink", "kafka"))
def test_a_death_at_each_moment_breaks_nothing(virtual: Clock, moments: Moments, moment: str, looks: int) -> None:
    """Killed there the first time, the second and the seventh."""
    for hits in (1, 2, 7):
        universe = SinkUniverse(virtual, moments, SinkMake(), STRATEGIES[0])
        universe.server.looks = looks
        universe.works_on()
        moments.set(moment, hits)
        for _ in range(8):
            if not moments.hits:
                break
            universe.start(NAMES[0])
            universe.publish_garbage(0)
            universe.works_on()
            universe.check()
            universe.leave(NAMES[1])
            universe.start(NAMES[1])
        assert moments.hits == 0, f"nobody came to {moment} {hits} times"
        universe.come_to_rest()


def test_deaths_while_clickhouse_is_down_condemn_no_record(virtual: Clock, moments: Moments) -> None:
    """However often processes are killed while they wait."""
    lives(Outages, virtual, moments, SinkMake(), 5, 8)


def test_a_record_that_crashes_every_process_is_set_aside(virtual: Clock, moments: Moments) -> None:
    """Once, with its reason, and no other record is."""
    lives(CrashesForeseen, virtual, moments, mutants.dies_of_a_row(), 10, 10)


@pytest.mark.long
@pytest.mark.delivery
@pytest.mark.exhaustive
@pytest.mark.timeout(1800)
def test_nothing_breaks_the_promise_in_many_more_lives(virtual: Clock, moments: Moments) -> None:
    """The same, for longer."""
    lives(Happenings, virtual, moments, SinkMake(), 1500, 60)


NOTICED_BY: dict[Callable[[], SinkMake], type[Life]] = {
    mutants.commits_before_inserting: Faults,
    mutants.commits_while_it_is_inserting: Meanwhile,
    mutants.commits_both_batches_at_once: Meanwhile,
    mutants.keeps_what_was_read_behind_a_cut: Cuts,
    mutants.keeps_what_is_being_stored: Meanwhile,
    mutants.reads_on_beside_markers: CrashesForeseen,
    mutants.resumes_from_clickhouse: Faults,
    mutants.dies_of_a_row: Crashes,
    mutants.dies_of_a_row_for_ever: CrashesForeseen,
    mutants.commits_the_consumers_position: Happenings,
    mutants.takes_doubt_for_failure: Doubts,
    mutants.takes_doubt_for_success: Doubts,
    mutants.keeps_what_others_have: Overlaps,
    mutants.drops_the_batch_when_clickhouse_is_down: Faults,
    mutants.takes_an_interrupted_insert_for_done: Faults,
    mutants.keeps_rows_of_a_revoked_partition: Handovers,
    mutants.refuses_rows_without_proof: Refusals,
    mutants.forgets_undecided_rows: Bisections,
    mutants.leaves_markers_while_clickhouse_is_down: Outages,
    mutants.leaves_partitions_paused: Handovers,
    mutants.writes_overrides_outside_of_the_transaction: Judging,
    mutants.decides_overrides_from_the_batch_alone: Judging,
}


@pytest.mark.parametrize(("mutant", "machine"), NOTICED_BY.items(), ids=lambda part: part.__name__)
def test_a_classic_mistake_is_noticed(
    mutant: Callable[[], SinkMake], machine: type[Life], virtual: Clock, moments: Moments
) -> None:
    """With any of them something is found to be wrong."""
    with pytest.raises(AssertionError):
        lives(machine, virtual, moments, mutant(), 200, 20)


@pytest.mark.parametrize(
    "machine",
    [Faults, Doubts, Handovers, Overlaps, Meanwhile, Refusals, Bisections, Cuts, Crashes, Judging],
    ids=lambda part: part.__name__,
)
def test_without_a_mistake_nothing_is_wrong(machine: type[Life], virtual: Clock, moments: Moments) -> None:
    """The sink as it is comes through everything that is made for its mutants."""
    lives(machine, virtual, moments, SinkMake(), 2, 5)
