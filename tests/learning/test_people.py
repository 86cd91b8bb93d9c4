"""Whose word counts."""

import pytest

from analytics.store.persons import MANY_CORRECTIONS
from learning.judged_tickets import JudgedTicket
from learning.people import agreed, one_sided, seconded
from tests.learning.judged import said


def _turns_all_to(category: str, count: int, by: str | None = "mallory") -> list[JudgedTicket]:
    return [said(f"question {chr(97 + n)}", category, by, number=n) for n in range(count)]


@pytest.mark.parametrize("by", ["mallory", "typed:mallory", None], ids=["verified", "typed", "unknown"])
def test_somebody_who_turns_everything_to_one_label_is_found(by: str | None) -> None:
    """Also one whose name is not known: then all such corrections together."""
    found = one_sided(_turns_all_to("shipping", MANY_CORRECTIONS, by))

    assert [(one.by, one.label, one.to_label, one.corrections) for one in found] == [(by, "shipping", 10, 10)]


def test_nine_corrections_say_nothing_of_a_person() -> None:
    """A few may be to one category by chance."""
    assert one_sided(_turns_all_to("shipping", MANY_CORRECTIONS - 1)) == ()


@pytest.mark.parametrize(("to_shipping", "found"), [(12, []), (13, ["mallory"])], ids=["60 %", "65 %"])
def test_sixty_percent_is_not_too_much(to_shipping: int, found: list[str]) -> None:
    """More than that is."""
    others = [said(f"other {chr(97 + n)}", "billing", "mallory", number=50 + n) for n in range(20 - to_shipping)]

    assert [one.by for one in one_sided([*_turns_all_to("shipping", to_shipping), *others])] == found


def test_confirmations_do_not_make_a_person_one_sided() -> None:
    """Who judges answers to the most frequent category confirms that category most of the time."""
    confirmed = [said(f"q {chr(97 + n)}", "shipping", answered=("shipping", None), number=n) for n in range(20)]

    assert one_sided(confirmed) == ()


def test_who_corrects_the_tickets_of_one_team_is_not_one_sided() -> None:
    """All of them are of one category, each of its own subcategory."""
    team = [said(f"q {chr(97 + n)}", "shipping", number=n, subcategory=("late", "lost")[n % 2]) for n in range(20)]

    assert one_sided(team) == ()
    assert [one.label for one in one_sided([one._replace(subcategory="lost") for one in team])] == ["shipping/lost"]


def test_what_a_second_known_person_says_too_counts() -> None:
    """Only that text's judgement does, and neither an unknown nor a typed name is a second person."""
    turned = _turns_all_to("shipping", 10)
    agreeing = [
        said("question a", "shipping", "ana", number=20),
        said("question b", "shipping", None, number=21),
        said("question c", "shipping", "typed:eve", number=22),
        said("question d", "billing", "ana", number=23),
    ]
    counted, left = seconded([*turned, *agreeing], {"mallory"})

    assert [one.description for one in counted if one.by == "mallory"] == ["question a"]
    assert left == {"mallory": 9}


def test_two_one_sided_people_do_not_second_each_other() -> None:
    """Otherwise two accounts of one person would do."""
    both = [*_turns_all_to("shipping", 10, "mallory"), *_turns_all_to("shipping", 10, "marvin")]
    counted, _ = seconded(both, {one.by for one in one_sided(both)})

    assert counted == []


def test_people_who_contradict_each_other_are_named() -> None:
    """Texts that differ only in a number are one text."""
    contradictions, texts = agreed(
        [said("order 17 is late", "shipping", "ana", number=1), said("order 18 is late", "billing", "ben", number=2)]
    )

    assert [(one.labels, one.people, one.event_ids) for one in contradictions] == [
        (("billing", "shipping"), ("ana", "ben"), ("answer-1", "answer-2"))
    ]
    assert texts == []


def test_who_thinks_again_does_not_contradict() -> None:
    """What a person said last counts."""
    contradictions, texts = agreed(
        [said("order 17 is late", "billing", "ana", number=1), said("order 18 is late", "shipping", "ana", number=2)]
    )

    assert contradictions == ()
    assert [[one.category for one in text] for text in texts] == [["shipping"]]


def test_two_corrections_without_a_name_may_be_two_people() -> None:
    """Nobody knows whether somebody thought again."""
    contradictions, _ = agreed(
        [said("order 17 is late", "billing", None, number=1), said("order 18 is late", "shipping", None, number=2)]
    )

    assert [one.people for one in contradictions] == [("",)]


def test_who_names_no_subcategory_contradicts_none() -> None:
    """Two subcategories of one category are a contradiction."""
    whole = said("my bill", "billing", "ana", number=1)
    finer = said("my bill", "billing", "ben", number=2, subcategory="refund")
    other = said("my bill", "billing", "cat", number=3, subcategory="invoice")

    assert agreed([whole, finer])[0] == ()
    assert [one.labels for one in agreed([whole, finer, other])[0]] == [
        ("billing", "billing/invoice", "billing/refund")
    ]
