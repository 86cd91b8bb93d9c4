"""Labelled tickets of an export: read, with labels that are one written as one."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from classifier.model import Label
from classifier.tickets import FileUnusable, LabelledTicket, ticket_text
from projects.tickets.merging import chosen_names, merged_keys
from projects.tickets.spellings import Spelling, alike, folded, shown, slugs
from projects.tickets.ticket_languages import languages_of
from tickets.files.bad_lines import BadLine, FileRefused
from tickets.files.names import LABELLED
from tickets.files.rows import Row
from tickets.files.ticket_file import Choices, opened_tickets

__all__ = ["Example", "Labelled", "Spelling", "read_all", "read_labelled"]

_NO_CATEGORY = "has no category"
_NO_TEXT = "has no text in subject and description"
_NAMED = 3


class Example(NamedTuple):
    """One labelled ticket.

    Attributes:
        line: Where its row begins in the file, from 1.
        category: A label of the taxonomy; so is the subcategory.
        language: ISO 639-1 code.
    """

    line: int
    subject: str
    description: str
    category: str
    subcategory: str | None
    language: str

    @property
    def label(self) -> Label:
        return self.category, self.subcategory

    @property
    def text(self) -> str:
        """What the model reads."""
        return ticket_text(self.subject, self.description)

    def ticket(self, source: str) -> LabelledTicket:
        """The ticket as training takes it."""
        return LabelledTicket(self.subject, self.description, self.category, self.subcategory, source, None)


class Labelled(NamedTuple):
    """The tickets of an export.

    Attributes:
        names: Each label's name, as most people wrote it.
        alike: Labels that may be one by mistake and were not merged: somebody has to decide.
        skipped: Line and reason of rows that cannot be used.
        columns: The column that was taken for each field.
    """

    examples: tuple[Example, ...]
    names: Mapping[Label, str]
    alike: tuple[Spelling, ...]
    skipped: tuple[tuple[int, str], ...]
    columns: Mapping[str, str]


class _Raw(NamedTuple):
    line: int
    subject: str
    description: str
    category: str
    subcategory: str


class _Named(NamedTuple):
    label: str
    name: str
    tickets: int


def read_labelled(path: Path, choices: Choices, merge: Mapping[str, str]) -> Labelled:
    """The labelled tickets of a file, with labels that are one written as one.

    Rows that cannot be used are left out, with the reason. Labels that differ only in case, blanks, accents or Unicode
    form are one; the most frequent spelling is its name.

    Args:
        path: CSV, TSV, JSON or JSON Lines, also compressed by gzip.
        choices: What need not be found: columns, delimiter, encoding.
        merge: Labels that people say are one: the spelling that stays, by the one that goes.

    Raises:
        FileUnusable: The file cannot be read, no row can be used, or `merge` does not fit its labels.
    """
    rows, skipped, columns = _rows(path, choices)
    if not rows:
        raise FileUnusable(f"{path}: {_why_none(skipped)}")
    return labelled(rows, merge)._replace(skipped=tuple(skipped), columns=columns)


def read_all(files: Sequence[tuple[Path, Choices]], merge: Mapping[str, str]) -> Labelled:
    """The labelled tickets of several files together; arguments and errors are those of `read_labelled`."""
    parts = [_rows(path, choices) for path, choices in files]
    skipped = [one for _, of_file, _ in parts for one in of_file]
    rows = [row for of_file, _, _ in parts for row in of_file]
    if not rows:
        raise FileUnusable(f"{', '.join(str(path) for path, _ in files)}: {_why_none(skipped)}")
    return labelled(rows, merge)._replace(skipped=tuple(skipped), columns=parts[0][2])


def _rows(path: Path, choices: Choices) -> tuple[list[_Raw], list[tuple[int, str]], dict[str, str]]:
    rows: list[_Raw] = []
    skipped: list[tuple[int, str]] = []
    try:
        with opened_tickets(path, LABELLED, choices) as file:
            if not file.used["category"]:
                raise FileUnusable(
                    f"{path}: has no column named category, or the like; name it with --map category=COLUMN"
                )
            for row in file.rows():
                read = _read(row)
                if isinstance(read, _Raw):
                    rows.append(read)
                else:
                    skipped.append((row.line, read))
            return rows, skipped, {field: names[0] for field, names in file.used.items() if names}
    except OSError as error:
        raise FileUnusable(f"{path}: cannot be read: {error.strerror or 'not a readable gzip file'}") from error
    except FileRefused as refused:
        raise FileUnusable(f"{path}: {refused}") from None


def _read(row: Row | BadLine) -> _Raw | str:
    """What is used of a row, or why nothing is."""
    if isinstance(row, BadLine):
        return row.problem
    fields = {field: text or "" for field, text in row.fields.items()}
    raw = _Raw(row.line, fields["subject"], fields["description"], fields["category"], fields["subcategory"])
    if not shown(raw.category):
        return _NO_CATEGORY
    if not ticket_text(raw.subject, raw.description).strip():
        return _NO_TEXT
    return raw


def _why_none(skipped: Sequence[tuple[int, str]]) -> str:
    reasons = Counter(reason for _, reason in skipped).most_common(_NAMED)
    said = "; ".join(f"{times:,} times: {reason}" for reason, times in reasons)
    return f"no row can be used ({said}); name the columns with --map category=COLUMN and --map description=COLUMN"


def labelled(rows: Sequence[_Raw], merge: Mapping[str, str]) -> Labelled:
    """The rows with labels that fit a taxonomy, and what was found out about the labels."""
    keys = _keys(rows, merge)
    chosen = chosen_names(merge)
    categories = _named(((pair[0], raw.category) for pair, raw in zip(keys, rows, strict=True)), chosen)
    within: dict[str, list[tuple[str, str]]] = {key: [] for key in categories}
    for (category, subcategory), raw in zip(keys, rows, strict=True):
        if subcategory:
            within[category].append((subcategory, raw.subcategory))
    subcategories = {category: _named(written, chosen) for category, written in within.items()}
    languages = languages_of([ticket_text(raw.subject, raw.description) for raw in rows])
    examples = [
        Example(
            *(raw.line, raw.subject, raw.description, categories[category].label),
            subcategories[category][subcategory].label if subcategory else None,
            language,
        )
        for raw, (category, subcategory), language in zip(rows, keys, languages, strict=True)
    ]
    levels = [categories, *subcategories.values()]
    found = [spelling for level in levels for spelling in alike({one.name: one.tickets for one in level.values()})]
    return Labelled(tuple(examples), _names(categories, subcategories), tuple(dict.fromkeys(found)), (), {})


def _keys(rows: Sequence[_Raw], merge: Mapping[str, str]) -> list[tuple[str, str]]:
    """What makes one label of each row's category and subcategory, after merging; empty without a subcategory."""
    levels = [Counter(raw.category for raw in rows), Counter(raw.subcategory for raw in rows if shown(raw.subcategory))]
    merged = merged_keys(merge, [[name for name, _ in reversed(level.most_common())] for level in levels])
    keys = [
        {written: becomes.get(folded(written), folded(written)) for written in level}
        for level, becomes in zip(levels, merged, strict=True)
    ]
    return [(keys[0][raw.category], keys[1].get(raw.subcategory, "")) for raw in rows]


def _named(written: Iterable[tuple[str, str]], chosen: Mapping[str, str]) -> dict[str, _Named]:
    """Label, name and tickets of each key. Its most frequent own spelling is the name, unless people chose another."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for key, spelling in written:
        spellings[key][shown(spelling)] += 1
    names = {key: _name(key, of, chosen) for key, of in spellings.items()}
    labels = slugs(names)
    return {key: _Named(labels[key], names[key], of.total()) for key, of in spellings.items()}


def _name(key: str, spellings: Counter[str], chosen: Mapping[str, str]) -> str:
    own = [spelling for spelling in spellings if folded(spelling) == key]
    return chosen[key] if not own or chosen.get(key) in own else min(own, key=lambda name: (-spellings[name], name))


def _names(categories: Mapping[str, _Named], subcategories: Mapping[str, Mapping[str, _Named]]) -> dict[Label, str]:
    names: dict[Label, str] = {}
    for key, category in categories.items():
        names[category.label, None] = category.name
        names |= {(category.label, one.label): one.name for one in subcategories[key].values()}
    return names
