"""Overrides that change at any moment, on a broker in memory."""

from collections.abc import Callable

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from consumer.model.types import ModelReply
from tests.sim import override_mutants
from tests.sim.broker import Clock
from tests.sim.categorizer import TEXTS, CategorizerUniverse
from tests.sim.line import Mishap, Request
from tests.sim.machine import STRATEGIES, Comings, Life, Troubles, lives, names
from tests.sim.moments import Moments, moments_of
from tests.sim.process import Make
from tests.sim.universe import NAMES
from tests.support.consumer_parts import answered, failed
from tests.support.rawlog import Fate

texts = st.integers(0, len(TEXTS) - 1)
categories = st.sampled_from(["account", "transfers", None])
ends = st.sampled_from([Fate.COMMITTED, Fate.COMMITTED, Fate.ABORTED, Fate.PENDING])
replies = st.sampled_from([answered(), answered(), failed("unavailable")])


class Correcting(Troubles):
    """People correct and retire, while requests go wrong, and tickets with the same few texts come."""

    universe: CategorizerUniverse

    def new_universe(self, strategy: str) -> CategorizerUniverse:
        return CategorizerUniverse(self.clock, self.moments, self.make, strategy)

    @rule(text=texts, category=categories, end=ends)
    def correct(self, text: int, category: str | None, end: Fate) -> None:
        self.universe.correct(text, category, end)

    @rule(end=st.sampled_from([Fate.COMMITTED, Fate.ABORTED]))
    def the_open_transaction_ends(self, end: Fate) -> None:
        self.universe.corrections.end(end)

    @rule(number=st.integers(1, 4), text=texts)
    def publish_more_of_a_text(self, number: int, text: int) -> None:
        for _ in range(number):
            self.universe.publish(text)

    @rule(number=st.integers(1, 6), reply=replies)
    def everybody_works(self, number: int, reply: ModelReply) -> None:
        self.universe.everybody_is_answered(number, reply)

    @rule(name=names, text=texts)
    def dies(self, name: str, text: int) -> None:
        self.universe.kill(name)
        self.universe.start(name)
        self.universe.publish(text)


class Everything(Correcting, Comings):
    """The same, while processes come and go at any time."""


NOTICED = [
    override_mutants.answers_before_all_are_loaded,
    override_mutants.follows_nothing,
    override_mutants.reads_uncommitted_records,
    override_mutants.forgets_retirements,
    override_mutants.keeps_the_first,
]


@pytest.mark.parametrize("life", [Correcting, Everything])
def test_each_record_is_answered_once_by_what_stood(life: type[Life], virtual: Clock, moments: Moments) -> None:
    """By an override that stood between its publication and its commit, or by the model where none did."""
    lives(life, virtual, moments, Make(), 40, 30)


@pytest.mark.parametrize("mutant", NOTICED, ids=lambda part: part.__name__)
def test_a_mistake_with_overrides_is_noticed(mutant: Callable[[], Make], virtual: Clock, moments: Moments) -> None:
    """The test above is no formality."""
    with pytest.raises(AssertionError):
        lives(Correcting, virtual, moments, mutant(), 200, 20)


@pytest.mark.parametrize("moment", moments_of("categorizer", "kafka"))
def test_a_death_at_each_moment_while_people_correct_breaks_nothing(
    virtual: Clock, moments: Moments, moment: str
) -> None:
    """Killed there while overrides come and go; the next process knows what stands."""
    universe = CategorizerUniverse(virtual, moments, Make(), STRATEGIES[0])
    universe.works_on()
    for hits, category in ((1, "account"), (2, None), (3, "transfers")):
        moments.set(moment, hits)
        # The group notices a death ten seconds later.
        for _ in range(12):
            # The model goes on to answer the first text.
            universe.correct(1 + hits % 2, category, Fate.COMMITTED)
            universe.publish(1 + hits % 2)
            universe.start(NAMES[0])
            universe.works_on()
            universe.check()
            universe.leave(NAMES[1])
            universe.start(NAMES[1])
            if not moments.hits:
                break
        assert moments.hits == 0, f"nobody came to {moment} {hits} times"
    universe.come_to_rest()


def test_a_worker_waits_for_a_correction_that_is_not_committed_yet(virtual: Clock, moments: Moments) -> None:
    """A start reads up to where the log ends: the answer is that of the correction, whose transaction was open."""
    universe = CategorizerUniverse(virtual, moments, Make(), STRATEGIES[0])
    universe.everybody_works(20)
    for name in NAMES:
        universe.leave(name)
    universe.correct(0, "transfers", Fate.COMMITTED)
    universe.correct(1, "account", Fate.PENDING)
    universe.publish(0)
    for name in NAMES:
        universe.start(name)
    universe.come_to_rest()
    first = min(universe.answers(), key=lambda answer: answer["ticket_id"])

    assert (first["method"], first["category"], first["model"]) == ("OVERRIDE", "transfers", None)


@pytest.mark.parametrize("request_of", [Request.PRODUCE, Request.OFFSETS, Request.END])
@pytest.mark.parametrize("mishap", Mishap)
def test_an_override_that_changes_while_an_answer_is_in_doubt_answers_nothing_twice(
    request_of: Request, mishap: Mishap, virtual: Clock, moments: Moments
) -> None:
    """What was committed stays, and what was not is answered by what stands then."""
    universe = CategorizerUniverse(virtual, moments, Make(), STRATEGIES[0])
    universe.correct(0, "account", Fate.COMMITTED)
    universe.everybody_works(20)
    for _ in range(6):
        universe.publish(0)
    universe.befalls(NAMES[0], request_of, mishap, 1)
    universe.turn(NAMES[0])
    universe.correct(0, "transfers", Fate.COMMITTED)
    universe.everybody_works(3)
    universe.come_to_rest()

    assert universe.broken(lossless=True) == []
