"""Answers that overtake, on a broker in memory, where a scenario is needed that random lives seldom come to."""

from collections.abc import Callable

import pytest

from consumer.categorizer.digest_ring import digest
from consumer.categorizer.repeats import Page
from tests.sim import overtaking_mutants
from tests.sim.broker import Clock
from tests.sim.categorizer import PARTITIONS, TOPICS, CategorizerUniverse, Pages
from tests.sim.group import SESSION_S
from tests.sim.line import Mishap, Request
from tests.sim.log import Sent
from tests.sim.machine import STRATEGIES
from tests.sim.moments import Moments
from tests.sim.process import Make
from tests.sim.universe import NAMES


def overtakers_befalls(virtual: Clock, moments: Moments, make: Make, request: Request, mishap: Mishap) -> list[str]:
    """What is wrong when this happens to a transaction in which no offset moves."""
    universe = CategorizerUniverse(virtual, moments, make, STRATEGIES[0])
    universe.everybody_works(20)
    universe.works_on()
    for _ in range(12):
        universe.publish()
    universe.turn(NAMES[0])
    universe.answer_all_but_the_first(NAMES[0])
    universe.befalls(NAMES[0], request, mishap, 1)
    for _ in range(2):
        universe.turn(NAMES[0])
        universe.wait(universe.turn_s)
    universe.come_to_rest()
    return universe.broken(lossless=True)


@pytest.mark.parametrize("mishap", Mishap)
@pytest.mark.parametrize("request_of", [Request.PRODUCE, Request.OFFSETS, Request.END])
def test_whatever_happens_to_overtakers_all_is_answered_once(
    request_of: Request, mishap: Mishap, virtual: Clock, moments: Moments
) -> None:
    """Their transaction moves no offset, and its outcome is found out all the same."""
    assert overtakers_befalls(virtual, moments, Make(), request_of, mishap) == []


@pytest.mark.parametrize(
    ("mutant", "request_of", "mishap"),
    [
        (overtaking_mutants.trusts_offsets_alone, Request.END, Mishap.SILENCE_BEFORE),
        (overtaking_mutants.leaves_out_offsets_that_stand, Request.PRODUCE, Mishap.FREEZES_BEFORE),
        (overtaking_mutants.notes_after_the_transaction, Request.END, Mishap.DIES_AFTER),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_a_mistake_with_offsets_that_stand_is_noticed(
    mutant: Callable[[], Make], request_of: Request, mishap: Mishap, virtual: Clock, moments: Moments
) -> None:
    """The test above is no formality."""
    with pytest.raises(AssertionError):
        assert overtakers_befalls(virtual, moments, mutant(), request_of, mishap) == []


def overtaken_by_many(virtual: Clock, moments: Moments, make: Make) -> list[str]:
    """What is wrong when one answer is slow, many more come than the memory of repeats holds, and the worker dies."""
    universe = CategorizerUniverse(virtual, moments, make, STRATEGIES[0])
    universe.everybody_works(20)
    universe.leave(NAMES[1])
    universe.works_on()
    for _ in range(1_200):
        universe.publish()
    for _ in range(8):
        universe.turn(NAMES[0])
        universe.answer_all_but_the_first(NAMES[0])
        universe.wait(universe.turn_s)
    universe.kill(NAMES[0])
    universe.start(NAMES[0])
    universe.come_to_rest()
    return universe.broken(lossless=True)


def test_no_more_overtake_than_are_remembered(virtual: Clock, moments: Moments) -> None:
    """The next owner knows them all; what may not overtake waits."""
    assert overtaken_by_many(virtual, moments, Make()) == []


def test_more_than_are_remembered_would_be_answered_twice(virtual: Clock, moments: Moments) -> None:
    """The test above is no formality."""
    with pytest.raises(AssertionError):
        overtaken_by_many(virtual, moments, overtaking_mutants.overtakes_without_bounds())


def comes_back(virtual: Clock, moments: Moments, make: Make) -> list[str]:
    """What is wrong when another member had a worker's partitions for a while, overtook there, and died."""
    # Each of the two has some of the tickets then.
    universe = CategorizerUniverse(virtual, moments, make, "range")
    universe.leave(NAMES[1])
    universe.works_on()
    universe.start(NAMES[1])
    universe.everybody_works(20)
    for _ in range(12):
        universe.publish()
    for _ in range(3):
        for name in NAMES:
            universe.turn(name)
            universe.answer_all_but_the_first(name)
        universe.wait(universe.turn_s)
    universe.kill(NAMES[1])
    universe.wait(SESSION_S)
    universe.everybody_works(5)
    universe.come_to_rest()
    return universe.broken(lossless=True)


def test_what_others_answered_meanwhile_is_known(virtual: Clock, moments: Moments) -> None:
    """The notes of a partition are read each time it comes."""
    assert comes_back(virtual, moments, Make()) == []


def test_notes_of_an_earlier_time_would_answer_twice(virtual: Clock, moments: Moments) -> None:
    """The test above is no formality."""
    with pytest.raises(AssertionError):
        comes_back(virtual, moments, overtaking_mutants.keeps_notes_of_partitions_that_go())


def finds_foreign_notes(virtual: Clock, moments: Moments, make: Make) -> list[str]:
    """What is wrong when notes name offsets of this topic and event ids of another, as after mirroring."""
    universe = CategorizerUniverse(virtual, moments, make, STRATEGIES[0])
    entries = b"".join(digest(f"mirrored-{offset}") + offset.to_bytes(8, "big") for offset in range(4))
    pages = Pages(universe.broker)
    for number in range(PARTITIONS):
        message = pages.message((TOPICS.created, number), 0, Page(0, entries))
        universe.broker.write(Sent(message.topic, number, message.key, message.value, []))
    for _ in range(12):
        universe.publish()
    universe.everybody_works(30)
    return universe.broken(lossless=True)


def test_a_note_of_another_event_id_leaves_no_ticket_out(virtual: Clock, moments: Moments) -> None:
    """The offset of a note alone says nothing."""
    assert finds_foreign_notes(virtual, moments, Make()) == []


def test_offsets_of_notes_that_are_believed_would_lose_tickets(virtual: Clock, moments: Moments) -> None:
    """The test above is no formality."""
    found = finds_foreign_notes(virtual, moments, overtaking_mutants.believes_offsets_of_notes())

    assert any("lost" in wrong for wrong in found), found
