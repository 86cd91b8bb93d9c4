"""Deadlines, the queue of provisional answers, and waiting instead of answering provisionally."""

import time

import pytest

from consumer.categorizer.envelope import Slot
from schemas.events import ModelOutcome
from tests.support.answerers import DEADLINE_S, Set, a_desk, fields, method
from tests.support.consumer_parts import a_slot, answered, failed

UNASKED: list[ModelOutcome] = ["breaker_open", "unavailable", "timeout", "deadline"]


def _take(at: Set, *entries: tuple[float, int]) -> list[Slot]:
    slots = [
        a_slot(place, entered_s=entered_s, revision=revision) for place, (entered_s, revision) in enumerate(entries)
    ]
    for slot in slots:
        at.desk.take(slot)
    at.desk.dispatch()
    return slots


def test_past_its_deadline_a_ticket_is_answered_by_the_rules() -> None:
    """The head of the line blocks no longer than ML_DEADLINE, whatever the call does."""
    at = a_desk()
    (slot,) = _take(at, (10.0, 0))
    at.desk.collect(10.0 + DEADLINE_S - 0.001)
    before = method(slot)
    at.desk.collect(10.0 + DEADLINE_S)

    assert (before, method(slot), slot.model_outcome) == (None, "RULES", "deadline")
    assert fields(slot)["provisional"]
    assert (slot.ready_s, at.desk.live_waiting) == (10.0 + DEADLINE_S, 0)


def test_a_reply_after_the_deadline_changes_nothing_but_the_cache() -> None:
    """The ticket keeps its provisional answer; the next equal one profits from the late reply."""
    at = a_desk()
    (slot,) = _take(at, (0.0, 0))
    flight = at.callers.air[0]
    at.desk.collect(DEADLINE_S)
    outcome = slot.outcome
    flight.join(a_slot(8, entered_s=25.0), 25.0 + DEADLINE_S)
    at.callers.land(answered())
    flight.waiters.pop()
    at.desk.collect(DEADLINE_S + 1)
    (later,) = _take(at, (DEADLINE_S + 2, 0))

    assert slot.outcome is outcome
    assert method(later) == "CACHE"
    assert at.desk.live_waiting == 0


def test_a_follower_that_has_time_left_asks_again() -> None:
    """The leader's deadline is not the follower's: who joined late asks anew when the call ran out of time."""
    at = a_desk()
    leader, follower = _take(at, (0.0, 0), (20.0, 0))
    at.callers.land(failed("deadline"))
    at.desk.collect(DEADLINE_S)
    waiting = at.desk.live_waiting
    at.desk.dispatch()
    (flight,) = at.callers.air
    at.callers.land(answered(attempts=1))
    at.desk.collect(DEADLINE_S + 1)

    assert (method(leader), leader.model_outcome) == ("RULES", "deadline")
    assert (waiting, flight.waiters, flight.deadline_s) == (1, [follower], 20.0 + DEADLINE_S)
    assert (method(follower), follower.attempts, at.desk.live_waiting) == ("MODEL", 1, 0)


def test_asking_again_does_not_move_a_deadline() -> None:
    """A follower that asks anew is answered by its own deadline, not a new one."""
    at = a_desk()
    _, follower = _take(at, (0.0, 0), (20.0, 0))
    at.callers.land(failed("deadline"))
    at.desk.collect(DEADLINE_S)
    at.desk.collect(20.0 + DEADLINE_S)

    assert (method(follower), follower.model_outcome, at.desk.live_waiting) == ("RULES", "deadline", 0)


@pytest.mark.parametrize("outcome", UNASKED)
def test_a_queued_ticket_that_could_not_be_asked_stays_in_the_queue(outcome: ModelOutcome) -> None:
    """It gets no answer, is told back once, and counts as waiting until it is settled or forgotten."""
    at = a_desk()
    (slot,) = _take(at, (0.0, 1))
    at.callers.land(failed(outcome))
    landing = at.desk.collect(DEADLINE_S)

    assert [id(each) for each in landing.unhealed] == [id(slot)]
    assert (slot.outcome, slot.model_outcome) == (None, outcome)
    assert at.desk.healing_waiting == 1


def test_a_queued_ticket_past_its_deadline_is_told_back_once() -> None:
    """Whether its call has returned or not, the same slot never comes back twice."""
    at = a_desk()
    (slot,) = _take(at, (0.0, 1))
    landing = at.desk.collect(DEADLINE_S)
    again = at.desk.collect(DEADLINE_S + 1)

    assert [landing.unhealed, again.unhealed] == [[slot], []]


def test_a_ticket_asked_in_vain_too_often_is_settled_by_the_rules() -> None:
    """Its last revision is the rules' answer, final, and says why the model gave none."""
    at = a_desk()
    (slot,) = _take(at, (0.0, 1))
    at.callers.land(failed("timeout"))
    at.desk.collect(5.0)
    at.desk.settle(slot, 6.0)

    assert (method(slot), fields(slot)["provisional"], slot.model_outcome) == ("RULES", False, "timeout")
    assert (slot.ready_s, at.desk.healing_waiting) == (6.0, 0)


def test_a_queued_ticket_is_answered_by_the_model_or_the_cache() -> None:
    """A healed ticket's answer is like any other, and equal texts of the queue share a call too."""
    at = a_desk()
    slots = _take(at, (0.0, 1), (0.0, 1))
    at.callers.land(answered())
    at.desk.collect(1.0)

    assert [method(slot) for slot in slots] == ["MODEL", "CACHE"]
    assert at.desk.healing_waiting == 0


@pytest.mark.parametrize("outcome", UNASKED)
def test_holding_waits_instead_of_answering_provisionally(outcome: ModelOutcome) -> None:
    """With ML_UNAVAILABLE=hold no time limit and no outage makes an answer; the ticket is asked again when released."""
    at = a_desk(hold=True)
    (slot,) = _take(at, (0.0, 0))
    at.callers.land(failed(outcome))
    at.desk.collect(10 * DEADLINE_S)
    held = (at.desk.holding, slot.outcome)
    at.desk.release_held()
    (flight,) = at.callers.air
    at.callers.land(answered())
    at.desk.collect(11 * DEADLINE_S)

    assert held == (True, None)
    assert not at.desk.holding
    assert flight.deadline_s > time.monotonic()
    assert (method(slot), at.desk.live_waiting) == ("MODEL", 0)


def test_equal_texts_join_a_held_flight() -> None:
    """Holding, an equal text waits with the one that is held and is answered with it."""
    at = a_desk(hold=True)
    (first,) = _take(at, (0.0, 0))
    at.callers.land(failed("breaker_open"))
    at.desk.collect(1.0)
    (second,) = _take(at, (2.0, 0))
    in_the_air = list(at.callers.air)
    at.desk.release_held()
    at.callers.land(answered())
    at.desk.collect(3.0)

    assert not in_the_air
    assert [method(first), method(second)] == ["MODEL", "CACHE"]


def test_holding_lets_go_of_what_was_dropped() -> None:
    """A held flight whose partition went to another member is not asked about, and holds nothing up for ever."""
    at = a_desk(hold=True)
    (slot,) = _take(at, (0.0, 0))
    at.callers.land(failed("breaker_open"))
    at.desk.collect(1.0)
    slot.dropped = True
    at.desk.forget([slot])
    at.desk.release_held()
    at.callers.land(answered())
    at.desk.collect(2.0)

    assert not at.desk.holding
    assert (at.desk.live_waiting, slot.outcome) == (0, None)


@pytest.mark.parametrize("hold", [False, True])
def test_memory_does_not_grow_with_the_tickets_answered(hold: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Nothing of a finished ticket is kept but its text's entry in the cache."""
    at = a_desk(hold=hold, cache=1)
    for number in range(100):
        at.desk.take(a_slot(number, text=str(number)))
        at.desk.dispatch()
        at.callers.land(answered())
        at.desk.collect(1.0)

    assert (len(at.desk._waiting), len(at.desk._flights), len(at.desk._held), len(at.desk._new)) == (0, 0, 0, 0)
