"""The categorizer on a broker in memory, under every order of what may happen to it."""

import logging
import time
from collections.abc import Callable
from itertools import product

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from consumer.model.types import ModelReply
from tests.sim import mutants
from tests.sim.broker import Clock
from tests.sim.line import Mishap, Request
from tests.sim.process import Make
from tests.sim.universe import NAMES, PARTITIONS, Universe
from tests.support.consumer_parts import answered, failed

STRATEGIES = ("cooperative-sticky", "range")
names = st.sampled_from(NAMES)
replies = st.sampled_from([answered(), answered(), failed("unavailable"), failed("refused")])


class Troubles(RuleBasedStateMachine):
    """Requests go wrong while everybody works."""

    clock: Clock
    make: Make

    @initialize(strategy=st.sampled_from(STRATEGIES))
    def begin(self, strategy: str) -> None:
        self.universe = Universe(self.clock, self.make, strategy)

    @rule(number=st.integers(1, 8))
    def publish(self, number: int) -> None:
        for _ in range(number):
            self.universe.publish()

    @rule(number=st.integers(1, 6), reply=replies)
    def everybody_works(self, number: int, reply: ModelReply) -> None:
        self.universe.everybody_works(number, reply)

    @rule(name=names, request=st.sampled_from(Request), mishap=st.sampled_from(Mishap), late_by=st.integers(1, 3))
    def befalls(self, name: str, request: Request, mishap: Mishap, late_by: int) -> None:
        """To a worker that has something to do, and goes on afterwards."""
        self.universe.start(name)
        self.universe.befalls(name, request, mishap, late_by)
        self.universe.works_on()

    @invariant()
    def nothing_is_broken(self) -> None:
        self.universe.check()

    def teardown(self) -> None:
        self.universe.come_to_rest()


class Doubts(Troubles):
    """Transactions whose outcome is not known, or that seem to be slow."""

    @rule(
        name=names,
        mishap=st.sampled_from([Mishap.LATE, Mishap.SILENCE_AFTER, Mishap.SILENCE_BEFORE]),
        late_by=st.integers(1, 2),
    )
    def end_befalls(self, name: str, mishap: Mishap, late_by: int) -> None:
        self.befalls(name, Request.END, mishap, late_by)


class Happenings(Troubles):
    """Everything that may happen, at any time."""

    @rule(back=st.integers(0, 5))
    def publish_again(self, back: int) -> None:
        self.universe.publish_again(back)

    @rule(partition=st.integers(0, PARTITIONS - 1))
    def publish_garbage(self, partition: int) -> None:
        self.universe.publish_garbage(partition)

    @rule(name=names, number=st.integers(1, 4))
    def turns(self, name: str, number: int) -> None:
        for _ in range(number):
            self.universe.turn(name)

    @rule(name=names, most=st.integers(1, 4), reply=replies)
    def land(self, name: str, most: int, reply: ModelReply) -> None:
        self.universe.land(name, most, reply)

    @rule(name=names)
    def kill(self, name: str) -> None:
        self.universe.kill(name)

    @rule(name=names)
    def leave(self, name: str) -> None:
        self.universe.leave(name)

    @rule(name=names)
    def start(self, name: str) -> None:
        self.universe.start(name)

    @rule(name=names)
    def supersede(self, name: str) -> None:
        self.universe.supersede(name)

    @rule()
    def turn_of_a_zombie(self) -> None:
        self.universe.turn_of_a_zombie()

    @rule()
    def arrive(self) -> None:
        self.universe.arrive()

    @rule(up=st.booleans())
    def registry(self, *, up: bool) -> None:
        self.universe.registry.up = up

    @rule(seconds=st.sampled_from([0.1, 1.0, 6.0, 16.0]))
    def wait(self, seconds: float) -> None:
        self.universe.wait(seconds)


@pytest.fixture
def virtual(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The program's clock, which the universe moves."""
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    return clock


def lives(machine: type[Troubles], virtual: Clock, made: Make, examples: int, steps: int) -> None:
    """Let it happen to workers that are made of these."""

    class Made(machine):  # type: ignore[misc,valid-type]  # the class is an argument
        clock = virtual
        make = made

    run_state_machine_as_test(Made, settings=profile(examples, steps))


def profile(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=True,
        database=None,
        deadline=None,
        # What fails is looked at by running it again with all phases.
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


NOTICED_BY: dict[Callable[[], Make], type[Troubles]] = {
    mutants.commits_before_producing: Troubles,
    mutants.commits_the_consumers_position: Happenings,
    mutants.takes_doubt_for_failure: Doubts,
    mutants.takes_doubt_for_success: Doubts,
    mutants.keeps_its_producer: Doubts,
    mutants.remembers_its_generation: Troubles,
    mutants.keeps_what_another_has: Happenings,
}


def test_nothing_that_happens_breaks_the_promise(virtual: Clock) -> None:
    """After every step what is committed is as promised, and in the end everything is answered."""
    lives(Happenings, virtual, Make(), 40, 30)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_mishap_of_each_request_alone_breaks_nothing(virtual: Clock, strategy: str) -> None:
    """One by one, each in a universe of its own: nothing is lost or doubled, and everything goes on."""
    for request, mishap, late_by in product(Request, Mishap, (1, 2, 3)):
        if late_by > 1 and "LATE" not in mishap.name:
            continue
        universe = Universe(virtual, Make(), strategy)
        universe.befalls(NAMES[0], request, mishap, late_by)
        universe.works_on()
        universe.check()
        universe.come_to_rest()


@pytest.mark.long
@pytest.mark.delivery
@pytest.mark.exhaustive
@pytest.mark.timeout(1800)
def test_nothing_breaks_the_promise_in_many_more_lives(virtual: Clock) -> None:
    """The same, for longer."""
    lives(Happenings, virtual, Make(), 1500, 60)


@pytest.mark.parametrize(("mutant", "machine"), NOTICED_BY.items(), ids=lambda each: each.__name__)
def test_a_classic_mistake_is_noticed(mutant: Callable[[], Make], machine: type[Troubles], virtual: Clock) -> None:
    """With any of them something is found to be wrong."""
    with pytest.raises(AssertionError):
        lives(machine, virtual, mutant(), 200, 20)
