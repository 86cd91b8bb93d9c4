"""The answerer under every order of tickets, replies, drops and deadlines."""

from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.answer.cache import Answer
from consumer.answer.foreign_labels import ENOUGH
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.model_callers import PendingText
from consumer.model.types import ModelReply
from tests.support.answerers import DEADLINE_S, alive, an_answerer
from tests.support.consumer_parts import FOREIGN, an_envelope, answered, failed

PROBE_S = 30.0
PROVISIONAL = {"breaker_open", "unavailable", "timeout", "deadline"}
REPLIES = [
    answered(),
    failed("refused"),
    failed("garbled"),
    failed("breaker_open"),
    failed("unavailable"),
    failed("timeout"),
    failed("deadline"),
    answered(FOREIGN),
    answered(FOREIGN, "m-2"),
]

# What may happen to an answerer, by the method of `Use` that does it, with its arguments.
steps = st.lists(
    st.tuples(st.just("take"), st.sampled_from("abc"), st.integers(0, 1))
    | st.tuples(st.just("reply_with"), st.sampled_from(REPLIES), st.integers(0, 5))
    | st.tuples(st.just("collect"), st.booleans())
    | st.tuples(st.just("wait"), st.sampled_from([0.1, 10.0, DEADLINE_S]))
    | st.tuples(st.just("revoke"), st.integers(2, 4))
    | st.tuples(st.just("speak"), st.sampled_from([answered(), answered(FOREIGN)]))
    | st.tuples(st.just("release")),
    min_size=15,
    max_size=60,
)


class Use:
    """A answerer used as the categorizer uses it, and all envelopes that it was given."""

    def __init__(self, *, hold: bool, cache: int) -> None:
        self.answerer, self.callers = an_answerer(hold=hold, cache=cache)
        self.hold = hold
        self.now = 0.0
        self.envelopes: list[Envelope] = []
        # Of all that waited when the labels became foreign, deadlines begin anew when they fit.
        self.fit_since = 0.0
        self.known = False

    def take(self, text: str, revision: int) -> None:
        envelope = an_envelope(len(self.envelopes), text=text, entered_s=self.now, revision=revision)
        self.envelopes.append(envelope)
        self.answerer.take(envelope)
        self.answerer.dispatch()

    def reply_with(self, reply: ModelReply, place: int) -> None:
        if self.callers.submitted:
            self.callers.reply_with(reply, place % len(self.callers.submitted))
            self.known |= reply == answered()

    def speak(self, reply: ModelReply) -> None:
        """The model answers more tickets in a row than it takes to decide about its labels."""
        for number in range(ENOUGH + 1):
            self.take(f"{len(self.envelopes)} {number}", 0)
            self.reply_with(reply, -1)
        self.collect(settles=True)

    def collect(self, settles: bool) -> None:  # noqa: FBT001 - drawn by position
        was_foreign, before = self.answerer.gate.foreign, self._by_the_rules()
        unanswered = self.answerer.collect(self.now).unanswered
        if was_foreign and not self.known:
            assert self._by_the_rules() == before
            assert not unanswered
        elif was_foreign:
            self.fit_since = self.now
        self.known = False

        assert len({id(envelope) for envelope in unanswered}) == len(unanswered)
        assert all(envelope.revision and envelope.outcome is None and not envelope.dropped for envelope in unanswered)
        assert not (self.hold and unanswered)
        for envelope in unanswered if settles else ():
            self.answerer.answer_finally(envelope, self.now)
        self._drop([envelope for envelope in unanswered if envelope.outcome is None])
        self.answerer.dispatch()

        assert (
            self.hold
            or self.answerer.gate.foreign
            or all(max(envelope.entered_s, self.fit_since) + DEADLINE_S > self.now for envelope in self.undecided())
        )

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def revoke(self, every: int) -> None:
        self._drop([envelope for envelope in self.envelopes[::every] if not envelope.dropped])

    def release(self) -> None:
        self.answerer.release_held(self.now)

    def finish(self) -> None:
        """Let the model answer until no text is asked any more; one reply more decides those that are undecided."""
        self.take("the last", 0)
        for _ in range(4):
            self.now += PROBE_S
            self.answerer.release_held(self.now)
            while self.callers.submitted:
                self.reply_with(answered(), 0)
            self.collect(settles=False)

    def _by_the_rules(self) -> int:
        outcomes = [envelope.outcome for envelope in self.envelopes]
        return sum(isinstance(outcome, Answer) and outcome.method == "RULES" for outcome in outcomes)

    def undecided(self) -> list[Envelope]:
        return [envelope for envelope in self.envelopes if envelope.outcome is None and not envelope.dropped]

    def _drop(self, envelopes: list[Envelope]) -> None:
        for envelope in envelopes:
            envelope.dropped = True
        self.answerer.forget(envelopes)


@settings(max_examples=90)
@given(steps, st.booleans(), st.sampled_from([0, 1, 50]))
def test_the_answerer_under_every_order(moves: list[tuple[object, ...]], hold: bool, cache: int) -> None:  # noqa: FBT001
    """The counters count waiting tickets, provisional answers are what they should be, and all ends well."""
    use = Use(hold=hold, cache=cache)
    for name, *arguments in moves:
        getattr(use, str(name))(*arguments)
        undecided = use.undecided()

        assert use.answerer.waiting.live == sum(not envelope.revision for envelope in undecided)
        assert use.answerer.waiting.requeued == sum(bool(envelope.revision) for envelope in undecided)
        assert all(
            _is_sound(envelope, envelope.outcome, hold=hold)
            for envelope in use.envelopes
            if isinstance(envelope.outcome, Answer)
        )
    use.finish()

    assert not use.undecided()
    assert alive(PendingText) == 0


def _is_sound(envelope: Envelope, answer: Answer, *, hold: bool) -> bool:
    """An answer is provisional exactly if a new ticket's model could not be asked, and then it is the rules'."""
    if answer.provisional:
        return answer.method == "RULES" and not envelope.revision and not hold and envelope.model_outcome in PROVISIONAL
    final = {"refused", "garbled"}
    if b"model.no_known_label" in answer.encoded:
        # Also of a text in the cache.
        final |= {"answered", "not_asked"}
    return answer.method != "RULES" or envelope.revision > 0 or envelope.model_outcome in final
