"""The desk under every order of tickets, replies, drops and deadlines."""

from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.categorizer.envelope import Answer, Slot
from consumer.model.types import ModelReply
from tests.support.answerers import DEADLINE_S, a_desk
from tests.support.consumer_parts import a_slot, answered, failed

PROVISIONAL = {"breaker_open", "unavailable", "timeout", "deadline"}
REPLIES = [
    answered(),
    failed("refused"),
    failed("garbled"),
    failed("breaker_open"),
    failed("unavailable"),
    failed("timeout"),
    failed("deadline"),
]

# What may happen to a desk, by the method of `Use` that does it, with its arguments.
steps = st.lists(
    st.tuples(st.just("take"), st.sampled_from("abc"), st.integers(0, 1))
    | st.tuples(st.just("land"), st.sampled_from(REPLIES), st.integers(0, 5))
    | st.tuples(st.just("collect"), st.booleans())
    | st.tuples(st.just("wait"), st.sampled_from([0.1, 10.0, DEADLINE_S]))
    | st.tuples(st.just("revoke"), st.integers(2, 4))
    | st.tuples(st.just("release")),
    min_size=15,
    max_size=60,
)


class Use:
    """A desk used as the categorizer uses it, and all slots that it was given."""

    def __init__(self, *, hold: bool, cache: int) -> None:
        self.desk, self.callers = a_desk(hold=hold, cache=cache)
        self.hold = hold
        self.now = 0.0
        self.slots: list[Slot] = []

    def take(self, text: str, revision: int) -> None:
        slot = a_slot(len(self.slots), text=text, entered_s=self.now, revision=revision)
        self.slots.append(slot)
        self.desk.take(slot)
        self.desk.dispatch()

    def land(self, reply: ModelReply, place: int) -> None:
        if self.callers.air:
            self.callers.land(reply, place % len(self.callers.air))

    def collect(self, settles: bool) -> None:  # noqa: FBT001 - drawn by position
        unhealed = self.desk.collect(self.now).unhealed

        assert len({id(slot) for slot in unhealed}) == len(unhealed)
        assert all(slot.revision and slot.outcome is None and not slot.dropped for slot in unhealed)
        assert not (self.hold and unhealed)
        for slot in unhealed if settles else ():
            self.desk.settle(slot, self.now)
        self._drop([slot for slot in unhealed if slot.outcome is None])
        self.desk.dispatch()

        assert self.hold or all(slot.entered_s + DEADLINE_S > self.now for slot in self.undecided())

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def revoke(self, every: int) -> None:
        self._drop([slot for slot in self.slots[::every] if not slot.dropped])

    def release(self) -> None:
        self.desk.release_held()

    def finish(self) -> None:
        """Let the model answer whatever is still asked, until nothing is."""
        for _ in range(3):
            self.desk.release_held()
            while self.callers.air:
                self.callers.land(answered())
            self.collect(settles=False)

    def undecided(self) -> list[Slot]:
        return [slot for slot in self.slots if slot.outcome is None and not slot.dropped]

    def _drop(self, slots: list[Slot]) -> None:
        for slot in slots:
            slot.dropped = True
        self.desk.forget(slots)


@settings(max_examples=120)
@given(steps, st.booleans(), st.sampled_from([0, 1, 50]))
def test_the_desk_under_every_order(moves: list[tuple[object, ...]], hold: bool, cache: int) -> None:  # noqa: FBT001
    """The counters are the numbers of waiting slots, provisional answers are what they should be, and all ends well."""
    use = Use(hold=hold, cache=cache)
    for name, *arguments in moves:
        getattr(use, str(name))(*arguments)
        undecided = use.undecided()

        assert use.desk.live_waiting == sum(not slot.revision for slot in undecided)
        assert use.desk.healing_waiting == sum(bool(slot.revision) for slot in undecided)
        assert all(_is_sound(slot, slot.outcome, hold=hold) for slot in use.slots if isinstance(slot.outcome, Answer))
    use.finish()

    assert not use.undecided()
    assert not use.desk._flights


def _is_sound(slot: Slot, answer: Answer, *, hold: bool) -> bool:
    """An answer is provisional exactly if a new ticket's model could not be asked, and then it is the rules'."""
    if answer.provisional:
        return answer.method == "RULES" and not slot.revision and not hold and slot.model_outcome in PROVISIONAL
    return answer.method != "RULES" or slot.revision > 0 or slot.model_outcome in {"refused", "garbled"}
