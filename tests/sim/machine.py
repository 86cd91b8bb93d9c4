"""Every order of what may happen to two workers: what the state machines of both roles have in common."""

from abc import abstractmethod
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.sim.broker import Clock
from tests.sim.line import Mishap, Request
from tests.sim.moments import Moments
from tests.sim.universe import NAMES, Universe

STRATEGIES = ("cooperative-sticky", "range")
names = st.sampled_from(NAMES)


class Life(RuleBasedStateMachine):
    """Records come, and in the end everything is done."""

    clock: Clock
    moments: Moments
    make: Any
    universe: Universe[Any]

    @abstractmethod
    def new_universe(self, strategy: str) -> Universe[Any]: ...

    @initialize(strategy=st.sampled_from(STRATEGIES))
    def begin(self, strategy: str) -> None:
        self.universe = self.new_universe(strategy)

    @rule(number=st.integers(1, 8))
    def publish(self, number: int) -> None:
        for _ in range(number):
            self.universe.publish()

    @invariant()
    def nothing_is_broken(self) -> None:
        self.universe.check()

    def teardown(self) -> None:
        self.universe.come_to_rest()


class Troubles(Life):
    """Requests to the broker go wrong while everybody works."""

    @rule(name=names, request=st.sampled_from(Request), mishap=st.sampled_from(Mishap), late_by=st.integers(1, 3))
    def befalls(self, name: str, request: Request, mishap: Mishap, late_by: int) -> None:
        """To a worker that has something to do, and goes on afterwards."""
        self.universe.start(name)
        self.universe.befalls(name, request, mishap, late_by)
        self.universe.works_on()


class Comings(Life):
    """Processes come, go and die at any time, and requests of those that are no more arrive."""

    @rule(name=names, number=st.integers(1, 4))
    def turns(self, name: str, number: int) -> None:
        for _ in range(number):
            self.universe.turn(name)

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


def lives(machine: type[Life], clock: Clock, moments: Moments, make: Any, examples: int, steps: int) -> None:
    """Let it happen to workers that are made of these."""
    made = type(machine.__name__, (machine,), {"clock": clock, "moments": moments, "make": make})
    run_state_machine_as_test(made, settings=profile(examples, steps))


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
