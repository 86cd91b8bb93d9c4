"""The names of categories in the reader's language; programs get the labels."""

from collections.abc import Mapping
from typing import Final

from analytics.reports.report import Cell, Report, Table
from consumer.answer.taxonomy import Taxonomy
from consumer.config.sources import process_environment
from ticketstream.choices import Language

# Columns and facts of reports that hold labels.
_LABELS: Final = frozenset({"category", "subcategory", "answered", "corrected_to"})
# In the order in which POSIX reads them (Base Definitions, 8.2).
_LOCALES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")

Names = Mapping[str, str]
"""From `category` or `category/subcategory` to the name of its last part."""


def reader_language(chosen: Language | None) -> Language:
    """The language that was asked for, else that of the terminal, else English."""
    if chosen is not None:
        return chosen
    environment = process_environment()
    locale = next((environment[name] for name in _LOCALES if environment.get(name)), "")
    code = locale.partition(".")[0].partition("_")[0].lower()
    return Language(code) if code in set(Language) else Language.ENGLISH


def named(label: str, names: Names) -> str:
    """A label, `category` or `category/subcategory`, as its names say it; what has no name stays as it is."""
    category, slash, _ = label.partition("/")
    of_category = names.get(category, category)
    return f"{of_category}{slash}{names.get(label, label.removeprefix(category + slash))}" if slash else of_category


def with_names(report: Report, names: Names) -> Report:
    """The report with names in the place of labels, for people."""
    facts = {name: _cell(name, value, names) for name, value in report.facts.items()}
    return report._replace(facts=facts, tables=tuple(_named_table(table, names) for table in report.tables))


def label_of(given: str, taxonomy: Taxonomy) -> str:
    """The category that somebody named by its label, or by its name in one of the taxonomy's languages."""
    if taxonomy.knows(given):
        return given
    wanted = given.casefold()
    for language in taxonomy.languages:
        for label, name in taxonomy.names_in(language).items():
            if "/" not in label and name.casefold() == wanted:
                return label
    return given


def _named_table(table: Table, names: Names) -> Table:
    if not _LABELS & set(table.columns):
        return table
    rows = tuple(
        tuple(_cell(column, cell, names) for column, cell in zip(table.columns, row, strict=True)) for row in table.rows
    )
    return table._replace(rows=rows)


def _cell(column: str, cell: Cell, names: Names) -> Cell:
    return named(cell, names) if column in _LABELS and isinstance(cell, str) else cell
