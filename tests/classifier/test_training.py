"""Training and what the model's answers look like."""

import random
from datetime import date

import numpy as np
import pytest

from classifier.evaluation import evaluate
from classifier.model import Model
from classifier.tickets import DataError, LabelledTicket
from classifier.training import train
from tests.classifier.conftest import A_DAY, small_tickets


def ticket(text: str, category: str, subcategory: str | None = None, source: str = "desk") -> LabelledTicket:
    return LabelledTicket("", text, category, subcategory, source, None)


def test_the_order_of_tickets_changes_nothing(small_model: Model) -> None:
    """The same tickets in another order give the same version and the same numbers."""
    shuffled = small_tickets()
    random.Random(7).shuffle(shuffled)

    again = train(shuffled, trained_on=A_DAY)

    assert small_model.version == again.version
    assert np.array_equal(small_model.weights, again.weights)
    assert small_model.temperature == again.temperature


def test_the_version_names_data_day_and_content() -> None:
    """The version holds the sources, the day, and a hash that other labels change and another day does not."""
    tickets = [ticket("no power", "hardware", source="desk"), ticket("no mail", "network", source="old desk")]
    relabelled = [tickets[0], tickets[1]._replace(category="mail")]

    versions = [
        train(tickets, trained_on=date(2026, 1, 2)).version,
        train(tickets, trained_on=date(2026, 1, 3)).version,
        train(relabelled, trained_on=date(2026, 1, 2)).version,
        train(tickets, trained_on=date(2026, 1, 2), name="ours").version,
    ]

    first_hash = versions[0].removeprefix("desk+old_desk-2026-01-02-")
    assert len(first_hash) == 8
    assert versions[1] == f"desk+old_desk-2026-01-03-{first_hash}"
    assert versions[2].startswith("desk+old_desk-2026-01-02-")
    assert versions[2] != versions[0]
    assert versions[3] == f"ours-2026-01-02-{first_hash}"


def test_category_confidence_is_the_sum_over_its_subcategories(small_model: Model) -> None:
    """P(category) sums its subcategories, P(subcategory) is the best one's share of it, and all categories sum to 1."""
    text = "refund the invoice"
    row = small_model.probabilities([f"\n{text}"])[0]
    by_label = dict(zip(small_model.labels, row, strict=True))

    answer = small_model.predict([("", text)], top_k=9)[0]

    billing = by_label["billing", "refund"] + by_label["billing", "invoice"]
    best = max(by_label["billing", "refund"], by_label["billing", "invoice"])
    assert [label.category for label in answer] == ["billing", "technical"]
    assert answer[0].confidence == pytest.approx(billing)
    assert answer[0].subcategory_confidence == pytest.approx(best / billing)
    assert sum(label.confidence for label in answer) == pytest.approx(1.0)


def test_a_label_without_subcategory_is_answered_without_one(small_model: Model) -> None:
    """Where people gave the category only, the answer has neither a subcategory nor a confidence in one."""
    best = small_model.predict([("", "something is broken, the screen stays black")], top_k=1)[0][0]

    assert best.category == "technical"
    assert best.subcategory is None
    assert best.subcategory_confidence is None


def test_subject_and_description_count_alike(small_model: Model) -> None:
    """A word is read wherever it stands."""
    in_subject, in_description = small_model.predict([("invoice", ""), ("", "invoice")], top_k=1)

    assert in_subject == in_description


@pytest.mark.parametrize("text", ["", "   ", "12345", "¿?!", "日本語のチケット", "\U0001f600"])
def test_a_text_without_known_words_is_answered_near_the_prior(small_model: Model, text: str) -> None:
    """An empty or unreadable text gets an answer, and no confidence in it."""
    best = small_model.predict([("", text)], top_k=1)[0][0]

    assert best.confidence < 0.75


def test_two_labels_are_enough() -> None:
    """A model of two labels gives the one a probability and the other its complement."""
    model = train([ticket("no power at all", "hardware"), ticket("mail is down", "network")], trained_on=A_DAY)

    hardware, network = model.predict([("", "no power"), ("", "mail")], top_k=2)

    assert (hardware[0].category, network[0].category) == ("hardware", "network")
    assert hardware[0].confidence + hardware[1].confidence == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("tickets", "message"),
    [
        ([], "at least two different labels"),
        ([ticket("no power", "hardware"), ticket("no light", "hardware")], "at least two different labels"),
        ([ticket("!!", "a"), ticket("??", "b")], "no words"),
    ],
    ids=["none", "one label", "no words"],
)
def test_what_cannot_be_learned_is_refused(tickets: list[LabelledTicket], message: str) -> None:
    """Tickets of fewer than two labels, or without words, end in a clear error."""
    with pytest.raises(DataError, match=message):
        train(tickets, trained_on=A_DAY)


def test_progress_is_reported() -> None:
    """Every step is announced, and the last announcement is that all are done."""
    steps: list[tuple[int, int, str]] = []

    train(small_tickets(), trained_on=A_DAY, on_progress=lambda *step: steps.append(step))

    assert [done for done, _, _ in steps] == list(range(len(steps)))
    assert steps[-1] == (len(steps) - 1, len(steps) - 1, "done")


def test_evaluation_of_a_known_case(small_model: Model) -> None:
    """An unknown category and a wrong subcategory are counted as wrong, each on its level."""
    known = [ticket(t.description, t.category, t.subcategory) for t in small_tickets()]
    tickets = [
        *known,
        ticket("refund my order", "billing", "invoice"),
        ticket("where is my invoice", "legal", "contract"),
    ]

    figures = evaluate(small_model, tickets)

    # Twelve known tickets, of which three have no subcategory.
    assert figures.category.tickets == 14
    assert figures.category.accuracy == pytest.approx(13 / 14)
    assert figures.category.calibration_error is None
    assert figures.subcategory is not None
    assert figures.subcategory.tickets == 11
    assert figures.subcategory.accuracy == pytest.approx(9 / 11)
    assert [(c.category, c.tickets, c.answered) for c in figures.categories] == [
        ("billing", 7, 8),
        ("legal", 1, 0),
        ("technical", 6, 6),
    ]
    assert figures.categories[0].precision == pytest.approx(7 / 8)
    assert [tuple(confusion) for confusion in figures.confusions] == [("legal", "billing", 1)]
