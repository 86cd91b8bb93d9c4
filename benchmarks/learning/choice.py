"""What a refit learns from, chosen by `learning.choosing` as the service does."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache

from benchmarks.learning.packs import Pack, Part
from benchmarks.learning.stream import Answered, Judgement, Kind, Stream
from classifier.model import Label
from consumer.answer.taxonomy import Taxonomy, from_document
from consumer.answer.taxonomy_file import Document
from learning.choosing import Chosen, Row, chosen
from learning.judged_tickets import EVER, JudgedTicket
from learning.texts import text_id_of


def taxonomy_of(labels: Sequence[Label]) -> Taxonomy:
    """A taxonomy with these labels."""
    categories: dict[str, dict[str, dict[str, str]]] = {}
    for category, subcategory in sorted(set(labels), key=str):
        parts = categories.setdefault(category, {})
        if subcategory is not None:
            parts[subcategory] = {"en": subcategory}
    return from_document(
        Document.model_validate(
            {
                "version": "1",
                "languages": ["en"],
                "default": {"category": next(iter(categories)), "precision": 0.5, "n": 1},
                "categories": {
                    category: {"name": {"en": category}, "subcategories": parts}
                    for category, parts in categories.items()
                },
            }
        )
    )


@cache
def _text_id(subject: str, description: str) -> str:
    return text_id_of(subject, description, None)


class Choice:
    """Chooses the rows of one set's streams."""

    def __init__(self, pack: Pack) -> None:
        self._arriving = pack.arriving
        self._taxonomy = taxonomy_of(pack.arriving.labels + pack.bench.labels)

    def of(self, flow: Stream, answered: Sequence[Answered], judgements: Sequence[Judgement]) -> Chosen:
        """What is learned from the tickets that were labelled at first and from what people said."""
        answers = {one.ticket: one.answer for one in answered}
        return chosen(
            [self._judged(one, answers[one.ticket]) for one in judgements],
            [self._labelled(place) for place in flow.labelled],
            self._taxonomy,
        )

    def _labelled(self, place: int) -> Row:
        subject, description = self._text(place)
        category, subcategory = self._arriving.labels[place]
        return Row("seed", "", _text_id(subject, description), subject, description, category, subcategory)

    def _judged(self, said: Judgement, answer: Label) -> JudgedTicket:
        subject, description = self._text(said.ticket)
        at = EVER + timedelta(seconds=said.at_s)
        return JudgedTicket(
            correction_id=f"correction {said.ticket}",
            event_id=f"answer {said.ticket:06}",
            text_id=_text_id(subject, description),
            subject=subject,
            description=description,
            language="en",
            category=said.label[0],
            subcategory=said.label[1],
            answered=answer,
            likely_subcategory=None,
            by=said.by,
            is_audit=said.kind is Kind.audit,
            method="MODEL",
            model="champion",
            corrected_at=at,
            categorized_at=at,
        )

    def _text(self, place: int) -> tuple[str, str]:
        subject, _, description = self._arriving.texts[place].partition("\n")
        return subject, description


def part(found: Chosen) -> Part:
    """The rows, as models read them."""
    return Part([f"{row.subject}\n{row.description}" for row in found.rows], [row.label for row in found.rows])
