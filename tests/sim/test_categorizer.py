"""The categorizer on a broker in memory, under every order of what may happen to it."""

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from consumer.model.types import ModelReply
from tests.sim import mutants, overtaking_mutants
from tests.sim.broker import Clock
from tests.sim.categorizer import PARTITIONS, CategorizerUniverse
from tests.sim.line import Mishap, Request
from tests.sim.machine import STRATEGIES, Comings, Life, Troubles, lives, names
from tests.sim.moments import Moments, moments_of
from tests.sim.process import Make
from tests.sim.universe import NAMES
from tests.support.consumer_parts import FOREIGN, answered, failed

replies = st.sampled_from(
    [answered(), answered(), failed("unavailable"), failed("refused"), answered(FOREIGN), answered(FOREIGN, "m-2")]
)


class Answering(Troubles):
    """Categorizers, whose requests go wrong."""

    universe: CategorizerUniverse

    def new_universe(self, strategy: str) -> CategorizerUniverse:
        return CategorizerUniverse(self.clock, self.moments, self.make, strategy)

    @rule(number=st.integers(1, 6), reply=replies)
    def everybody_works(self, number: int, reply: ModelReply) -> None:
        self.universe.everybody_is_answered(number, reply)


class Doubts(Answering):
    """Transactions whose outcome is not known, or that seem to be slow."""

    @rule(
        name=names,
        mishap=st.sampled_from([Mishap.LATE, Mishap.SILENCE_AFTER, Mishap.SILENCE_BEFORE]),
        late_by=st.integers(1, 2),
    )
    def end_befalls(self, name: str, mishap: Mishap, late_by: int) -> None:
        self.befalls(name, Request.END, mishap, late_by)

    @rule(partition=st.integers(0, PARTITIONS - 1))
    def publish_garbage(self, partition: int) -> None:
        self.universe.publish_garbage(partition)


class Deaths(Answering):
    """Workers are killed while some of what they have read is not answered."""

    @rule(name=names, turns=st.integers(1, 3), most=st.integers(1, 4))
    def dies_with_tickets_in_hand(self, name: str, turns: int, most: int) -> None:
        for _ in range(turns):
            self.publish(3)
            self.universe.turn(name)
            self.universe.wait(self.universe.turn_s)
        self.universe.reply_with(name, most, answered())
        for _ in range(turns):
            self.universe.turn(name)
            self.universe.wait(self.universe.turn_s)
        self.universe.kill(name)
        self.universe.start(name)


class Overtaking(Doubts):
    """Answers come out of order, and workers die or end while some of what they have read is not answered."""

    @rule(
        name=names,
        more=st.lists(st.booleans(), min_size=1, max_size=6),
        places=st.lists(st.integers(0, 5), min_size=1, max_size=4),
        dies=st.booleans(),
    )
    def answers_overtake(self, name: str, more: list[bool], places: list[int], *, dies: bool) -> None:
        for of_last in more:
            if of_last:
                self.universe.publish_more_of_a_ticket()
            else:
                self.universe.publish()
        for place in (None, *places, None):
            if place is not None:
                self.universe.reply_at(name, place)
            self.universe.turn(name)
            self.universe.wait(self.universe.turn_s)
        if dies:
            self.universe.kill(name)
            self.universe.start(name)


class Happenings(Answering, Comings):
    """Everything that may happen, at any time."""

    @rule(back=st.integers(0, 5))
    def publish_again(self, back: int) -> None:
        self.universe.publish_again(back)

    @rule(partition=st.integers(0, PARTITIONS - 1))
    def publish_garbage(self, partition: int) -> None:
        self.universe.publish_garbage(partition)

    @rule()
    def publish_more_of_a_ticket(self) -> None:
        self.universe.publish_more_of_a_ticket()

    @rule(name=names, place=st.integers(0, 5))
    def reply_at(self, name: str, place: int) -> None:
        self.universe.reply_at(name, place)

    @rule(name=names, most=st.integers(1, 4), reply=replies)
    def reply_with(self, name: str, most: int, reply: ModelReply) -> None:
        self.universe.reply_with(name, most, reply)


NOTICED_BY: dict[Callable[[], Make], type[Life]] = {
    mutants.commits_before_producing: Answering,
    mutants.commits_the_consumers_position: Deaths,
    mutants.takes_doubt_for_failure: Doubts,
    mutants.takes_doubt_for_success: Doubts,
    mutants.keeps_its_producer: Doubts,
    mutants.remembers_its_generation: Answering,
    mutants.keeps_what_others_have: Happenings,
    overtaking_mutants.notes_no_overtaker: Overtaking,
    overtaking_mutants.notes_before_the_transaction: Overtaking,
    overtaking_mutants.writes_over_earlier_notes: Overtaking,
    overtaking_mutants.shifts_notes_by_one: Overtaking,
    overtaking_mutants.flips_a_bit_of_notes: Overtaking,
    overtaking_mutants.commits_the_record_that_is_waited_for: Overtaking,
    overtaking_mutants.reads_the_notes_of_another_partition: Overtaking,
    overtaking_mutants.reads_no_notes: Overtaking,
    overtaking_mutants.swaps_records_of_a_ticket: Overtaking,
}


def test_nothing_that_happens_breaks_the_promise(virtual: Clock, moments: Moments) -> None:
    """After every step what is committed is as promised, and in the end everything is answered."""
    lives(Happenings, virtual, moments, Make(), 40, 30)


def test_answers_that_overtake_break_no_promise(virtual: Clock, moments: Moments) -> None:
    """Whatever dies or is in doubt, no record is answered twice, and none before an earlier one of its ticket."""
    lives(Overtaking, virtual, moments, Make(), 40, 30)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_foreign_labels_hold_consumption_until_they_fit(virtual: Clock, moments: Moments, strategy: str) -> None:
    """Consumption stops, also after deaths, until a label is known; the model has the last word on each ticket.

    After a death records are read one by one. Twenty replies then take longer than a deadline: those few tickets get
    provisional answers.
    """
    universe = CategorizerUniverse(virtual, moments, Make(), strategy)
    universe.everybody_works(20)
    for name in NAMES * 2:
        for _ in range(90):
            universe.publish()
        universe.everybody_is_answered(30, answered(FOREIGN))
        # Longer than any deadline.
        universe.wait(20.0)
        universe.everybody_is_answered(10, answered(FOREIGN))
        universe.kill(name)
        universe.start(name)
    before = universe.answers()
    universe.come_to_rest()
    last = {answer["ticket_id"]: answer for answer in universe.answers()}

    assert len(before) < 20
    assert all(answer["provisional"] for answer in before)
    assert len(last) >= 4 * 90
    assert {(answer["method"], answer["provisional"]) for answer in last.values()} == {("MODEL", False)}


def test_no_ticket_is_answered_while_no_label_is_known(virtual: Clock, moments: Moments) -> None:
    """Nothing is committed beyond an offset of a ticket that the rules would have answered, however long it takes."""
    universe = CategorizerUniverse(virtual, moments, Make(), STRATEGIES[0])
    universe.everybody_works(20)
    for _ in range(400):
        universe.publish()
    universe.everybody_is_answered(30, answered(FOREIGN))
    universe.wait(100.0)
    universe.everybody_is_answered(30, answered(FOREIGN))
    before = universe.answers()
    universe.come_to_rest()

    assert before == []
    assert {(answer["method"], answer["revision"]) for answer in universe.answers()} == {("MODEL", 0)}
    assert len(universe.answers()) >= 400


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_mishap_of_each_request_alone_breaks_nothing(virtual: Clock, moments: Moments, strategy: str) -> None:
    """One by one, each in a universe of its own: nothing is lost or doubled, and everything goes on."""
    for request, mishap, late_by in product(Request, Mishap, (1, 2, 3)):
        if late_by > 1 and "LATE" not in mishap.name:
            continue
        universe = CategorizerUniverse(virtual, moments, Make(), strategy)
        universe.befalls(NAMES[0], request, mishap, late_by)
        universe.works_on()
        universe.check()
        universe.come_to_rest()


@pytest.mark.parametrize("moment", moments_of("categorizer", "kafka"))
def test_a_death_at_each_moment_breaks_nothing(virtual: Clock, moments: Moments, moment: str) -> None:
    """Killed there the first time, the second and the seventh."""
    for hits in (1, 2, 7):
        universe = CategorizerUniverse(virtual, moments, Make(), STRATEGIES[0])
        universe.works_on()
        moments.set(moment, hits)
        for _ in range(8):
            if not moments.hits:
                break
            universe.start(NAMES[0])
            universe.works_on()
            universe.check()
            universe.leave(NAMES[1])
            universe.start(NAMES[1])
        assert moments.hits == 0, f"nobody came to {moment} {hits} times"
        universe.come_to_rest()


@pytest.mark.long
@pytest.mark.delivery
@pytest.mark.exhaustive
@pytest.mark.timeout(1800)
def test_nothing_breaks_the_promise_in_many_more_lives(virtual: Clock, moments: Moments) -> None:
    """The same, for longer."""
    lives(Happenings, virtual, moments, Make(), 1500, 60)


@pytest.mark.parametrize(("mutant", "machine"), NOTICED_BY.items(), ids=lambda part: part.__name__)
def test_a_classic_mistake_is_noticed(
    mutant: Callable[[], Make], machine: type[Life], virtual: Clock, moments: Moments
) -> None:
    """With any of them something is found to be wrong."""
    with pytest.raises(AssertionError):
        lives(machine, virtual, moments, mutant(), 200, 20)
