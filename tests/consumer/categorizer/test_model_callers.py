"""The callers that ask the model."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.categorizer.model_callers import Model, ModelCallers, PendingText, TextReply
from consumer.model.types import ModelReply, ModelTicket
from tests.support.consumer_parts import FINISHED, ScriptedModel, an_envelope, answered
from tests.support.waiting import until

Make = Callable[..., ModelCallers]


@pytest.fixture
def callers() -> Iterator[Make]:
    """Makes callers, and closes them after the test; an error that nobody foresaw fails it unless it is asked for."""
    made: list[ModelCallers] = []
    unforeseen: list[Exception] = []

    def make(
        model: Model, concurrency: int = 1, batch_size: int = 4, errors: list[Exception] | None = None
    ) -> ModelCallers:
        told = (unforeseen if errors is None else errors).append
        made.append(ModelCallers(model, concurrency=concurrency, batch_size=batch_size, on_unforeseen=told))
        return made[-1]

    yield make
    for each in made:
        each.close()
    assert not unforeseen


def _pending_text(text: str, *, requeued: bool = False, deadline_s: float = 100.0) -> PendingText:
    envelope = an_envelope(text=text, revision=int(requeued))
    return PendingText(envelope.fingerprint, ModelTicket(text, ""), envelope, deadline_s, requeued=requeued)


def _replies(callers: ModelCallers, number: int) -> list[TextReply]:
    found: list[TextReply] = []

    def enough() -> bool:
        found.extend(callers.collect())
        return len(found) >= number

    until(enough)
    return found


def test_each_text_gets_its_own_reply(callers: Make) -> None:
    """Whatever batches they travel in, the reply to a text comes back to the text that carries it."""
    model = ScriptedModel(lambda ticket: answered(model=ticket.subject))
    several = callers(model, 3)
    texts = [_pending_text(str(number)) for number in range(50)]
    for start in range(0, 50, 7):
        several.submit(texts[start : start + 7])
    replies = _replies(several, 50)

    assert len(replies) == 50
    assert {id(each.pending) for each in replies} == {id(pending) for pending in texts}
    assert all(each.reply.model == each.pending.ticket.subject for each in replies)


def test_a_free_caller_takes_what_waits_up_to_a_batch(callers: Make) -> None:
    """Nobody waits for a batch to fill, and no call carries more than a batch."""
    model = ScriptedModel()
    model.let.clear()
    one = callers(model)
    one.submit([_pending_text("first")])
    until(lambda: model.calls)
    one.submit([_pending_text(str(number)) for number in range(6)])
    model.let.set()
    _replies(one, 7)

    assert [len(call) for call in model.calls] == [1, 4, 2]


def test_a_call_has_the_latest_deadline_and_the_first_trace_of_its_batch(callers: Make) -> None:
    """Each ticket's own deadline is kept by the answerer; the call may use the time of the one that has most."""
    model = ScriptedModel()
    model.let.clear()
    one = callers(model)
    one.submit([_pending_text("first")])
    until(lambda: model.calls)
    traced = _pending_text("a", deadline_s=7.0)
    traced.traceparent = "00-trace-01"
    one.submit([traced, _pending_text("b", deadline_s=9.0)])
    model.let.set()
    _replies(one, 3)

    assert (model.deadlines[1], model.traceparents[1]) == (9.0, "00-trace-01")


def test_nobody_is_asked_about_what_nobody_waits_for(callers: Make) -> None:
    """A text whose envelopes were dropped or answered before its turn comes back as given up, without a call."""
    model = ScriptedModel()
    model.let.clear()
    one = callers(model)
    one.submit([_pending_text("first")])
    until(lambda: model.calls)
    dropped, expired, wanted = _pending_text("dropped"), _pending_text("expired"), _pending_text("wanted")
    one.submit([dropped, expired, wanted])
    dropped.waiters[0].dropped = True
    expired.waiters[0].outcome = FINISHED
    model.let.set()
    replies = _replies(one, 4)

    assert model.asked == ["first", "wanted"]
    assert {each.pending.key: each.reply.outcome for each in replies} == {
        "v2:first": "answered",
        "v2:dropped": "deadline",
        "v2:expired": "deadline",
        "v2:wanted": "answered",
    }


def test_a_follower_keeps_a_text_wanted(callers: Make) -> None:
    """The leader's partition may be revoked: those who share its call lose nothing."""
    model = ScriptedModel()
    model.let.clear()
    one = callers(model)
    one.submit([_pending_text("first")])
    until(lambda: model.calls)
    shared = _pending_text("shared", deadline_s=5.0)
    one.submit([shared])
    shared.join(an_envelope(1, text="shared"), 8.0)
    shared.waiters[0].dropped = True
    model.let.set()
    _replies(one, 2)

    assert model.asked == ["first", "shared"]
    assert model.deadlines[1] == 8.0


def test_a_fifth_of_the_callers_heals(callers: Make) -> None:
    """However many tickets of the queue wait, the other callers stay free for new ones."""
    model = ScriptedModel()
    model.let.clear()
    ten = callers(model, 10, 1)
    ten.submit([_pending_text(f"old {number}", requeued=True) for number in range(20)])
    until(lambda: model.at_once == 2)
    ten.submit([_pending_text(f"new {number}") for number in range(8)])
    until(lambda: model.at_once == 10)
    model.let.set()
    _replies(ten, 28)

    assert sorted(model.asked[:2]) == ["old 0", "old 1"]
    assert all(text.startswith("new") for text in model.asked[2:10])
    assert model.most_at_once == 10


@pytest.mark.parametrize("concurrency", [1, 3, 4])
def test_few_callers_heal_with_every_fifth_call(callers: Make, concurrency: int) -> None:
    """Where a fifth of the callers is less than one, new tickets still get four calls of five while they wait."""
    model = ScriptedModel()
    model.let.clear()
    few = callers(model, concurrency, 1)
    few.submit([_pending_text("busy") for _ in range(concurrency)])
    until(lambda: model.at_once == concurrency)
    few.submit([_pending_text("old", requeued=True) for _ in range(20)] + [_pending_text("new") for _ in range(40)])
    model.let.set()
    _replies(few, 60 + concurrency)
    while_both_waited = model.asked[concurrency : concurrency + 40]

    # Several callers may be told apart from their turns by one call.
    assert 7 <= while_both_waited.count("old") <= 9


def test_the_queue_alone_gets_no_more_than_its_share_at_once(callers: Make) -> None:
    """With nothing else to do, healing goes on as fast as its callers allow, and uses no more of them."""
    model = ScriptedModel()
    ten = callers(model, 10, 1)
    ten.submit([_pending_text(str(number), requeued=True) for number in range(200)])
    _replies(ten, 200)

    assert model.most_at_once <= 2


def test_old_and_new_tickets_submitted_together_do_not_wait_for_each_other(callers: Make) -> None:
    """One submission of both kinds makes two batches, which need two callers."""
    model = ScriptedModel()
    model.let.clear()
    several = callers(model, 8)
    several.submit([_pending_text("old", requeued=True), _pending_text("new")])

    until(lambda: model.at_once == 2, timeout_s=2)
    model.let.set()


def test_an_unforeseen_error_gives_its_tickets_back(callers: Make) -> None:
    """A caller that trips over a fault of ours tells it, replies unavailable and goes on with the next batch."""
    errors: list[Exception] = []
    fault = RuntimeError("ours")

    def reply(ticket: ModelTicket) -> ModelReply:
        if ticket.subject == "bad":
            raise fault
        return answered()

    one = callers(ScriptedModel(reply), 1, 1, errors)
    one.submit([_pending_text("bad"), _pending_text("good")])
    replies = _replies(one, 2)

    assert [each.reply.outcome for each in replies] == ["unavailable", "answered"]
    assert errors == [fault]


def test_a_model_that_forgets_a_ticket_loses_none(callers: Make) -> None:
    """Fewer replies than tickets are a fault like any other: the whole batch comes back unanswered."""
    errors: list[Exception] = []

    class Forgetful(ScriptedModel):
        def ask(self, *asked: object, **named: object) -> list[ModelReply]:
            assert asked
            assert named
            return []

    one = callers(Forgetful(), 1, 4, errors)
    one.submit([_pending_text("a", requeued=True), _pending_text("b", requeued=True)])
    one.submit([_pending_text("c", requeued=True)])
    replies = _replies(one, 3)

    assert {each.reply.outcome for each in replies} == {"unavailable"}
    assert all(isinstance(error, ValueError) for error in errors)


def test_closing_lets_calls_under_way_end_and_begins_no_more(callers: Make) -> None:
    """After close the threads end by themselves and what waited is never asked."""
    model = ScriptedModel()
    model.let.clear()
    before = set(threading.enumerate())
    one = callers(model)
    threads = set(threading.enumerate()) - before
    one.submit([_pending_text("first")])
    until(lambda: model.calls)
    one.submit([_pending_text("second")])
    one.close()
    model.let.set()
    for thread in threads:
        thread.join(5)

    assert model.asked == ["first"]
    assert threads
    assert not any(thread.is_alive() for thread in threads)


submissions = st.lists(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=12), min_size=1)


@settings(max_examples=25)
@given(submissions, st.integers(1, 6), st.integers(1, 5))
def test_every_text_gets_exactly_one_reply(
    rounds: list[list[tuple[bool, bool]]], concurrency: int, batch_size: int
) -> None:
    """However submissions, drops and callers interleave, each text comes back, and comes back once."""
    errors: list[Exception] = []
    model = ScriptedModel()
    several = ModelCallers(model, concurrency=concurrency, batch_size=batch_size, on_unforeseen=errors.append)
    texts: list[PendingText] = []
    for submission in rounds:
        new = [_pending_text("text", requeued=requeued) for requeued, _ in submission]
        several.submit(new)
        for pending, (_, dropped) in zip(new, submission, strict=True):
            pending.waiters[0].dropped = dropped
        texts += new
    replies = _replies(several, len(texts))
    several.close()

    assert sorted(id(each.pending) for each in replies) == sorted(map(id, texts))
    assert not errors
    assert not several.collect()


def test_a_reply_says_when_its_call_began(callers: Make) -> None:
    """The time before the call is time in the queue, by the monotonic clock."""
    model = ScriptedModel()
    one = callers(model)
    before_s = time.monotonic()
    one.submit([_pending_text("a")])
    replies = _replies(one, 1)

    assert before_s <= replies[0].began_s <= time.monotonic()


def test_replies_to_large_texts_come_over_several_turns(callers: Make) -> None:
    """Where the model fails the rules answer each of them, which takes milliseconds."""
    several = callers(ScriptedModel(), 1)
    texts = [_pending_text(str(number)) for number in range(20)]
    for pending in texts:
        pending.ticket = ModelTicket("", "declined " * 25_000)
    several.submit(texts)
    turns: list[int] = []

    def all_came() -> bool:
        turns.append(len(several.collect()))
        return sum(turns) == 20

    until(all_came)

    assert max(turns) < 10
