"""Parts of tickets: no text on both sides, labels spread evenly, and the same parts in any order."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.accuracy.folds import FOLDS, folds, sample
from projects.accuracy.held_out import used_folds
from projects.tickets.labelled import Example
from projects.tickets.repeats import fingerprints, grouped, repeats
from tests.projects.examples import example

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def tickets(texts: int, times: int = 1, labels: int = 2) -> list[Example]:
    return [
        example(f"text {LETTERS[text % 26]} {LETTERS[text // 26]}", f"{text % labels:02}", line=text * times + time)
        for text in range(texts)
        for time in range(times)
    ]


def groups_of(examples: list[Example]) -> dict[str, list[Example]]:
    return grouped(examples, fingerprints(examples))


@given(st.integers(1, 40), st.integers(1, 4), st.integers(1, 6))
def test_every_ticket_is_in_one_part_and_no_text_in_two(texts: int, times: int, labels: int) -> None:
    """However few tickets there are, and however often each is there."""
    examples = tickets(texts, times, labels)

    parts = folds(groups_of(examples))

    assert sorted(one for part in parts for one in part) == sorted(examples)
    assert all(parts)
    texts_of = [{one.description for one in part} for part in parts]
    assert sum(map(len, texts_of)) == len(set[str]().union(*texts_of))


def test_texts_that_differ_in_numbers_case_and_accents_are_one_text() -> None:
    """An order's number makes no ticket a new one."""
    examples = [example("¿Dónde está el pedido 1234?", line=2), example("donde esta el pedido 99", line=3)]

    found = repeats(groups_of([*examples, example("otra cosa", line=4)]))

    assert (found.duplicates, found.contradictions) == (1, 0)
    assert [one.line for one in found.duplicated[0]] == [2, 3]


def test_one_text_with_two_labels_is_a_contradiction() -> None:
    """Its tickets are counted, also those that repeat one another."""
    examples = [example("it is late", label, line=line) for line, label in enumerate("aab", 2)]

    found = repeats(groups_of(examples))

    assert (found.duplicates, found.contradictions) == (1, 3)


def test_each_frequent_label_is_spread_evenly() -> None:
    """50 tickets of each of two labels are 10 in each of 5 parts."""
    parts = folds(groups_of(tickets(100)))

    assert [Counter(one.category for one in part) for part in parts] == [{"00": 10, "01": 10}] * FOLDS


def test_the_order_of_the_tickets_makes_no_difference() -> None:
    """The same file, sorted another way, gives the same figures."""
    examples = tickets(60, 2, 3)
    mixed = random.Random(5).sample(examples, len(examples))

    assert [set(part) for part in folds(groups_of(examples))] == [set(part) for part in folds(groups_of(mixed))]
    assert set(sample(groups_of(examples), 40, 3)) == set(sample(groups_of(mixed), 40, 3))


def test_models_of_folds_never_learn_from_a_text_that_they_answer() -> None:
    """Not even from a copy of it."""
    groups = groups_of(tickets(50, 3))

    for fold in used_folds(groups, folds(groups)):
        assert not {one.description for one in fold.held} & {one.description for one in fold.rest}
        assert len(fold.held) + len(fold.rest) == 150


@pytest.mark.parametrize("wanted", [10, 30, 60])
def test_a_sample_keeps_the_shares_of_the_labels(wanted: int) -> None:
    """Those of the frequent ones: within a ticket."""
    examples = [*tickets(60, 1, 2), example("a rare one", "rare", line=999)]

    drawn = sample(groups_of(examples), wanted, 1)

    counts = Counter(one.category for one in drawn)
    assert abs(counts["00"] - counts["01"]) <= 1
    assert abs(len(drawn) - wanted) <= 2


def test_of_rare_labels_as_much_is_held_out_as_chance_holds_out() -> None:
    """Of the other tickets of its label a held-out ticket finds four fifths, not all of them."""
    examples = tickets(300, 1, 75)
    groups = groups_of(examples)
    labels = Counter(one.category for one in examples)

    found = others = 0
    for fold in used_folds(groups, folds(groups)):
        learned = Counter(one.category for one in fold.rest)
        found += sum(learned[one.category] for one in fold.held)
        others += sum(labels[one.category] - 1 for one in fold.held)

    assert 0.72 < found / others < 0.88
