"""Which tickets of a run the demo shows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sandbox.labelled import Labelled
from sandbox.people import is_right
from schemas.events import TicketCategorized


class Example(NamedTuple):
    """A ticket, its answer, and whether people left the answer as it is."""

    ticket: Labelled
    answer: TicketCategorized
    right: bool


def examples(tickets: Sequence[Labelled], answers: Mapping[str, TicketCategorized]) -> list[Example]:
    """One in English that is right, one in Spanish, and one that people corrected; others where there is none such.

    Args:
        tickets: in the order in which they were published.
        answers: by ticket_id; tickets without one are left out.
    """
    all_of_them = [
        Example(ticket, answers[ticket.ticket_id], is_right(answers[ticket.ticket_id], ticket))
        for ticket in tickets
        if ticket.ticket_id in answers
    ]
    kinds: tuple[Callable[[Example], bool], ...] = (
        lambda example: example.right and example.ticket.language == "en" and example.answer["method"] == "MODEL",
        lambda example: example.ticket.language == "es",
        lambda example: not example.right,
    )
    return list(_one_of_each(all_of_them, kinds))


def _one_of_each(found: list[Example], kinds: Sequence[Callable[[Example], bool]]) -> Iterator[Example]:
    left = found.copy()
    for is_kind in kinds:
        if left:
            chosen = next(filter(is_kind, left), left[0])
            left.remove(chosen)
            yield chosen
