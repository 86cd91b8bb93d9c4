"""The sets of labelled tickets from which streams are drawn."""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from classifier.model import Label
from classifier.tickets import LabelledTicket, read_tickets
from learning.texts import text_id_of

ROOT = Path(__file__).parents[2]
FILES: dict[str, tuple[tuple[Path, str], tuple[Path, str]]] = {
    "banking77": (
        (ROOT / "sandbox" / "data" / "banking77.jsonl.gz", "train"),
        (ROOT / "sandbox" / "data" / "banking77.jsonl.gz", "bench"),
    ),
    "clinc150": (
        (ROOT / "tests" / "classifier" / "data" / "clinc150.jsonl.gz", "train"),
        (ROOT / "tests" / "classifier" / "data" / "clinc150.jsonl.gz", "bench"),
    ),
    "bitext": (
        (ROOT / "benchmarks" / "data" / "bitext-train.jsonl.gz", "train"),
        (ROOT / "benchmarks" / "data" / "bitext-bench.jsonl.gz", "bench"),
    ),
}
NONE_OF_THEM = "oos"


class Part(NamedTuple):
    """Tickets of one part of a set: what the model reads of each, and the true label of each."""

    texts: list[str]
    labels: list[Label]

    def picked(self, places: Iterable[int]) -> "Part":
        """Those at the places."""
        chosen = list(places)
        return Part([self.texts[place] for place in chosen], [self.labels[place] for place in chosen])

    def of(self, categories: set[str]) -> "Part":
        """Those of the categories."""
        return self.picked(place for place, (category, _) in enumerate(self.labels) if category in categories)


class Pack(NamedTuple):
    """One set: tickets that arrive in streams, and tickets that no model is trained on."""

    name: str
    arriving: Part
    bench: Part

    def narrowed(self, categories: int, seed: int) -> "Pack":
        """The tickets of so many categories, drawn at random."""
        every = sorted({category for category, _ in self.bench.labels})
        kept = set(random.Random(seed).sample(every, min(categories, len(every))))
        return Pack(self.name, self.arriving.of(kept), self.bench.of(kept))


class Source(NamedTuple):
    """Where the streams of one set come from.

    Attributes:
        whole: The set.
        categories: How many of its categories each stream has, drawn anew; None for all.
    """

    whole: Pack
    categories: int | None = None

    @property
    def name(self) -> str:
        """The set, and how much of it."""
        return self.whole.name if self.categories is None else f"{self.whole.name}, {self.categories} categories"

    def of(self, seed: int) -> Pack:
        """The tickets of one stream."""
        if self.categories is None:
            return self.whole
        return self.whole.narrowed(self.categories, seed)._replace(name=self.name)


def read(name: str) -> Pack:
    """The set with its two parts, without tickets that belong to no label.

    No bench ticket has a text that counts as the same as an arriving one's (`learning.texts`).

    Raises:
        classifier.tickets.DataError: A file is missing or unreadable.
    """
    arriving, bench = (read_tickets([path], split) for path, split in FILES[name])
    known = {_text_id(ticket) for ticket in arriving}
    return Pack(name, _part(arriving), _part([ticket for ticket in bench if _text_id(ticket) not in known]))


def _text_id(ticket: LabelledTicket) -> str:
    return text_id_of(ticket.subject, ticket.description, None)


def _part(tickets: Sequence[LabelledTicket]) -> Part:
    kept = [ticket for ticket in tickets if ticket.category != NONE_OF_THEM]
    return Part([ticket.text for ticket in kept], [ticket.label for ticket in kept])
