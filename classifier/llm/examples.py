"""Examples for the prompt, from a file of labelled tickets."""

from collections.abc import Callable, Sequence
from pathlib import Path

from classifier.llm.prompt import Example
from classifier.llm.types import Choice
from classifier.tickets import ALL_SPLITS, FileUnusable, LabelledTicket, read_tickets
from tickets.text.cleaning import clean

MOST = 200
MOST_CHARS = 1000
"""Of an example: every call is charged for all of them."""

Translate = Callable[[str, str | None], tuple[str, str | None] | None]


def examples_in(path: Path, choices: Sequence[Choice], translate: Translate) -> tuple[Example, ...]:
    """The examples of a file, in its order, cleaned as the service cleans tickets.

    Args:
        path: CSV, TSV, JSON or JSON Lines, also compressed by gzip.
        choices: Whose codes are answered.
        translate: The labels in use for those of a file; None for unknown ones.

    Raises:
        classifier.tickets.DataError: The file cannot be used; the message names it, and no text of a ticket.
    """
    tickets = read_tickets([path], ALL_SPLITS)
    if len(tickets) > MOST:
        raise FileUnusable(
            f"{path}: has {len(tickets):,} tickets, and a prompt takes {MOST} at most: each is paid for with every call"
        )
    codes = {(choice.category, choice.subcategory): choice.code for choice in choices}
    return tuple(_example(ticket, number, path, codes, translate) for number, ticket in enumerate(tickets, 1))


def _example(
    ticket: LabelledTicket, number: int, path: Path, codes: dict[tuple[str, str | None], str], translate: Translate
) -> Example:
    pair = translate(ticket.category, ticket.subcategory)
    if pair is None:
        raise FileUnusable(f"{path}: ticket {number} has the category {ticket.category!r}, which TAXONOMY_FILE lacks")
    if pair not in codes:
        raise FileUnusable(
            f"{path}: ticket {number} has the category {pair[0]!r} and no subcategory of it that TAXONOMY_FILE has;"
            " give it one, or leave the ticket out"
        )
    cleaned = clean(ticket.subject, ticket.description)
    return Example(cleaned.subject, cleaned.description[:MOST_CHARS], codes[pair])
