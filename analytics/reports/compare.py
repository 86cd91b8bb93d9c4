"""Which of two models is right more often, by what people judged of their live answers.

Where both answered the same texts, they are compared on those: that says more with fewer judgements. Else the shares of
different tickets are compared.
"""

from dataclasses import dataclass
from typing import Final

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read
from analytics.reports.accuracy import accuracy
from analytics.reports.differences import TWO_SIDED, Difference, difference, unpaired
from analytics.reports.figure import MINIMUM_N, NOTHING, Figure
from analytics.reports.question import Question
from analytics.reports.report import Report, Table

_COLUMNS: Final = {
    "differences": (
        *("tickets", "n", "difference", "difference_low", "difference_high", "only_a_right", "only_b_right"),
    ),
    "models": ("letter", "model", "n", "accuracy", "accuracy_low", "accuracy_high"),
}


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts that both models answered and a person judged.

    Attributes:
        n: texts.
        both: that both have right.
        only_a: that only model A has right.
        only_b: that only model B has right.
    """

    n: int
    both: int
    only_a: int
    only_b: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Two models.

    Attributes:
        question: what was asked.
        models: their names, A and B.
        every_judgement: whether all judged answers count, and not only those drawn at random.
        figures: how right each of them is on the answers of its own that were judged.
        texts: on the same texts.
    """

    question: Question
    models: tuple[str, str]
    every_judgement: bool
    figures: tuple[Figure, Figure]
    texts: Texts

    @property
    def paired(self) -> Difference | None:
        """B minus A on the same texts; None where there are too few."""
        if self.texts.n < MINIMUM_N:
            return None
        return difference(self.texts.only_b, self.texts.only_a, self.texts.n, TWO_SIDED)

    @property
    def unpaired(self) -> Difference | None:
        """B minus A on different tickets; None where one of them has too few."""
        old, new = self.figures
        return unpaired(old, new) if old.enough and new.enough else None

    def report(self) -> Report:
        """Lay the figures out for showing."""
        facts = self.question.facts() | {
            "model_a": self.models[0],
            "model_b": self.models[1],
            "judgements": "all" if self.every_judgement else "audit",
            "minimum_n": MINIMUM_N,
        }
        texts, nothing = self.texts, (None, None, None)
        fewest = min(found.n for found in self.figures)
        known = zip(("a", "b"), self.models, self.figures, strict=True)
        rows = {
            "differences": (
                ("same", texts.n, *(self.paired or nothing), texts.only_a, texts.only_b),
                ("different", fewest, *(self.unpaired or nothing), None, None),
            ),
            "models": tuple((letter, name, found.n, *found.cells()) for letter, name, found in known),
        }
        judged = any(found.n for found in self.figures)
        tables = (Table(name, columns, rows[name] if judged else ()) for name, columns in _COLUMNS.items())
        return Report("compare", facts, tuple(tables), self._notes())

    def _notes(self) -> tuple[str, ...]:
        counted = (
            "Every judged answer counts: people open doubtful ones more often, which may favour one of the models."
            if self.every_judgement
            else "Only answers drawn for the audit count; --all-judgements counts every judged one."
        )
        return (
            "difference is the accuracy of B minus that of A; an interval that holds 0 decides nothing.",
            "same: texts that both models answered and a person judged, in answers of either; paired interval (Tango).",
            "different: each model on its own judged answers, weighted in the audit; n is the smaller one (Newcombe).",
            counted,
            f"Intervals are 95 %. Below {MINIMUM_N} no number is given.",
        )


def compare(client: Client, question: Question, models: tuple[str, str], *, every_judgement: bool) -> Compared:
    """Compare two models by the judged answers to input records from a moment on.

    Args:
        client: a client of the database.
        question: which answers.
        models: names with versions, as events have them.
        every_judgement: whether all judged answers count, and not only those drawn at random.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    asked = {"model_a": models[0], "model_b": models[1], "every_judgement": every_judgement}
    texts = Texts(**client.rows(read("paired_models"), question.parameters() | asked)[0])
    groups = {group.name: group for group in accuracy(client, *question).groups.get("model", ())}
    of_a, of_b = (groups.get(name) for name in models)
    figures = tuple(
        NOTHING if group is None else group.verified if every_judgement else group.audit for group in (of_a, of_b)
    )
    return Compared(question, models, every_judgement, (figures[0], figures[1]), texts)


def models_known(client: Client, question: Question) -> list[str]:
    """The models that answered, the most answers first; raises as `compare` does."""
    return [group.name for group in accuracy(client, *question).groups.get("model", ()) if group.name]
