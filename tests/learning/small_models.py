"""Small models that know more and less."""

from datetime import date
from typing import NamedTuple

from classifier.model import Model
from classifier.tickets import LabelledTicket
from classifier.training import train

WORDS = {"billing": "invoice", "delivery": "parcel", "login": "password"}
_TAILS = ("please", "is wrong", "help me", "where is it", "again", "today", "since monday", "never came")


class Audited(NamedTuple):
    """A judged ticket of the gate."""

    event_id: str
    subject: str
    description: str
    category: str


def audited(n: int, first: int = 0) -> list[Audited]:
    """Tickets that name their category's word."""
    names = list(WORDS)
    return [
        Audited(
            f"event-{number}", "", f"my {WORDS[names[number % 3]]} {_TAILS[number % 8]} {number}", names[number % 3]
        )
        for number in range(first, first + n)
    ]


def model_that_knows(name: str, *known: str) -> Model:
    """A model of the three categories which has seen the words of those named, and of the others meaningless ones."""
    tickets = [
        LabelledTicket("", f"{word if category in known else 'thing'} {tail}", category, None, name, "train")
        for category, word in WORDS.items()
        for tail in _TAILS
    ]
    return train(tickets, trained_on=date(2026, 11, 22))
