"""The breaker's decisions, against a breaker that remembers everything."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from consumer.guards.breaker_state import BreakerState, Circuit, Permit

TIMEOUT_S = 300.0


class History:
    """A breaker by definition: it remembers everything since the last change of state and decides by looking back."""

    def __init__(self, threshold: int) -> None:
        self.threshold = threshold
        self.state = BreakerState.CLOSED
        self.open_until = 0.0
        self.events: list[tuple[str, int]] = []

    def permits(self, now: float) -> bool:
        match self.state:
            case BreakerState.CLOSED:
                return True
            case BreakerState.OPEN:
                return now >= self.open_until
            case BreakerState.HALF_OPEN:
                return self._count("begun") - self._count("released") < 2

    def begin(self, call: int) -> None:
        if self.state is BreakerState.OPEN:
            self._enter(BreakerState.HALF_OPEN)
        self.events.append(("begun", call))

    def end(self, what: str, call: int, now: float, hold_s: float) -> None:
        if ("begun", call) not in self.events:
            return
        self.events.append((what, call))
        tripped = what == "tripped" and self.threshold > 0
        probe_failed = what == "failed" and self.state is BreakerState.HALF_OPEN
        if tripped or probe_failed or 0 < self.threshold <= self.in_a_row():
            self._enter(BreakerState.OPEN)
            self.open_until = now + max(TIMEOUT_S, hold_s if what == "failed" else 0.0)
        elif self.state is BreakerState.HALF_OPEN:
            pending = self._count("begun") - self._count("released") - self._count("succeeded")
            if self._count("succeeded") and not pending:
                self._enter(BreakerState.CLOSED)

    def in_a_row(self) -> int:
        """Failures since the last success, of calls begun since the last success."""
        successes = [index for index, (what, _) in enumerate(self.events) if what == "succeeded"]
        since = self.events[successes[-1] :] if successes else self.events
        begun = {call for what, call in since if what == "begun"}
        return sum(what == "failed" and call in begun for what, call in since)

    def _count(self, ending: str) -> int:
        return sum(kind == ending for kind, _ in self.events)

    def _enter(self, state: BreakerState) -> None:
        self.state = state
        self.events = []


class CircuitAgainstHistory(RuleBasedStateMachine):
    """Any calls, in any order, ending in any way at any time, also long after the state that permitted them."""

    permits = Bundle("permits")

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.begun = 0
        self.circuit = Circuit(3, TIMEOUT_S)
        self.history = History(3)

    @rule(target=permits)
    def begin(self) -> tuple[int, Permit] | None:
        expected = self.history.permits(self.now)
        permit = self.circuit.acquire(self.now)
        assert expected == (permit is not None)
        if permit is None:
            return None
        self.begun += 1
        self.history.begin(self.begun)
        return self.begun, permit

    @rule(call=consumes(permits), hold_s=st.sampled_from([0.0, 10.0, 1000.0]))
    def fail(self, call: tuple[int, Permit] | None, hold_s: float) -> None:
        if call:
            self.history.end("failed", call[0], self.now, hold_s)
            self.circuit.fail(call[1], self.now, hold_s)

    @rule(call=consumes(permits), what=st.sampled_from(["succeeded", "released", "tripped"]))
    def end(self, call: tuple[int, Permit] | None, what: str) -> None:
        if not call:
            return
        self.history.end(what, call[0], self.now, 0.0)
        match what:
            case "succeeded":
                self.circuit.succeed(call[1])
            case "released":
                self.circuit.release(call[1])
            case _:
                self.circuit.trip(call[1], self.now)

    @rule(seconds=st.sampled_from([1.0, 299.0, 300.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def agree(self) -> None:
        assert self.history.state == self.circuit.state
        assert self.history.permits(self.now) == self.circuit.would_permit(self.now)
        if self.circuit.state is BreakerState.CLOSED:
            assert self.history.in_a_row() == self.circuit.failures


TestCircuitAgainstHistory = CircuitAgainstHistory.TestCase
TestCircuitAgainstHistory.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
