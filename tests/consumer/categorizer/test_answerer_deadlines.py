"""Deadlines, the queue of provisional answers, and waiting instead of answering provisionally."""

import pytest

from consumer.categorizer.envelope import Envelope
from consumer.categorizer.model_callers import PendingText
from schemas.events import ModelOutcome
from tests.support.answerers import DEADLINE_S, Set, alive, an_answerer, fields, method
from tests.support.consumer_parts import an_envelope, answered, failed

UNASKED: list[ModelOutcome] = ["breaker_open", "unavailable", "timeout", "deadline"]


def _take(at: Set, *entries: tuple[float, int]) -> list[Envelope]:
    envelopes = [
        an_envelope(place, entered_s=entered_s, revision=revision)
        for place, (entered_s, revision) in enumerate(entries)
    ]
    for envelope in envelopes:
        at.answerer.take(envelope)
    at.answerer.dispatch()
    return envelopes


def test_past_its_deadline_a_ticket_is_answered_by_the_rules() -> None:
    """The head of the line blocks no longer than ML_DEADLINE, whatever the call does."""
    at = an_answerer()
    (envelope,) = _take(at, (10.0, 0))
    at.answerer.collect(10.0 + DEADLINE_S - 0.001)
    before = method(envelope)
    at.answerer.collect(10.0 + DEADLINE_S)

    assert (before, method(envelope), envelope.model_outcome) == (None, "RULES", "deadline")
    assert fields(envelope)["provisional"]
    assert (envelope.ready_s, at.answerer.waiting.live) == (10.0 + DEADLINE_S, 0)


def test_a_reply_after_the_deadline_changes_nothing_but_the_cache() -> None:
    """The ticket keeps its provisional answer; the next equal one profits from the late reply."""
    at = an_answerer()
    (envelope,) = _take(at, (0.0, 0))
    pending = at.callers.submitted[0]
    at.answerer.collect(DEADLINE_S)
    outcome = envelope.outcome
    pending.join(an_envelope(8, entered_s=25.0), 25.0 + DEADLINE_S)
    at.callers.reply_with(answered())
    pending.waiters.pop()
    at.answerer.collect(DEADLINE_S + 1)
    (later,) = _take(at, (DEADLINE_S + 2, 0))

    assert envelope.outcome is outcome
    assert method(later) == "CACHE"
    assert at.answerer.waiting.live == 0


def test_a_follower_that_has_time_left_asks_again() -> None:
    """The leader's deadline is not the follower's: who joined late asks anew when the call ran out of time."""
    at = an_answerer()
    leader, follower = _take(at, (0.0, 0), (20.0, 0))
    at.callers.reply_with(failed("deadline"))
    at.answerer.collect(DEADLINE_S)
    waiting = at.answerer.waiting.live
    at.answerer.dispatch()
    (pending,) = at.callers.submitted
    at.callers.reply_with(answered(attempts=1))
    at.answerer.collect(DEADLINE_S + 1)

    assert (method(leader), leader.model_outcome) == ("RULES", "deadline")
    assert (waiting, pending.waiters, pending.deadline_s) == (1, [follower], 20.0 + DEADLINE_S)
    assert (method(follower), follower.attempts, at.answerer.waiting.live) == ("MODEL", 1, 0)


def test_asking_again_does_not_move_a_deadline() -> None:
    """A follower that asks anew is answered by its own deadline, not a new one."""
    at = an_answerer()
    _, follower = _take(at, (0.0, 0), (20.0, 0))
    at.callers.reply_with(failed("deadline"))
    at.answerer.collect(DEADLINE_S)
    at.answerer.collect(20.0 + DEADLINE_S)

    assert (method(follower), follower.model_outcome, at.answerer.waiting.live) == ("RULES", "deadline", 0)


@pytest.mark.parametrize("outcome", UNASKED)
def test_a_queued_ticket_that_could_not_be_asked_stays_in_the_queue(outcome: ModelOutcome) -> None:
    """It gets no answer, is told back once, and counts as waiting until it is settled or forgotten."""
    at = an_answerer()
    (envelope,) = _take(at, (0.0, 1))
    at.callers.reply_with(failed(outcome))
    collected = at.answerer.collect(DEADLINE_S)

    assert [id(each) for each in collected.unanswered] == [id(envelope)]
    assert (envelope.outcome, envelope.model_outcome) == (None, outcome)
    assert at.answerer.waiting.requeued == 1


def test_a_queued_ticket_past_its_deadline_is_told_back_once() -> None:
    """Whether its call has returned or not, the same envelope never comes back twice."""
    at = an_answerer()
    (envelope,) = _take(at, (0.0, 1))
    collected = at.answerer.collect(DEADLINE_S)
    again = at.answerer.collect(DEADLINE_S + 1)

    assert [collected.unanswered, again.unanswered] == [[envelope], []]


def test_a_ticket_asked_in_vain_too_often_is_settled_by_the_rules() -> None:
    """Its last revision is the rules' answer, final, and says why the model gave none."""
    at = an_answerer()
    (envelope,) = _take(at, (0.0, 1))
    at.callers.reply_with(failed("timeout"))
    at.answerer.collect(5.0)
    at.answerer.answer_finally(envelope, 6.0)

    assert (method(envelope), fields(envelope)["provisional"], envelope.model_outcome) == ("RULES", False, "timeout")
    assert (envelope.ready_s, at.answerer.waiting.requeued) == (6.0, 0)


def test_a_queued_ticket_is_answered_by_the_model_or_the_cache() -> None:
    """A healed ticket's answer is like any other, and equal texts of the queue share a call too."""
    at = an_answerer()
    envelopes = _take(at, (0.0, 1), (0.0, 1))
    at.callers.reply_with(answered())
    at.answerer.collect(1.0)

    assert [method(envelope) for envelope in envelopes] == ["MODEL", "CACHE"]
    assert at.answerer.waiting.requeued == 0


@pytest.mark.parametrize("outcome", UNASKED)
def test_holding_waits_instead_of_answering_provisionally(outcome: ModelOutcome) -> None:
    """With ML_UNAVAILABLE=hold no time limit and no outage makes an answer; the ticket is asked again when released."""
    at = an_answerer(hold=True)
    (envelope,) = _take(at, (0.0, 0))
    at.callers.reply_with(failed(outcome))
    at.answerer.collect(10 * DEADLINE_S)
    held = (at.answerer.holding, envelope.outcome)
    at.answerer.release_held(11 * DEADLINE_S)
    (pending,) = at.callers.submitted
    at.callers.reply_with(answered())
    at.answerer.collect(11 * DEADLINE_S)

    assert held == (True, None)
    assert not at.answerer.holding
    assert pending.deadline_s == 12 * DEADLINE_S
    assert (method(envelope), at.answerer.waiting.live) == ("MODEL", 0)


def test_equal_texts_join_a_held_text() -> None:
    """Holding, an equal text waits with the one that is held and is answered with it."""
    at = an_answerer(hold=True)
    (first,) = _take(at, (0.0, 0))
    at.callers.reply_with(failed("breaker_open"))
    at.answerer.collect(1.0)
    (second,) = _take(at, (2.0, 0))
    submitted_before = list(at.callers.submitted)
    at.answerer.release_held(2.5)
    at.callers.reply_with(answered())
    at.answerer.collect(3.0)

    assert not submitted_before
    assert [method(first), method(second)] == ["MODEL", "CACHE"]


def test_holding_lets_go_of_what_was_dropped() -> None:
    """A held text whose partition went to another member is not asked about, and holds nothing up for ever."""
    at = an_answerer(hold=True)
    (envelope,) = _take(at, (0.0, 0))
    at.callers.reply_with(failed("breaker_open"))
    at.answerer.collect(1.0)
    envelope.dropped = True
    at.answerer.forget([envelope])
    at.answerer.release_held(1.5)
    at.callers.reply_with(answered())
    at.answerer.collect(2.0)

    assert not at.answerer.holding
    assert (at.answerer.waiting.live, envelope.outcome) == (0, None)


@pytest.mark.parametrize("hold", [False, True])
def test_memory_does_not_grow_with_the_tickets_answered(hold: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Nothing of a finished ticket is kept but its text's entry in the cache."""
    at = an_answerer(hold=hold, cache=1)
    for number in range(100):
        at.answerer.take(an_envelope(number, text=str(number)))
        at.answerer.dispatch()
        at.callers.reply_with(answered())
        at.answerer.collect(1.0)
        at.answerer.finished()

    assert (alive(Envelope), alive(PendingText)) == (0, 0)


def test_deadlines_of_large_tickets_pass_over_several_turns() -> None:
    """The rules read each for milliseconds: all of them in one turn would keep the worker from its group."""
    at = an_answerer()
    envelopes = [an_envelope(place, text=f"{place} " + "declined " * 25_000) for place in range(20)]
    for envelope in envelopes:
        envelope.size = 225_000
        at.answerer.take(envelope)
    answered_after = []
    while None in map(method, envelopes):
        at.answerer.collect(DEADLINE_S)
        answered_after.append(sum(method(envelope) is not None for envelope in envelopes))

    assert 0 < answered_after[0] < 10
    assert len(answered_after) == len(set(answered_after))
    assert at.answerer.waiting.live == 0
