"""A model of categories that somebody named: it knows names and sentences, and no labelled ticket."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classifier.embedding import Embedding, EmbeddingUnavailable, Vectors, open_embedding
from classifier.model import Model
from classifier.prototypes import ENOUGH_TEXTS, from_descriptions
from classifier.tickets import FileUnusable, ticket_text
from consumer.answer.words import words
from projects.names.category_list import Named, words_of
from projects.names.named_categories import LANGUAGES, placed_names, rest_of
from projects.names.word_families import relatives
from tickets.files.bad_lines import BadLine, FileRefused
from tickets.files.names import LABELLED
from tickets.files.ticket_file import Choices, opened_tickets

if TYPE_CHECKING:
    from classifier.model import Label

__all__ = ["ENOUGH_TEXTS", "ENOUGH_TICKETS", "NamedModel", "model_here", "model_of", "texts_in"]

ENOUGH_TICKETS = 300
"""A mean of so many tickets is known well enough; more would take time only."""


class NamedModel(NamedTuple):
    """A model of names, if there can be one.

    Attributes:
        model: None where the embedding is not wanted, not installed, or does not run here.
        why_not: why there is none, and the mend.
    """

    model: Model | None
    why_not: str


def model_here(
    named: Sequence[Named],
    texts: Sequence[str],
    *,
    name: str,
    today: date,
    without_embedding: bool,
    on_progress: Callable[[int], None],
) -> NamedModel:
    """The model of names that this machine can make and serve.

    Args:
        named: at least two categories.
        texts: of tickets without labels.
        name: first part of the model's version.
        today: the day in the version.
        without_embedding: whether no model is wanted.
        on_progress: receives the number of phrases and tickets that are read.

    Raises:
        DataError: there are no words.
    """
    if without_embedding:
        return NamedModel(None, "--without-embedding says so")
    try:
        embedding = open_embedding()
    except EmbeddingUnavailable as error:
        return NamedModel(None, str(error))
    counted = _Counted(embedding, on_progress)
    return NamedModel(model_of(named, embedding=counted, name=name, today=today, unlabelled=texts), "")


def model_of(
    named: Sequence[Named], *, embedding: Embedding, name: str, today: date, unlabelled: Sequence[str] = ()
) -> Model:
    """A model that compares tickets with names, sentences and what customers often say of such categories.

    Args:
        named: at least two categories.
        embedding: of phrases and tickets.
        name: first part of the model's version.
        today: the day in the version.
        unlabelled: texts of tickets; with some dozens it is right more often.

    Raises:
        DataError: there are no words.
    """
    placed = placed_names(named)
    parents = {category: one for (category, subcategory), one in placed.items() if subcategory is None}
    described: dict[Label, Sequence[str]] = {
        (category, subcategory): _phrases(one, parents[category] if subcategory else None)
        for (category, subcategory), one in placed.items()
    }
    rest = rest_of(placed)
    return from_descriptions(
        described, embedding=embedding, trained_on=today, name=name, unlabelled=unlabelled, rest=rest
    )


class _Counted:
    """An embedding that tells how many texts are done."""

    def __init__(self, embedding: Embedding, on_progress: Callable[[int], None]) -> None:
        self.name = embedding.name
        self._embedding = embedding
        self._on_progress = on_progress
        self._done = 0

    def embed(self, texts: Sequence[str], on_progress: Callable[[int], None] = lambda _done: None) -> Vectors:
        def both(done: int) -> None:
            on_progress(done)
            self._on_progress(self._done + done)

        found = self._embedding.embed(texts, both)
        self._done += len(texts)
        return found


def _phrases(one: Named, parent: Named | None) -> list[str]:
    """What describes a category. A subcategory's name means little without that of its parent."""
    names = [_spoken(one.name), *([one.other.lower()] if one.other else [])]
    if parent:
        names = [f"{_spoken(parent.name)}: {name}" for name in names]
    often_said = [", ".join(relatives(words(f"{one.name} {one.other}"), language)) for language in LANGUAGES]
    return list(dict.fromkeys(filter(None, [*names, one.sentence, *often_said])))


def _spoken(name: str) -> str:
    return name.lower() if words(name) else " ".join(words_of(name)) or name


def texts_in(path: Path, choices: Choices) -> list[str]:
    """The texts of at most ENOUGH_TICKETS tickets, from the whole file.

    Args:
        path: tickets, as `publish` reads them; labels do not matter.
        choices: what was said of the file.

    Raises:
        FileUnusable: the file cannot be read, or holds no text.
    """
    try:
        with opened_tickets(path, LABELLED, choices) as file:
            wanted = set(np.linspace(0, file.total - 1, min(file.total, ENOUGH_TICKETS), dtype=int).tolist())
            rows = [row for at, row in enumerate(file.rows()) if at in wanted and not isinstance(row, BadLine)]
    except OSError as error:
        raise FileUnusable(
            f"--tickets {path}: cannot be read: {error.strerror or 'not a readable gzip file'}"
        ) from None
    except FileRefused as refused:
        raise FileUnusable(f"--tickets {path}: {refused}") from None
    texts = [ticket_text(row.fields["subject"] or "", row.fields["description"] or "") for row in rows]
    if not any(text.strip() for text in texts):
        raise FileUnusable(f"--tickets {path}: no ticket has a text; name its column with --map description=COLUMN")
    return [text for text in texts if text.strip()]
