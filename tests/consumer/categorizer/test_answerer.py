"""How a ticket comes to its answer: cache, model, rules."""

import pytest

from consumer.answer.cache import AnswerCache
from consumer.answer.policy import Policy, Thresholds
from consumer.categorizer.answerer import Answerer
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.waiting import Waiting
from consumer.model.types import Label
from schemas.events import ModelOutcome
from tests.support.answerers import DEADLINE_S, Set, an_answerer, encode, fields, method
from tests.support.consumer_parts import BASIS, BILLING, an_envelope, answered, failed

NOT_ASKED: list[ModelOutcome] = ["breaker_open", "unavailable", "timeout"]
AT_FAULT: list[ModelOutcome] = ["refused", "garbled"]


def _taken(at: Set, *envelopes: Envelope) -> list[Envelope]:
    for envelope in envelopes:
        at.answerer.take(envelope)
    at.answerer.dispatch()
    return list(envelopes)


def test_without_a_model_the_rules_answer_for_good() -> None:
    """With ML_API_URL empty the answer is there at once, final, and says that no model was asked."""
    answerer = Answerer(
        BASIS, encode, AnswerCache(10, 60, lambda: 0.0), None, Waiting(DEADLINE_S, endless=False), hold=False
    )
    envelope = an_envelope()
    answerer.take(envelope)
    answerer.dispatch()
    collected = answerer.collect(1e9)

    assert (method(envelope), fields(envelope)["provisional"], envelope.model_outcome) == ("RULES", False, "not_asked")
    assert fields(envelope)["explanation"][0] == "model.not_asked"
    assert (collected.answered, collected.unanswered, answerer.waiting.live) == (0, [], 0)


def test_the_model_answers() -> None:
    """A reply becomes the answer of its ticket, with the call that brought it and where the time went."""
    at = an_answerer()
    (envelope,) = _taken(at, an_envelope(entered_s=10.0))
    at.callers.reply_with(answered(attempts=2), began_s=12.5)
    collected = at.answerer.collect(13.0)

    assert (method(envelope), fields(envelope)["category"], fields(envelope)["model"]) == ("MODEL", "billing", "m-1")
    assert (envelope.model_outcome, envelope.call_id, envelope.attempts) == ("answered", "c-1", 2)
    assert (envelope.queue_us, envelope.model_us, envelope.ready_s) == (2_500_000, 7, 13.0)
    assert (collected.answered, at.answerer.waiting.live) == (1, 0)


def test_the_model_sees_the_ticket_and_a_deadline_from_its_entry() -> None:
    """Subject, description and language go to the model; waiting counts against ML_DEADLINE."""
    at = an_answerer()
    _taken(at, an_envelope(text="pay", entered_s=10.0))
    (pending,) = at.callers.submitted

    assert pending.ticket == ("pay", "No puedo pagar mi factura", "es")
    assert pending.deadline_s == 10.0 + DEADLINE_S


@pytest.mark.parametrize("outcome", NOT_ASKED)
def test_a_model_that_cannot_be_asked_leaves_a_provisional_answer(outcome: ModelOutcome) -> None:
    """The rules answer for now, never automatically, and the answer says what became of the model."""
    at = an_answerer()
    (envelope,) = _taken(at, an_envelope())
    at.callers.reply_with(failed(outcome))
    collected = at.answerer.collect(5.0)

    assert (method(envelope), fields(envelope)["provisional"]) == ("RULES", True)
    assert fields(envelope)["decision"] != "AUTO"
    assert (envelope.model_outcome, envelope.attempts, envelope.ready_s) == (outcome, 3, 5.0)
    assert fields(envelope)["explanation"][0] == f"model.{outcome}"
    assert (collected.answered, at.answerer.waiting.live) == (0, 0)


@pytest.mark.parametrize("outcome", AT_FAULT)
@pytest.mark.parametrize("revision", [0, 1])
def test_a_ticket_that_the_model_cannot_take_gets_a_final_answer(outcome: ModelOutcome, revision: int) -> None:
    """Refused or garbled alone, asking again is pointless: the rules' answer is final, with the tries it took."""
    at = an_answerer()
    (envelope,) = _taken(at, an_envelope(revision=revision))
    at.callers.reply_with(failed(outcome, attempts=3))
    collected = at.answerer.collect(5.0)

    assert (method(envelope), fields(envelope)["provisional"]) == ("RULES", False)
    assert (envelope.model_outcome, envelope.attempts, collected.unanswered) == (outcome, 3, [])


def test_equal_texts_share_one_call() -> None:
    """While a text is in flight later equal ones join it: one asks, all are answered, and the tries count once."""
    at = an_answerer()
    leader, follower, other = _taken(at, an_envelope(0, text="a"), an_envelope(1, text="a"), an_envelope(2, text="b"))
    submitted_before = len(at.callers.submitted)
    at.callers.reply_with(answered(attempts=2))
    collected = at.answerer.collect(1.0)

    assert submitted_before == 2
    assert [method(envelope) for envelope in (leader, follower, other)] == ["MODEL", "CACHE", None]
    assert (leader.attempts, follower.attempts) == (2, 0)
    assert (collected.answered, at.answerer.waiting.live) == (2, 1)


@pytest.mark.parametrize("outcome", [*NOT_ASKED, *AT_FAULT])
def test_the_tries_of_a_failed_call_count_once(outcome: ModelOutcome) -> None:
    """Of those who shared a call that failed, too, only the leader carries its attempts."""
    at = an_answerer()
    envelopes = _taken(at, an_envelope(0), an_envelope(1), an_envelope(2))
    at.callers.reply_with(failed(outcome, attempts=3))
    at.answerer.collect(1.0)

    assert [envelope.attempts for envelope in envelopes] == [3, 0, 0]
    assert {envelope.model_outcome for envelope in envelopes} == {outcome}


def test_a_follower_that_came_while_the_reply_was_on_its_way_is_answered_by_it() -> None:
    """Joining is possible until the reply has been applied."""
    at = an_answerer()
    _taken(at, an_envelope(0))
    at.callers.reply_with(answered())
    (late,) = _taken(at, an_envelope(1))
    at.answerer.collect(1.0)

    assert method(late) == "CACHE"
    assert not at.callers.submitted


def test_a_dropped_leader_takes_nothing_from_its_followers() -> None:
    """When the leader's partition goes, the next one stands for the call and the leader stays unanswered."""
    at = an_answerer()
    leader, follower = _taken(at, an_envelope(0), an_envelope(1))
    leader.dropped = True
    at.answerer.forget([leader])
    at.callers.reply_with(answered(attempts=2))
    at.answerer.collect(1.0)

    assert (method(leader), method(follower), follower.attempts) == (None, "MODEL", 2)
    assert at.answerer.waiting.live == 0


def test_an_answer_that_nobody_waits_for_any_more_is_kept() -> None:
    """The model was paid for it: the next equal text finds it in the cache."""
    at = an_answerer()
    (gone,) = _taken(at, an_envelope(0))
    pending = at.callers.submitted[0]
    gone.dropped = True
    at.answerer.forget([gone])
    pending.waiters.append(an_envelope(5))
    at.callers.reply_with(answered())
    pending.waiters.pop()
    at.answerer.collect(1.0)
    (envelope,) = _taken(at, an_envelope(1))

    assert method(envelope) == "CACHE"


def test_a_text_given_up_makes_room_for_the_next_equal_one() -> None:
    """After its only envelope was dropped and the callers passed it over, an equal text is asked again."""
    at = an_answerer()
    (gone,) = _taken(at, an_envelope(0))
    gone.dropped = True
    at.answerer.forget([gone])
    at.callers.reply_with(answered())
    at.answerer.collect(1.0)
    _taken(at, an_envelope(1))

    assert len(at.callers.submitted) == 1


def test_a_cached_text_is_answered_at_once() -> None:
    """A hit asks nobody, and its bytes are those of every other hit."""
    at = an_answerer()
    _taken(at, an_envelope(0))
    at.callers.reply_with(answered())
    at.answerer.collect(1.0)
    first, second = _taken(at, an_envelope(1), an_envelope(2))

    assert (method(first), first.model_outcome, first.attempts, first.call_id) == ("CACHE", "not_asked", 0, None)
    assert first.outcome is second.outcome
    assert (at.callers.submitted, at.answerer.waiting.live) == ([], 0)


def test_the_rules_answers_are_never_cached_as_the_models() -> None:
    """After a provisional answer the next equal text asks the model again."""
    at = an_answerer()
    _taken(at, an_envelope(0))
    at.callers.reply_with(failed("timeout"))
    at.answerer.collect(1.0)
    (envelope,) = _taken(at, an_envelope(1))

    assert (method(envelope), len(at.callers.submitted)) == (None, 1)


def test_a_doubtful_answer_is_cached_with_its_doubt() -> None:
    """A text that the model was unsure of is answered the same from the cache: by the rules, which read it once."""
    at = an_answerer()
    (first,) = _taken(at, an_envelope(0, text="pago factura"))
    at.callers.reply_with(answered((Label("cards", 0.01),)))
    at.answerer.collect(1.0)
    (second,) = _taken(at, an_envelope(1, text="pago factura"))

    assert (method(first), method(second)) == ("RULES", "RULES")
    assert (fields(first)["category"], fields(second)["category"]) == ("billing", "billing")
    assert not fields(second)["provisional"]
    assert second.outcome is first.outcome


def test_another_policy_is_applied_to_what_is_cached() -> None:
    """Bytes encoded under an earlier policy are not given out under the next."""
    policies: list[Policy] = []
    at = an_answerer(renewed=lambda _: policies.pop() if policies else None)
    _taken(at, an_envelope(0))
    at.callers.reply_with(answered())
    at.answerer.collect(1.0)
    (before,) = _taken(at, an_envelope(1))
    policies.append(Policy("p-2", Thresholds(0.99, 0.5)))
    at.answerer.collect(2.0)
    (after,) = _taken(at, an_envelope(2))

    assert (fields(before)["decision"], fields(after)["decision"]) == ("AUTO", "SUGGEST")
    assert fields(after)["policy"] == "p-2"


def test_an_uncalibrated_answer_stays_so_in_the_cache() -> None:
    """It is automatic for nobody: not for the ticket that asked, nor for those that shared its call or come later."""
    at = an_answerer()
    first, follower = _taken(at, an_envelope(0), an_envelope(1))
    at.callers.reply_with(answered()._replace(calibrated=False))
    at.answerer.collect(1.0)
    (later,) = _taken(at, an_envelope(2))

    said = [fields(envelope) for envelope in (first, follower, later)]
    assert [each["method"] for each in said] == ["MODEL", "CACHE", "CACHE"]
    assert {each["confidence"] >= each["threshold_auto"] for each in said} == {True}
    assert {(each["decision"], each["explanation"][-1]) for each in said} == {("SUGGEST", "model.uncalibrated")}


def test_with_the_cache_off_each_ticket_asks_for_itself() -> None:
    """CACHE_MAX_SIZE=0 turns off sharing too, so every ticket is the model's own answer."""
    at = an_answerer(cache=0)
    envelopes = _taken(at, an_envelope(0), an_envelope(1))
    at.callers.reply_with(answered(attempts=1))
    at.callers.reply_with(answered(BILLING, attempts=2))
    at.answerer.collect(1.0)

    assert [method(envelope) for envelope in envelopes] == ["MODEL", "MODEL"]
    assert [envelope.attempts for envelope in envelopes] == [1, 2]
