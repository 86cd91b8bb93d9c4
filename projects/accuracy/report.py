"""What was learned from labelled tickets, in figures."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from classifier.model import Label
from projects.accuracy.automatic import Automatic
from projects.accuracy.curve import Forecast, Point
from projects.tickets.labelled import Spelling


class Estimate(NamedTuple):
    """The accuracy that the model will have on tickets that it has not seen.

    Attributes:
        accuracy: What the model of all tickets is expected to reach.
        low: The 95 % interval begins here.
        high: And ends here.
        held_out: Tickets that were answered by models that had not seen them.
        measured: The share of those that was right.
        learned_from: Tickets of each of those models, fewer than the model's.
    """

    accuracy: float
    low: float
    high: float
    held_out: int
    measured: float
    learned_from: int


class LabelFigures(NamedTuple):
    """Figures of one category or subcategory, on held-out tickets.

    Attributes:
        name: As people see it.
        tickets: In the file.
        held_out: Of those, the answered ones.
        precision: Share of the answers with this label that were right; None when there are none.
        recall: Share of its tickets that got this label; None when none was held out.
        missing: How many tickets more it takes to learn it; 0 for enough.
    """

    label: Label
    name: str
    tickets: int
    held_out: int
    precision: float | None
    recall: float | None
    missing: int


class Excerpt(NamedTuple):
    """A ticket as an example: its line in the file, and the beginning of its text."""

    line: int
    text: str


class Confusion(NamedTuple):
    """A label that is answered in place of another.

    Attributes:
        name: Of the right label.
        answered: The name of the label that was answered.
        times: How often, of the held-out tickets.
        examples: At most two of them, the most confident answers first.
    """

    name: str
    answered: str
    times: int
    examples: tuple[Excerpt, ...]


class Contradiction(NamedTuple):
    """Tickets of one text that have several labels.

    Attributes:
        labels: Names of the labels.
        lines: Where the tickets are in the file.
        text: The beginning of the text.
    """

    labels: tuple[str, ...]
    lines: tuple[int, ...]
    text: str


class Duplicate(NamedTuple):
    """Tickets of one text and one label, by their lines in the file."""

    lines: tuple[int, ...]
    text: str


class LanguageFigures(NamedTuple):
    """Tickets of a language, and the accuracy on those that were held out; None when there was none."""

    language: str
    tickets: int
    held_out: int
    accuracy: float | None
    keywords: int


class RulesFigures(NamedTuple):
    """The rules alone, without the model, on tickets that did not choose their keywords.

    Attributes:
        answered: The share of tickets in which they found a keyword.
        precision: The share of those that got the right category; None when there are none.
        accuracy: The share of all tickets that got the right category, the default's included.
    """

    answered: float
    precision: float | None
    accuracy: float


class Reading(NamedTuple):
    """Which part of the model reads which tickets, as cross-validation chose it.

    Attributes:
        embedding: Its name and version; it reads tickets in all other languages.
        languages: ISO 639-1 codes of those that TF-IDF has learned; empty where every text counts as learned.
        used: What reads tickets in those languages, in words.
        tickets: Held-out tickets that decided it; with none the accuracies are 0.
        tfidf: The share of their labels that TF-IDF alone found.
        least_sure: The same with the embedding asked too where TF-IDF is least sure.
        all: The same with both asked for every ticket.
        alone: The same of the embedding alone.
    """

    embedding: str
    languages: tuple[str, ...]
    used: str
    tickets: int
    tfidf: float
    least_sure: float
    all: float
    alone: float


class Report(NamedTuple):
    """Everything to be said about a model and its tickets.

    Attributes:
        tickets: That were learned from.
        skipped: Line and reason of rows that cannot be used.
        columns: The column that was taken for each field.
        reading: What reads a ticket, and why; None for a model without an embedding.
        accuracy: Of the category.
        whole_accuracy: Of category and subcategory together; None without subcategories.
        curve: Accuracy of the category by the number of tickets, measured.
        forecasts: The same for all tickets, and for twice as many; none where there are too few tickets to tell.
        duplicates: Tickets beyond the first of the same text and label; some of them in `duplicated`.
        contradictions: Tickets of texts that have several labels; some of them in `contradicted`.
        confusions: The worst pairs of categories; of subcategories within a category in `subcategory_confusions`.
    """

    model: str
    tickets: int
    skipped: tuple[tuple[int, str], ...]
    columns: Mapping[str, str]
    languages: tuple[LanguageFigures, ...]
    reading: Reading | None
    accuracy: Estimate
    whole_accuracy: Estimate | None
    curve: tuple[Point, ...]
    forecasts: tuple[Forecast, ...]
    automatic: Automatic
    categories: tuple[LabelFigures, ...]
    subcategories: tuple[LabelFigures, ...]
    confusions: tuple[Confusion, ...]
    subcategory_confusions: tuple[Confusion, ...]
    duplicates: int
    duplicated: tuple[Duplicate, ...]
    contradictions: int
    contradicted: tuple[Contradiction, ...]
    alike: tuple[Spelling, ...]
    rules: RulesFigures

    def as_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {name: _plain(value) for name, value in self._asdict().items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return round(value, 6) if isinstance(value, float) else value
