"""From chosen rows to a model, with its recipe and its figures. The same rows give the same model, to the byte."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final, NamedTuple

from classifier.model import Model
from classifier.training import Progress, train
from learning.choosing import Chosen, Row
from projects.accuracy.figures import DEPENDENCE
from projects.accuracy.folds import folds
from projects.accuracy.held_out import Fold, Train, Trainer, used_folds
from projects.accuracy.intervals import effective_n, wilson
from projects.tickets.labelled import Example
from projects.training import embedding_here

TEXT: Final = "text:"
"""Before the id of a text, in the list of what a version was trained on; the other lines are event_ids."""


class Retrained(NamedTuple):
    """A new model.

    Attributes:
        recipe: what it was made of, as JSON.
        trained_on: event_ids of the judged answers, and the ids of all texts behind TEXT.
    """

    model: Model
    recipe: Mapping[str, Any]
    trained_on: frozenset[str]


class Training(NamedTuple):
    """How models are made.

    Attributes:
        train: makes one.
        embedding: the name of the embedding that it uses; None without one.
    """

    train: Train
    embedding: str | None


class Figures(NamedTuple):
    """How right models were on rows that they had not learned from: of the same recipe, and of fewer rows.

    Attributes:
        held_out: rows that were answered.
        accuracy: share with the right category.
        low: lower end of its 95 % interval.
        high: upper end of its 95 % interval.
        whole: share with the right category and subcategory.
    """

    held_out: int
    accuracy: float
    low: float
    high: float
    whole: float


def training_here(
    on_embedded: Callable[[int, int], None], on_unavailable: Callable[[str], None], *, without_embedding: bool
) -> Training:
    """Training with the embedding that is installed; arguments are those of `projects.training.training`."""
    embedding = embedding_here(on_embedded, on_unavailable, without_embedding=without_embedding)
    return Training(partial(train, embedding=embedding), embedding.name) if embedding else Training(train, None)


def retrained(
    found: Chosen,
    *,
    name: str,
    day: date,
    training: Training,
    about: Mapping[str, Any],
    now: datetime,
    on_progress: Progress = lambda _done, _steps, _what: None,
) -> Retrained:
    """Train a model of the chosen rows, and measure its like on rows that were held out.

    Args:
        found: what it learns from.
        name: first part of its version.
        day: the day in its version: that of the newest judgement, so that the same rows give the same version.
        training: makes the models.
        about: what else the recipe says.
        now: for the recipe.
        on_progress: receives how many rows were learned from, of how many, and what is done now.

    Raises:
        DataError: nothing can be learned from the rows.
    """
    groups = _by_text(found.rows)
    parts = used_folds(groups, folds(groups)) if len(groups) > 1 else []
    planned = len(found.rows) + sum(len(part.rest) for part in parts)
    trainer = Trainer(training.train, name, day, planned, on_progress)
    model = trainer.train([example for group in groups.values() for example in group], "learning")
    figures = _figures(trainer, parts)
    trainer.end()
    recipe = {
        **recipe_of(found, now),
        "embedding": model.multilingual.embedding.name if model.multilingual else None,
        "figures": {"held_out": figures._asdict() if figures else None},
        **about,
    }
    return Retrained(model, recipe, trained_on(found.rows))


def recipe_of(found: Chosen, now: datetime) -> dict[str, Any]:
    """What a recipe says of the rows."""
    used, left = found.used(), found.left_out
    return {
        "trained_at": now.isoformat(timespec="seconds"),
        "data_fingerprint": data_fingerprint(found.rows),
        "seed_rows": used["seed"],
        "judged_rows": sum(count for kind, count in used.items() if kind != "seed"),
        "rows": used,
        "left_out": {
            "contradictions": len(left.contradictions),
            "one_sided": sum(one.left_out for one in left.one_sided),
            "unknown_labels": sum(left.unknown.values()),
            "for_gate": left.for_gate,
            "replaced": left.replaced,
            "earlier": left.earlier,
        },
        "one_sided_people": [one.by for one in left.one_sided],
        "subcategory_from_answer": found.from_answer,
        "gate_tickets": len(found.gate),
    }


def data_fingerprint(rows: Iterable[Row]) -> str:
    """SHA-256 over the sorted ids, labels and texts of the rows; `sha256:` and 64 hexadecimal digits."""
    lines = sorted(
        json.dumps([row.event_id, row.category, row.subcategory, _digest(f"{row.subject}\n{row.description}")])
        for row in rows
    )
    return "sha256:" + _digest("".join(f"{line}\n" for line in lines))


def trained_on(rows: Iterable[Row]) -> frozenset[str]:
    """What to remember of rows, so that no gate ever judges a model by one of them."""
    return frozenset(one for row in rows for one in (f"{TEXT}{row.text_id}", row.event_id) if one)


def never_learned(gate: Sequence[Row], learned: Callable[[str], bool]) -> list[Row]:
    """The gate's rows that no model was trained on, neither by their answer nor by an equal text.

    Args:
        gate: of `Chosen`.
        learned: whether an event_id, or the id of a text behind TEXT, is among what some version was trained on.
    """
    return [row for row in gate if not learned(row.event_id) and not learned(f"{TEXT}{row.text_id}")]


def _by_text(rows: Iterable[Row]) -> dict[str, list[Example]]:
    groups: dict[str, list[Example]] = {}
    for number, row in enumerate(rows):
        example = Example(number, row.subject, row.description, row.category, row.subcategory, "")
        groups.setdefault(row.text_id, []).append(example)
    return groups


def _figures(trainer: Trainer, parts: Sequence[Fold]) -> Figures | None:
    judged = [
        one
        for number, fold in enumerate(parts, 1)
        for one in trainer.answers(fold.rest, fold.held, f"measuring on held-out part {number} of {len(parts)}")
    ]
    if not judged:
        return None
    right = sum(one.is_right for one in judged) / len(judged)
    sizes = _sizes(parts)
    low, high = wilson(right, effective_n(sizes) / DEPENDENCE)
    return Figures(len(judged), right, low, high, sum(one.is_whole_right for one in judged) / len(judged))


def _sizes(parts: Sequence[Fold]) -> list[int]:
    """How many held-out rows there are of each text: equal ones count for one another."""
    texts: dict[tuple[str, str], int] = {}
    for fold in parts:
        for example in fold.held:
            texts[example.subject, example.description] = texts.get((example.subject, example.description), 0) + 1
    return list(texts.values())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
