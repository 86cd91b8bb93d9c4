"""Models that are measured: what they answer where little can be learned, and how many tickets they are worth."""

from collections import Counter

import pytest

from classifier.model import Label
from classifier.training import train
from projects.accuracy.curve import Forecast, Point
from projects.accuracy.figures import DEPENDENCE, estimate
from projects.accuracy.held_out import Judged, Trainer, equivalent
from projects.accuracy.intervals import wilson
from projects.tickets.labelled import Example
from tests.projects.examples import A_DAY, example


def trainer() -> Trainer:
    return Trainer(train, "desk", A_DAY, 100, lambda _done, _steps, _what: None)


def counts(letters: str) -> Counter[Label]:
    return Counter((letter, None) for letter in letters)


def answers(learned: list[Example]) -> list[Judged]:
    return trainer().answers(learned, [example("anything", "a"), example("else", "b")], "measuring")


@pytest.mark.parametrize(
    ("learned", "answer"),
    [
        ([example("one", "b", "x"), example("two", "b", "x")], ("b", "x")),
        ([example("🚚", "a"), example("💳", "b"), example("💳", "b")], ("b", None)),
        ([], ("", None)),
    ],
)
def test_where_no_model_can_be_trained_the_most_frequent_label_is_the_answer(
    learned: list[Example], answer: tuple[str, str | None]
) -> None:
    """With one label, or without words; its confidence is none, so that nothing becomes automatic."""
    for one in answers(learned):
        assert (one.answer.category, one.answer.subcategory) == answer
        assert one.answer.confidence == 0


def test_large_labels_lose_what_is_held_out_of_them() -> None:
    """Of 100 tickets each, 80 are left: four fifths of the others, but for a ticket."""
    found = equivalent(counts("ab" * 100), [(counts("ab" * 80), [example("x")])])

    assert found == pytest.approx(199 * 80 / 99)


def test_small_labels_lose_nothing() -> None:
    """Of three tickets one is held out: the two that are left are all others that there are."""
    labels = counts("abcde" * 3)
    models = [(counts("abcde" * 2), [example("x", letter) for letter in "abcde"]) for _ in range(3)]

    assert equivalent(labels, models) == 14


def test_labels_of_one_ticket_tell_no_equivalent() -> None:
    """The number of tickets itself is taken."""
    assert equivalent(counts("abc"), [(counts("ab"), [example("x", "c")])]) == 2


def test_the_interval_is_moved_by_what_the_curve_forecasts_and_widened_by_its_range() -> None:
    """From what was measured on models of 80 tickets to the model of 100."""
    judged = [
        Judged(example("x", "a"), one.answer._replace(category="ab"[number >= 80]))
        for number, one in enumerate(answers([example("one", "a")]) * 50)
    ]
    last, at_all = Point(80, 0.8, 0.02, 81.0), Forecast(100, 0.83, 0.81, 0.86)

    found = estimate(judged, lambda one: one.is_right, [1] * 100, last, at_all)

    low, high = wilson(0.8, 100 / DEPENDENCE)
    assert found.accuracy == pytest.approx(0.83)
    assert [found.low, found.high] == pytest.approx([low + 0.01, high + 0.06])
    assert (found.measured, found.held_out, found.learned_from) == (0.8, 100, 80)
