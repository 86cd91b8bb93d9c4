"""Labelled tickets for measuring keywords, with the labels that a taxonomy uses."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from classifier.tickets import ALL_SPLITS, FileUnusable
from consumer.answer.taxonomy import Taxonomy
from projects.files.label_changes import path_of
from projects.rules.keyword_precision import Ticket
from projects.tickets.relabelling import Labels, labels_of, today
from projects.tickets.spellings import folded, shown, slug
from projects.tickets.ticket_languages import languages_of
from tickets.files.bad_lines import BadLine, FileRefused
from tickets.files.names import LABELLED, LANGUAGE, Fields
from tickets.files.ticket_file import Choices, opened_tickets
from tickets.text.cleaning import clean

FIELDS: Final[Fields] = MappingProxyType({**LABELLED, "language": LANGUAGE})
_CODE = re.compile(r"([a-z]{2})(?:[-_].*)?")


class Measurable(NamedTuple):
    """What can be measured on.

    Attributes:
        tickets: labelled with labels in use.
        unknown: labels that the taxonomy does not know, and how many tickets have each.
        unusable: rows that are no labelled tickets.
    """

    tickets: list[Ticket]
    unknown: Mapping[str, int]
    unusable: int


class _Row(NamedTuple):
    language: str
    subject: str
    description: str
    category: str
    subcategory: str
    split: str


def read(files: Sequence[tuple[Path, Choices]], taxonomy: Taxonomy, merge: Mapping[str, str], split: str) -> Measurable:
    """The tickets of some files; their language is what the file says, or else found out.

    Args:
        files: each with what was said of it.
        taxonomy: its labels, earlier labels and names are understood.
        merge: spellings of labels, each with the one that stays.
        split: only tickets of this part; `all` for every ticket.

    Raises:
        FileUnusable: a file cannot be read, or no ticket can be measured on.
    """
    rows: list[_Row] = []
    unusable = 0
    for path, choices in files:
        read = list(_rows(path, choices))
        rows += [row for row in read if row and split in {ALL_SPLITS, row.split}]
        unusable += sum(row is None for row in read)
    found = languages_of([f"{row.subject}\n{row.description}" for row in rows])
    known = {**_by_name(taxonomy), **labels_of(taxonomy)}
    merged = {folded(old): new for old, new in merge.items()}
    tickets: list[Ticket] = []
    unknown = Counter[str]()
    for row, language in zip(rows, found, strict=True):
        label = _label(known, row, merged)
        if label is None:
            unknown[path_of((row.category, row.subcategory or None))] += 1
        else:
            code = _CODE.fullmatch(row.language.strip().lower())
            texts = clean(row.subject, row.description)
            tickets.append(
                Ticket(
                    code[1] if code else language, texts.subject, texts.description, label[0], label[1] or "", row.split
                )
            )
    if not tickets:
        names = ", ".join(str(path) for path, _ in files)
        raise FileUnusable(f"{names}: no ticket has a label of the taxonomy{_why(unknown, split)}")
    return Measurable(tickets, unknown, unusable)


def _why(unknown: Mapping[str, int], split: str) -> str:
    if unknown:
        return f" (found: {', '.join(list(unknown)[:5])}); name another file with --tickets, or add the labels"
    return f" and the split {split!r}; name another with --split, or take all of them with --split {ALL_SPLITS}"


def _rows(path: Path, choices: Choices) -> Iterator[_Row | None]:
    try:
        with opened_tickets(path, FIELDS, choices) as file:
            if not file.used["category"]:
                raise FileUnusable(
                    f"{path}: has no column named category, or the like; name it with --map category=COLUMN"
                )
            for row in file.rows():
                texts = {} if isinstance(row, BadLine) else {name: text or "" for name, text in row.fields.items()}
                usable = texts and shown(texts["category"]) and (texts["subject"] or texts["description"]).strip()
                yield _Row(**{name: texts[name] for name in _Row.__annotations__}) if usable else None
    except OSError as error:
        raise FileUnusable(f"{path}: cannot be read: {error.strerror or 'not a readable gzip file'}") from error
    except FileRefused as refused:
        raise FileUnusable(f"{path}: {refused}") from None


def _by_name(taxonomy: Taxonomy) -> Labels:
    """The labels in use by their names, folded, in every language."""
    pairs = [(category, part) for category, parts in taxonomy.subcategories.items() for part in (None, *parts)]
    named = {}
    for pair in pairs:
        for language in taxonomy.languages:
            category, subcategory = taxonomy.names(*pair, language)
            named[folded(category), subcategory and folded(subcategory)] = pair
            named[pair[0], subcategory and folded(subcategory)] = pair
    return named


def _label(known: Labels, row: _Row, merged: Mapping[str, str]) -> tuple[str, str | None] | None:
    categories, subcategories = (_spellings(merged.get(folded(text), text)) for text in (row.category, row.subcategory))
    return today(known, categories, subcategories if shown(row.subcategory) else (None,))


def _spellings(text: str) -> tuple[str, str, str]:
    return text.strip(), slug(text), folded(text)
