"""An evaluation as tables for people."""

from rich.table import Table

from classifier.evaluation import CategoryFigures, Confusion, Evaluation, LevelFigures

CONFUSIONS_SHOWN = 10


def evaluation_tables(evaluation: Evaluation) -> list[Table]:
    """Figures of both levels, of each category, and the most frequent confusions."""
    levels = _table(f"Model {evaluation.model}", ["level", "tickets", "accuracy", "macro F1", "ECE"])
    _add_level(levels, "category", evaluation.category)
    if evaluation.subcategory:
        _add_level(levels, "subcategory", evaluation.subcategory)
    categories = _table("Categories", ["category", "tickets", "answered", "precision", "recall", "F1", "confidence"])
    for figures in evaluation.categories:
        _add_category(categories, figures)
    return [levels, categories, *_confusions(evaluation.confusions)]


def _table(title: str, columns: list[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table


def _add_level(table: Table, name: str, figures: LevelFigures) -> None:
    error = figures.calibration_error
    table.add_row(
        name,
        f"{figures.tickets:,}",
        f"{figures.accuracy:.4f}",
        f"{figures.macro_f1:.4f}",
        "too few tickets" if error is None else f"{error:.4f}",
    )


def _add_category(table: Table, figures: CategoryFigures) -> None:
    mean = figures.mean_confidence
    table.add_row(
        figures.category,
        f"{figures.tickets:,}",
        f"{figures.answered:,}",
        f"{figures.precision:.3f}",
        f"{figures.recall:.3f}",
        f"{figures.f1:.3f}",
        "-" if mean is None else f"{mean:.3f}",
    )


def _confusions(confusions: list[Confusion]) -> list[Table]:
    if not confusions:
        return []
    table = Table(title="Most frequent confusions", title_justify="left")
    table.add_column("true category")
    table.add_column("answered")
    table.add_column("tickets", justify="right")
    for confusion in confusions[:CONFUSIONS_SHOWN]:
        table.add_row(confusion.gold, confusion.answered, f"{confusion.tickets:,}")
    return [table]
