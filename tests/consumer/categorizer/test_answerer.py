"""How a ticket comes to its answer: cache, model, rules."""

import pytest

from consumer.answer.cache import AnswerCache
from consumer.answer.policy import Policy, Thresholds
from consumer.categorizer.answerer import Desk
from consumer.categorizer.envelope import Slot
from consumer.model.types import Label
from schemas.events import ModelOutcome
from tests.support.answerers import DEADLINE_S, Set, a_desk, encode, fields, method
from tests.support.consumer_parts import BILLING, HOW, a_slot, answered, failed

NOT_ASKED: list[ModelOutcome] = ["breaker_open", "unavailable", "timeout"]
AT_FAULT: list[ModelOutcome] = ["refused", "garbled"]


def _taken(at: Set, *slots: Slot) -> list[Slot]:
    for slot in slots:
        at.desk.take(slot)
    at.desk.dispatch()
    return list(slots)


def test_without_a_model_the_rules_answer_for_good() -> None:
    """With ML_API_URL empty the answer is there at once, final, and says that no model was asked."""
    desk = Desk(HOW, encode, AnswerCache(10, 60, lambda: 0.0), None, deadline_s=DEADLINE_S, hold=False)
    slot = a_slot()
    desk.take(slot)
    desk.dispatch()
    landing = desk.collect(1e9)

    assert (method(slot), fields(slot)["provisional"], slot.model_outcome) == ("RULES", False, "not_asked")
    assert fields(slot)["explanation"][0] == "model.not_asked"
    assert (landing.answered, landing.unhealed, desk.live_waiting) == (0, [], 0)


def test_the_model_answers() -> None:
    """A reply becomes the answer of its ticket, with the call that brought it and where the time went."""
    at = a_desk()
    (slot,) = _taken(at, a_slot(entered_s=10.0))
    at.callers.land(answered(attempts=2), began_s=12.5)
    landing = at.desk.collect(13.0)

    assert (method(slot), fields(slot)["category"], fields(slot)["model"]) == ("MODEL", "billing", "m-1")
    assert (slot.model_outcome, slot.call_id, slot.attempts) == ("answered", "c-1", 2)
    assert (slot.queue_us, slot.model_us, slot.ready_s) == (2_500_000, 7, 13.0)
    assert (landing.answered, at.desk.live_waiting) == (1, 0)


def test_the_model_sees_the_ticket_and_a_deadline_from_its_entry() -> None:
    """Subject, description and language go to the model; waiting counts against ML_DEADLINE."""
    at = a_desk()
    _taken(at, a_slot(text="pay", entered_s=10.0))
    (flight,) = at.callers.air

    assert flight.ticket == ("pay", "No puedo pagar mi factura", "es")
    assert flight.deadline_s == 10.0 + DEADLINE_S


@pytest.mark.parametrize("outcome", NOT_ASKED)
def test_a_model_that_cannot_be_asked_leaves_a_provisional_answer(outcome: ModelOutcome) -> None:
    """The rules answer for now, never automatically, and the answer says what became of the model."""
    at = a_desk()
    (slot,) = _taken(at, a_slot())
    at.callers.land(failed(outcome))
    landing = at.desk.collect(5.0)

    assert (method(slot), fields(slot)["provisional"]) == ("RULES", True)
    assert fields(slot)["decision"] != "AUTO"
    assert (slot.model_outcome, slot.attempts, slot.ready_s) == (outcome, 3, 5.0)
    assert fields(slot)["explanation"][0] == f"model.{outcome}"
    assert (landing.answered, at.desk.live_waiting) == (0, 0)


@pytest.mark.parametrize("outcome", AT_FAULT)
@pytest.mark.parametrize("revision", [0, 1])
def test_a_ticket_that_the_model_cannot_take_gets_a_final_answer(outcome: ModelOutcome, revision: int) -> None:
    """Refused or garbled alone, asking again is pointless: the rules' answer is final, with the tries it took."""
    at = a_desk()
    (slot,) = _taken(at, a_slot(revision=revision))
    at.callers.land(failed(outcome, attempts=3))
    landing = at.desk.collect(5.0)

    assert (method(slot), fields(slot)["provisional"]) == ("RULES", False)
    assert (slot.model_outcome, slot.attempts, landing.unhealed) == (outcome, 3, [])


def test_equal_texts_share_one_call() -> None:
    """While a text is in flight later equal ones join it: one asks, all are answered, and the tries count once."""
    at = a_desk()
    leader, follower, other = _taken(at, a_slot(0, text="a"), a_slot(1, text="a"), a_slot(2, text="b"))
    in_the_air = len(at.callers.air)
    at.callers.land(answered(attempts=2))
    landing = at.desk.collect(1.0)

    assert in_the_air == 2
    assert [method(slot) for slot in (leader, follower, other)] == ["MODEL", "CACHE", None]
    assert (leader.attempts, follower.attempts) == (2, 0)
    assert (landing.answered, at.desk.live_waiting) == (2, 1)


@pytest.mark.parametrize("outcome", [*NOT_ASKED, *AT_FAULT])
def test_the_tries_of_a_failed_call_count_once(outcome: ModelOutcome) -> None:
    """Of those who shared a call that failed, too, only the leader carries its attempts."""
    at = a_desk()
    slots = _taken(at, a_slot(0), a_slot(1), a_slot(2))
    at.callers.land(failed(outcome, attempts=3))
    at.desk.collect(1.0)

    assert [slot.attempts for slot in slots] == [3, 0, 0]
    assert {slot.model_outcome for slot in slots} == {outcome}


def test_a_follower_that_came_while_the_reply_was_on_its_way_is_answered_by_it() -> None:
    """Joining is possible until the reply has been applied."""
    at = a_desk()
    _taken(at, a_slot(0))
    at.callers.land(answered())
    (late,) = _taken(at, a_slot(1))
    at.desk.collect(1.0)

    assert method(late) == "CACHE"
    assert not at.callers.air


def test_a_dropped_leader_takes_nothing_from_its_followers() -> None:
    """When the leader's partition goes, the next one stands for the call and the leader stays unanswered."""
    at = a_desk()
    leader, follower = _taken(at, a_slot(0), a_slot(1))
    leader.dropped = True
    at.desk.forget([leader])
    at.callers.land(answered(attempts=2))
    at.desk.collect(1.0)

    assert (method(leader), method(follower), follower.attempts) == (None, "MODEL", 2)
    assert at.desk.live_waiting == 0


def test_an_answer_that_nobody_waits_for_any_more_is_kept() -> None:
    """The model was paid for it: the next equal text finds it in the cache."""
    at = a_desk()
    (gone,) = _taken(at, a_slot(0))
    flight = at.callers.air[0]
    gone.dropped = True
    at.desk.forget([gone])
    flight.waiters.append(a_slot(5))
    at.callers.land(answered())
    flight.waiters.pop()
    at.desk.collect(1.0)
    (slot,) = _taken(at, a_slot(1))

    assert method(slot) == "CACHE"


def test_a_flight_given_up_makes_room_for_the_next_of_its_text() -> None:
    """After its only slot was dropped and the callers passed it over, an equal text gets a flight of its own."""
    at = a_desk()
    (gone,) = _taken(at, a_slot(0))
    gone.dropped = True
    at.desk.forget([gone])
    at.callers.land(answered())
    at.desk.collect(1.0)
    _taken(at, a_slot(1))

    assert len(at.callers.air) == 1


def test_a_cached_text_is_answered_at_once() -> None:
    """A hit asks nobody, and its bytes are those of every other hit."""
    at = a_desk()
    _taken(at, a_slot(0))
    at.callers.land(answered())
    at.desk.collect(1.0)
    first, second = _taken(at, a_slot(1), a_slot(2))

    assert (method(first), first.model_outcome, first.attempts, first.call_id) == ("CACHE", "not_asked", 0, None)
    assert first.outcome is second.outcome
    assert (at.callers.air, at.desk.live_waiting) == ([], 0)


def test_the_rules_answers_are_never_cached_as_the_models() -> None:
    """After a provisional answer the next equal text asks the model again."""
    at = a_desk()
    _taken(at, a_slot(0))
    at.callers.land(failed("timeout"))
    at.desk.collect(1.0)
    (slot,) = _taken(at, a_slot(1))

    assert (method(slot), len(at.callers.air)) == (None, 1)


def test_a_doubtful_answer_is_cached_with_its_doubt() -> None:
    """A text that the model was unsure of is answered the same from the cache: by the rules, not provisionally."""
    at = a_desk()
    (first,) = _taken(at, a_slot(0, text="pago factura"))
    at.callers.land(answered((Label("cards", 0.01),)))
    at.desk.collect(1.0)
    (second,) = _taken(at, a_slot(1, text="pago factura"))

    assert (method(first), method(second)) == ("RULES", "RULES")
    assert (fields(first)["category"], fields(second)["category"]) == ("billing", "billing")
    assert not fields(second)["provisional"]


def test_another_policy_is_applied_to_what_is_cached() -> None:
    """Bytes encoded under an earlier policy are not given out under the next."""
    at = a_desk()
    _taken(at, a_slot(0))
    at.callers.land(answered())
    at.desk.collect(1.0)
    (before,) = _taken(at, a_slot(1))
    at.desk.how = HOW._replace(policy=Policy("p-2", Thresholds(0.99, 0.5)))
    (after,) = _taken(at, a_slot(2))

    assert (fields(before)["decision"], fields(after)["decision"]) == ("AUTO", "SUGGEST")
    assert fields(after)["policy"] == "p-2"


def test_with_the_cache_off_each_ticket_asks_for_itself() -> None:
    """CACHE_MAX_SIZE=0 turns off sharing too, so every ticket is the model's own answer."""
    at = a_desk(cache=0)
    slots = _taken(at, a_slot(0), a_slot(1))
    at.callers.land(answered(attempts=1))
    at.callers.land(answered(BILLING, attempts=2))
    at.desk.collect(1.0)

    assert [method(slot) for slot in slots] == ["MODEL", "MODEL"]
    assert [slot.attempts for slot in slots] == [1, 2]
