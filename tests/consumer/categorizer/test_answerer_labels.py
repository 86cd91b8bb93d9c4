"""A model that speaks of other categories than the taxonomy: its tickets wait."""

from typing import TYPE_CHECKING

from consumer.answer.foreign_labels import ENOUGH
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.in_flight import InFlight
from consumer.categorizer.requeue import Hysteresis, Requeue, RequeueSchedule
from consumer.categorizer.waiting import PROBES
from consumer.categorizer.window import Window
from consumer.model.types import ModelReply
from consumer.overrides.following import no_overrides
from tests.support.answerers import DEADLINE_S, Set, an_answerer, fields, method
from tests.support.consumer_parts import FOREIGN, an_envelope, answered, failed

if TYPE_CHECKING:
    from schemas.events import ModelOutcome

PROBE_S = 30.0


def _take(at: Set, texts: int, *, first: int = 0, entered_s: float = 0.0, revision: int = 0) -> list[Envelope]:
    envelopes = [
        an_envelope(number, text=str(number), entered_s=entered_s, revision=revision)
        for number in range(first, first + texts)
    ]
    for envelope in envelopes:
        at.answerer.take(envelope)
    at.answerer.dispatch()
    return envelopes


def _reply(at: Set, times: int, reply: ModelReply, now: float) -> None:
    for _ in range(times):
        at.callers.reply_with(reply)
    at.answerer.collect(now)


def _methods(envelopes: list[Envelope]) -> set[str | None]:
    return {method(envelope) for envelope in envelopes}


def _foreign(at: Set, texts: int = ENOUGH) -> list[Envelope]:
    """Take tickets, and reply to each with labels that nobody knows, at one second."""
    envelopes = _take(at, texts)
    _reply(at, texts, answered(FOREIGN), 1.0)
    return envelopes


def test_a_reply_without_a_known_label_waits_for_others() -> None:
    """One known label says that it was an exception: then the rules answer, finally, as they always did."""
    at = an_answerer()
    odd, other = _take(at, 2)
    _reply(at, 1, answered(FOREIGN), 1.0)
    before = (method(odd), at.answerer.holding, at.answerer.gate.undecided)
    _reply(at, 1, answered(), 2.0)

    assert before == (None, False, 1)
    assert (method(odd), method(other)) == ("RULES", "MODEL")
    assert (fields(odd)["provisional"], fields(odd)["explanation"][0]) == (False, "model.no_known_label")
    assert (odd.model_outcome, odd.attempts, odd.ready_s) == ("answered", 1, 2.0)
    assert at.answerer.waiting.live == at.answerer.gate.undecided == 0


def test_once_a_label_was_known_exceptions_are_answered_at_once() -> None:
    """A quiet topic does not wait for each of them."""
    at = an_answerer()
    _take(at, 1)
    _reply(at, 1, answered(), 1.0)
    (odd,) = _take(at, 1, first=1)
    _reply(at, 1, answered(FOREIGN), 2.0)

    assert (method(odd), fields(odd)["provisional"]) == ("RULES", False)


def test_a_lone_ticket_waits_no_longer_than_its_deadline() -> None:
    """Its answer is provisional, as nobody knows yet whether the model is the right one."""
    at = an_answerer()
    (lone,) = _take(at, 1)
    _reply(at, 1, answered(FOREIGN), 1.0)
    at.answerer.collect(DEADLINE_S)

    assert (method(lone), fields(lone)["provisional"], lone.model_outcome) == ("RULES", True, "deadline")
    assert at.answerer.waiting.live == at.answerer.gate.undecided == 0


def test_equal_texts_share_an_undecided_reply() -> None:
    """A ticket that comes while a reply waits is decided with it, and nothing is asked twice."""
    at = an_answerer()
    (odd,) = _take(at, 1)
    _reply(at, 1, answered(FOREIGN), 1.0)
    (equal,) = _take(at, 1)
    submitted = list(at.callers.submitted)
    _take(at, 1, first=1)
    _reply(at, 1, answered(), 2.0)

    assert submitted == []
    assert (method(odd), method(equal)) == ("RULES", "RULES")


def test_what_was_dropped_while_undecided_is_asked_again() -> None:
    """Its partition went; an equal text that comes later begins anew."""
    at = an_answerer()
    (odd,) = _take(at, 1)
    _reply(at, 1, answered(FOREIGN), 1.0)
    odd.dropped = True
    at.answerer.forget([odd])
    at.answerer.collect(2.0)
    _take(at, 1)

    assert len(at.callers.submitted) == 1
    assert (at.answerer.gate.undecided, at.answerer.waiting.live) == (0, 1)


def test_after_twenty_replies_nothing_is_answered_and_consumption_is_held() -> None:
    """Neither by a deadline, nor by a refusal, nor by an outage, nor by the cache."""
    outcomes: list[ModelOutcome] = ["refused", "garbled", "unavailable", "timeout", "deadline", "breaker_open"]
    at = an_answerer()
    envelopes = _foreign(at, ENOUGH + 2)
    more = _take(at, len(outcomes), first=100, entered_s=2.0)
    submitted = list(at.callers.submitted)
    at.answerer.release_held(1.0 + PROBE_S)
    for outcome in outcomes:
        at.callers.reply_with(failed(outcome))
    at.answerer.collect(10 * DEADLINE_S)

    assert at.answerer.holding
    assert submitted == []
    assert _methods(envelopes + more) == {None}
    assert at.answerer.waiting.live == ENOUGH + 2 + len(outcomes)


def test_what_the_cache_holds_of_a_model_that_became_foreign_is_forgotten() -> None:
    """The model may have been replaced under its name: its exceptions must not be answered for by the rules."""
    at = an_answerer()
    _take(at, 1)
    _reply(at, 1, answered(), 0.5)
    exceptions = _take(at, ENOUGH, first=1)
    _reply(at, ENOUGH, answered(FOREIGN), 1.0)
    again = _take(at, ENOUGH + 1)

    assert [method(envelope) for envelope in exceptions] == ["RULES"] * (ENOUGH - 1) + [None]
    assert _methods(again) == {None}


def test_probes_find_out_that_the_labels_fit_again() -> None:
    """A few texts are asked about, a pause apart; when a label is known all are asked, with new deadlines."""
    at = an_answerer()
    envelopes = _foreign(at)
    at.answerer.release_held(PROBE_S)
    too_early = len(at.callers.submitted)
    at.answerer.release_held(1.0 + PROBE_S)
    first = [pending.key for pending in at.callers.submitted]
    _reply(at, PROBES, answered(FOREIGN), 1.5 + PROBE_S)
    at.answerer.release_held(1.0 + 2 * PROBE_S)
    second = [pending.key for pending in at.callers.submitted]
    _reply(at, 1, answered(model="m-2"), 2.0 + 2 * PROBE_S)
    rest = {pending.key: pending.deadline_s for pending in at.callers.submitted}
    _reply(at, len(rest), answered(model="m-2"), 3.0 + 2 * PROBE_S)

    assert (too_early, len(first), len(second)) == (0, PROBES, PROBES)
    assert not set(first) & set(second)
    assert len(rest) == ENOUGH - 1
    assert {rest[key] for key in first} == {2.0 + 2 * PROBE_S + DEADLINE_S}
    assert _methods(envelopes) == {"MODEL"}
    assert not at.answerer.holding
    assert at.answerer.waiting.live == 0


def test_deadlines_begin_anew_when_the_labels_fit() -> None:
    """Tickets that were held for hours are not given up as late."""
    at = an_answerer()
    envelopes = _foreign(at, ENOUGH + 1)
    at.answerer.release_held(10_000.0)
    _reply(at, 1, answered(model="m-2"), 10_000.0)
    at.answerer.collect(10_000.0 + DEADLINE_S - 0.1)
    before = [method(envelope) for envelope in envelopes]
    at.answerer.collect(10_000.0 + DEADLINE_S)

    assert before.count(None) == ENOUGH
    assert {fields(envelope)["provisional"] for envelope in envelopes if method(envelope) == "RULES"} == {True}


def test_a_text_that_was_understood_before_is_a_probe() -> None:
    """Where all held texts are exceptions, it shows that the model is the right one; their answers are the rules'."""
    at = an_answerer()
    (understood,) = _take(at, 1)
    _reply(at, 1, answered(), 0.5)
    envelopes = _take(at, ENOUGH + 1, first=1)
    _reply(at, ENOUGH + 1, answered(FOREIGN), 1.0)
    at.answerer.release_held(1.0 + PROBE_S)
    asked = [pending.key for pending in at.callers.submitted]
    for key in asked:
        at.callers.reply_with(answered() if key == understood.fingerprint else answered(FOREIGN))
    at.answerer.collect(2.0 + PROBE_S)
    _reply(at, len(at.callers.submitted), answered(FOREIGN), 3.0 + PROBE_S)

    assert understood.fingerprint in asked
    assert _methods(envelopes) == {"RULES"}
    assert not at.answerer.holding


def test_consumption_goes_on_when_no_ticket_waits_any_more() -> None:
    """All partitions went to others: what they read shows whether the labels fit."""
    at = an_answerer()
    envelopes = _foreign(at)
    for envelope in envelopes:
        envelope.dropped = True
    at.answerer.forget(envelopes)
    at.answerer.collect(2.0)
    holding = at.answerer.holding
    (new,) = _take(at, 1)

    assert not holding
    assert [pending.waiting for pending in at.callers.submitted] == [[new]]


def test_queued_tickets_are_held_too() -> None:
    """They count for the twenty, stay where they are, and are answered when the labels fit."""
    at = an_answerer()
    queued = _take(at, ENOUGH, revision=1)
    _reply(at, ENOUGH, answered(FOREIGN), 1.0)
    unanswered = at.answerer.collect(10 * DEADLINE_S).unanswered
    at.answerer.release_held(10 * DEADLINE_S)
    _reply(at, 1, answered(), 10 * DEADLINE_S)
    _reply(at, ENOUGH - 1, answered(), 10 * DEADLINE_S + 1)

    assert unanswered == []
    assert _methods(queued) == {"MODEL"}


def test_undecided_tickets_keep_no_others_away() -> None:
    """They do not wait for the model: with one caller and batches of one the twenty replies come all the same."""
    at = an_answerer()
    in_flight = InFlight(at.answerer, Requeue(RequeueSchedule(30.0), Hysteresis(10), None), Window(), no_overrides())
    in_flight.add(an_envelope(number, text=str(number)) for number in range(3))
    in_flight.ask()
    _reply(at, 2, answered(FOREIGN), 1.0)

    assert (in_flight.load.records, in_flight.load.waiting, in_flight.is_held) == (3, 1, False)


def test_with_hold_a_lone_ticket_waits_until_it_is_decided() -> None:
    """ML_UNAVAILABLE=hold is rather late than provisional; consumption goes on, so that other tickets decide."""
    at = an_answerer(hold=True)
    (lone,) = _take(at, 1)
    _reply(at, 1, answered(FOREIGN), 1.0)
    at.answerer.collect(10 * DEADLINE_S)
    before = (method(lone), at.answerer.holding)
    _take(at, 1, first=1)
    _reply(at, 1, answered(), 10 * DEADLINE_S)

    assert before == (None, False)
    assert (method(lone), fields(lone)["provisional"]) == ("RULES", False)


def test_with_the_cache_off_the_same_holds() -> None:
    """Every ticket is a call of its own, also while it is undecided or held."""
    at = an_answerer(cache=0)
    envelopes = _foreign(at)
    at.answerer.release_held(1.0 + PROBE_S)
    _reply(at, 1, answered(model="m-2"), 2.0 + PROBE_S)
    _reply(at, ENOUGH - 1, answered(model="m-2"), 3.0 + PROBE_S)

    assert _methods(envelopes) == {"MODEL"}
