"""What people corrected answers tickets: those that come, and those that wait."""

import pytest

from consumer.answer.cache import AnswerCache
from consumer.answer.foreign_labels import ENOUGH
from consumer.answer.overrides import OverrideChange, Overrides
from consumer.categorizer.answerer import Answerer
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.waiting import Waiting
from tests.consumer.answer.test_overrides import DAY_MS, NOW_MS, an_override
from tests.support.answerers import DEADLINE_S, Set, encode, fields, method
from tests.support.consumer_parts import BASIS, FOREIGN, QuietCallers, an_envelope, answered, failed


def an_answerer(
    *, hold: bool = False, with_model: bool = True, days: int = 0, cache: int = 100
) -> tuple[Set, Overrides]:
    callers = QuietCallers()
    memory = Overrides(100, days)
    answerer = Answerer(
        BASIS,
        encode,
        AnswerCache(cache, 3600, lambda: 0.0),
        callers if with_model else None,
        Waiting(DEADLINE_S, endless=hold),
        hold=hold,
        overrides=memory,
    )
    return Set(answerer, callers), memory


def correct(memory: Overrides, text: str = "pay", category: str = "transfers") -> str:
    override = an_override(f"v2:{text}", category=category)
    memory.apply(OverrideChange(override.fingerprint, override))
    return override.fingerprint


def taken(at: Set, *envelopes: Envelope) -> list[Envelope]:
    for envelope in envelopes:
        envelope.received_us = NOW_MS * 1000
        at.answerer.take(envelope)
    at.answerer.dispatch()
    return list(envelopes)


def test_an_override_answers_before_the_cache() -> None:
    """A text that the cache knows is answered as people corrected it, and the model is not asked."""
    at, memory = an_answerer()
    (first,) = taken(at, an_envelope(0))
    at.callers.reply_with(answered())
    at.answerer.collect(1.0)
    (cached,) = taken(at, an_envelope(1))
    correct(memory)
    (corrected,) = taken(at, an_envelope(2))

    assert [method(each) for each in (first, cached, corrected)] == ["MODEL", "CACHE", "OVERRIDE"]
    assert (fields(corrected)["category"], corrected.model_outcome, corrected.call_id) == (
        "transfers",
        "not_asked",
        None,
    )
    assert (at.callers.submitted, at.answerer.waiting.total) == ([], 0)


def test_an_override_that_goes_leaves_the_cache_as_it_was() -> None:
    """What the model said before is the answer again."""
    at, memory = an_answerer()
    taken(at, an_envelope(0))
    at.callers.reply_with(answered())
    at.answerer.collect(1.0)
    fingerprint = correct(memory)
    memory.apply(OverrideChange(fingerprint, None))
    (again,) = taken(at, an_envelope(1))

    assert (method(again), fields(again)["category"]) == ("CACHE", "billing")


@pytest.mark.parametrize("with_model", [True, False])
def test_it_works_with_and_without_a_model(*, with_model: bool) -> None:
    """Where the rules answer alone, too; other texts are answered as ever."""
    at, memory = an_answerer(with_model=with_model)
    correct(memory)
    corrected, other = taken(at, an_envelope(0), an_envelope(1, text="other"))

    assert method(corrected) == "OVERRIDE"
    assert method(other) == (None if with_model else "RULES")


def test_a_provisional_answers_next_revision_is_what_people_corrected_meanwhile() -> None:
    """A ticket of the queue is answered by the override, and the model is not asked again."""
    at, memory = an_answerer()
    (provisional,) = taken(at, an_envelope(0))
    at.callers.reply_with(failed("unavailable"))
    at.answerer.collect(1.0)
    correct(memory)
    (queued,) = taken(at, an_envelope(0, revision=1))

    assert (method(provisional), fields(provisional)["provisional"]) == ("RULES", True)
    assert (method(queued), fields(queued)["provisional"]) == ("OVERRIDE", False)
    assert at.callers.submitted == []


def test_a_correction_answers_the_tickets_that_wait_for_the_model() -> None:
    """All of its text, at once; the reply that comes later changes nothing, and fills the cache."""
    at, memory = an_answerer()
    first, second, other = taken(at, an_envelope(0), an_envelope(1), an_envelope(2, text="other"))
    at.answerer.corrected(correct(memory), 2.0)
    answers = [method(each) for each in (first, second, other)]
    at.callers.reply_with(answered())
    at.callers.reply_with(answered())
    at.answerer.collect(3.0)

    assert answers == ["OVERRIDE", "OVERRIDE", None]
    assert [method(each) for each in (first, second, other)] == ["OVERRIDE", "OVERRIDE", "MODEL"]
    assert (first.queue_us + first.lookup_us, first.ready_s, at.answerer.waiting.total) == (2_000_000, 2.0, 0)
    assert at.answerer.finished() == [first, second, other]


def test_what_was_answered_before_the_correction_stays() -> None:
    """The reply came first: that is the answer."""
    at, memory = an_answerer()
    (envelope,) = taken(at, an_envelope(0))
    at.callers.reply_with(answered())
    at.answerer.collect(1.0)
    at.answerer.corrected(correct(memory), 2.0)

    assert (method(envelope), at.answerer.finished()) == ("MODEL", [envelope])


def test_tickets_that_are_held_are_answered_by_a_correction() -> None:
    """With ML_UNAVAILABLE=hold nobody else would answer them for as long as the model is down."""
    at, memory = an_answerer(hold=True)
    held, other = taken(at, an_envelope(0), an_envelope(1, text="other"))
    at.callers.reply_with(failed("unavailable"))
    at.callers.reply_with(failed("unavailable"))
    at.answerer.collect(1.0)
    at.answerer.corrected(correct(memory), 2.0)
    before = [method(each) for each in (held, other)]
    at.answerer.release_held(3.0)
    at.callers.reply_with(answered())
    at.callers.reply_with(answered())
    at.answerer.collect(4.0)

    assert before == ["OVERRIDE", None]
    assert ([method(each) for each in (held, other)], at.answerer.holding) == (["OVERRIDE", "MODEL"], False)


def test_overrides_answer_while_the_model_speaks_of_another_taxonomy() -> None:
    """People named the taxonomy's own categories: what comes, and what is held, is answered by them."""
    at, memory = an_answerer()
    held = taken(at, *(an_envelope(number, text=str(number)) for number in range(ENOUGH)))
    for _ in range(ENOUGH):
        at.callers.reply_with(answered(FOREIGN))
    at.answerer.collect(1.0)
    at.answerer.corrected(correct(memory, "0"), 2.0)
    correct(memory, "new")
    (new,) = taken(at, an_envelope(100, text="new"))

    assert at.answerer.gate.foreign
    assert [method(each) for each in (held[0], held[1], new)] == ["OVERRIDE", None, "OVERRIDE"]
    assert at.answerer.waiting.total == ENOUGH - 1


def test_without_a_cache_a_correction_answers_what_comes_next() -> None:
    """Equal texts share nothing then: those that wait for the model get its answer."""
    at, memory = an_answerer(cache=0)
    (waits,) = taken(at, an_envelope(0))
    at.answerer.corrected(correct(memory), 1.0)
    (comes,) = taken(at, an_envelope(1))

    assert [method(each) for each in (waits, comes)] == [None, "OVERRIDE"]


def test_a_dropped_ticket_is_not_answered() -> None:
    """Its partition is another worker's: nothing may come of it here."""
    at, memory = an_answerer()
    (envelope,) = taken(at, an_envelope(0))
    envelope.dropped = True
    at.answerer.forget([envelope])
    at.answerer.corrected(correct(memory), 1.0)

    assert (envelope.outcome, at.answerer.waiting.total) == (None, 0)


def test_labels_that_the_taxonomy_does_not_know_answer_nothing() -> None:
    """The model is asked as if nobody had corrected anything."""
    at, memory = an_answerer()
    at.answerer.corrected(correct(memory, category="never_heard_of"), 0.0)
    (envelope,) = taken(at, an_envelope(0))
    at.callers.reply_with(answered())
    at.answerer.collect(1.0)

    assert method(envelope) == "MODEL"


def test_an_old_correction_answers_nothing_more() -> None:
    """OVERRIDES_DAYS count back from when the ticket was read."""
    at, memory = an_answerer(days=1)
    correct(memory)
    fresh, late = an_envelope(0), an_envelope(1, text="pay")
    taken(at, fresh)
    late.received_us = (NOW_MS + DAY_MS + 1) * 1000
    at.answerer.take(late)

    assert [method(each) for each in (fresh, late)] == ["OVERRIDE", None]


def test_the_look_up_is_measured() -> None:
    """`lookup_us` holds the making of the answer; the rules took no time."""
    at, memory = an_answerer()
    correct(memory)
    envelope = an_envelope(0)
    envelope.lookup_us = 1_000_000
    taken(at, envelope)

    assert 1_000_000 <= envelope.lookup_us < 2_000_000
    assert (envelope.rules_us, envelope.queue_us) == (0, 0)
