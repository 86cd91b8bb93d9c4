"""Which tickets the demo shows: one of each kind where there is one."""

from typing import cast

from sandbox.demo_examples import examples
from sandbox.labelled import Labelled
from schemas.events import TicketCategorized


def ticket(ticket_id: str, language: str = "en") -> Labelled:
    return Labelled(ticket_id, "", f"text {ticket_id}", language, "cards", "card_arrival", counted=True)


def answer(category: str = "cards", method: str = "MODEL") -> TicketCategorized:
    return cast("TicketCategorized", {"category": category, "subcategory": "card_arrival", "method": method})


def test_one_that_is_right_one_in_spanish_and_one_that_was_corrected() -> None:
    """The first of each kind; tickets that were never answered are left out."""
    tickets = [ticket("unanswered"), ticket("wrong"), ticket("cached"), ticket("es", "es"), ticket("right")]
    answers = {"wrong": answer("cash"), "cached": answer(method="CACHE"), "es": answer(), "right": answer()}
    chosen = examples(tickets, answers)

    assert [(example.ticket.ticket_id, example.right) for example in chosen] == [
        ("right", True),
        ("es", True),
        ("wrong", False),
    ]


def test_where_all_is_right_and_english_others_stand_in() -> None:
    """Three as long as there are three; none is shown twice."""
    tickets = [ticket(name) for name in "abcd"]
    chosen = examples(tickets, {name: answer() for name in "abcd"})

    assert [example.ticket.ticket_id for example in chosen] == ["a", "b", "c"]
    assert len(examples(tickets, {"a": answer()})) == 1
    assert examples(tickets, {}) == []
