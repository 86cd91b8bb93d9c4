"""An evaluation as tables for people."""

from classifier.evaluation import CategoryFigures, Confusion, Evaluation, LevelFigures
from terminal.tables import Grid

CONFUSIONS_SHOWN = 10


def evaluation_tables(evaluation: Evaluation) -> list[Grid]:
    """Figures of both levels, of each category, and the most frequent confusions."""
    levels = [_level("category", evaluation.category)]
    if evaluation.subcategory:
        levels.append(_level("subcategory", evaluation.subcategory))
    return [
        _grid(f"Model {evaluation.model}", ("level", "tickets", "accuracy", "macro F1", "ECE"), levels),
        _grid(
            "Categories",
            ("category", "tickets", "answered", "precision", "recall", "F1", "confidence"),
            [_category(figures) for figures in evaluation.categories],
        ),
        *_confusions(evaluation.confusions),
    ]


def _grid(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> Grid:
    return Grid(columns, tuple(rows), title, numeric=frozenset(columns[1:]))


def _level(name: str, figures: LevelFigures) -> tuple[str, ...]:
    error = figures.calibration_error
    return (
        name,
        f"{figures.tickets:,}",
        f"{figures.accuracy:.4f}",
        f"{figures.macro_f1:.4f}",
        "too few tickets" if error is None else f"{error:.4f}",
    )


def _category(figures: CategoryFigures) -> tuple[str, ...]:
    mean = figures.mean_confidence
    return (
        figures.category,
        f"{figures.tickets:,}",
        f"{figures.answered:,}",
        f"{figures.precision:.3f}",
        f"{figures.recall:.3f}",
        f"{figures.f1:.3f}",
        "-" if mean is None else f"{mean:.3f}",
    )


def _confusions(confusions: list[Confusion]) -> list[Grid]:
    if not confusions:
        return []
    rows = tuple(
        (confusion.gold, confusion.answered, f"{confusion.tickets:,}") for confusion in confusions[:CONFUSIONS_SHOWN]
    )
    columns = ("true category", "answered", "tickets")
    return [Grid(columns, rows, "Most frequent confusions", numeric=frozenset({"tickets"}))]
