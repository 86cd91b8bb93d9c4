"""From a row as it stands in a file to the fields that are wanted."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from tickets.files.bad_lines import BadLine
from tickets.files.columns import Chosen, Doubled, Layout, layout
from tickets.files.encoding import BAD_BYTE, encoding_shown
from tickets.files.json_rows import Cell, attribute_text, field_text
from tickets.files.names import Fields
from tickets.files.raw_rows import RawRow

# Blanks around these say nothing; texts are left as they are.
_TRIMMED = frozenset({"id", "language", "channel", "created_at"})
# An object under one of these names holds what must not be lost, and nobody knows where in it.
_TEXTS = frozenset({"id", "subject", "description", "created_at", "category", "subcategory"})
_EXCEL_TEXT = re.compile(r'\A="(.*)"\Z', re.DOTALL)
_KEPT = 1000


class Row(NamedTuple):
    """One row.

    Attributes:
        line: Its first line in the file, from 1.
        fields: Every wanted field: its text, or None where the row has none.
        attributes: The texts of all other columns that hold any, by name.
    """

    line: int
    fields: dict[str, str | None]
    attributes: dict[str, str]


class RowReader:
    """Reads rows, and remembers which columns it read as what.

    Attributes:
        used: For each field the columns that held it in some row.
        attributes: The names of the attributes, of the first thousand.
        columns: The names of all columns, of the first thousand.
        missing: The columns that a user named and that no row had yet.
    """

    def __init__(self, fields: Fields, chosen: Chosen, encoding: str) -> None:
        self._fields = fields
        self._chosen = chosen
        self._encoding = encoding
        self._layouts: dict[tuple[str, ...], Layout] = {}
        self.used: dict[str, dict[str, None]] = {field: {} for field in fields}
        self.attributes: dict[str, None] = {}
        self.columns: dict[str, None] = {}
        self.missing = {name for name in chosen.values() if name}

    def read(self, raw: RawRow) -> Row | BadLine:
        """The fields and attributes of one row, or what is wrong with it."""
        try:
            places = self._layout(raw.columns)
        except Doubled as doubled:
            return BadLine(raw.line, str(doubled))
        taken = {field: _first_with_value(raw.cells, at) for field, at in places.fields.items()}
        fields, wrong = _texts(raw.cells, taken)
        wrong += [field for field in self._objects(raw.objects) if taken[field] is None]
        if wrong:
            return BadLine(raw.line, f"{', '.join(wrong)}: not text")
        attributes = _attributes(raw.cells, places, taken)
        if any(BAD_BYTE in text for text in (*fields.values(), *attributes, *attributes.values()) if text):
            return BadLine(raw.line, f"is not {encoding_shown(self._encoding)}")
        self._note(raw.columns, taken, attributes)
        return Row(raw.line, fields, attributes)

    def _layout(self, columns: tuple[str, ...]) -> Layout:
        known = self._layouts.get(columns)
        if known is None:
            known = layout(columns, self._fields, self._chosen)
            self.missing &= set(known.missing)
            self.columns.update(dict.fromkeys(columns[:_KEPT] if len(self.columns) < _KEPT else ()))
            if len(self._layouts) < _KEPT:
                self._layouts[columns] = known
        return known

    def _objects(self, names: tuple[str, ...]) -> list[str]:
        """The fields that must be text and for which there is an object."""
        try:
            fields = self._layout(names).fields if names else {}
        except Doubled:
            return []
        return [field for field, at in fields.items() if at and field in _TEXTS]

    def _note(self, columns: Sequence[str], taken: Mapping[str, int | None], attributes: Mapping[str, str]) -> None:
        for field, at in taken.items():
            if at is not None:
                self.used[field].setdefault(columns[at])
        if len(self.attributes) < _KEPT:
            self.attributes.update(dict.fromkeys(attributes))


def _first_with_value(cells: Sequence[Cell], positions: Sequence[int]) -> int | None:
    """The first position that holds something, or else the first one."""
    return next((at for at in positions if not _is_empty(cells[at])), positions[0] if positions else None)


def _is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _texts(cells: Sequence[Cell], taken: Mapping[str, int | None]) -> tuple[dict[str, str | None], list[str]]:
    """The texts of the fields, and the fields that have none although there is a value."""
    texts: dict[str, str | None] = {}
    wrong: list[str] = []
    for field, at in taken.items():
        try:
            texts[field] = _text(field, None if at is None else cells[at])
        except ValueError:
            wrong.append(field)
    return texts, wrong


def _text(field: str, cell: Cell) -> str | None:
    if field == "created_at" and isinstance(cell, Decimal):
        return attribute_text(cell)
    text = field_text(cell)
    if not text or field not in _TRIMMED:
        return text
    return _EXCEL_TEXT.sub(r"\1", text.strip())


def _attributes(cells: Sequence[Cell], places: Layout, taken: Mapping[str, int | None]) -> dict[str, str]:
    """All further values; what repeats the value of a field is left out."""
    positions = set(taken.values())
    several = ((taken[field], others) for field, others in places.fields.items() if len(others) > 1)
    repeating = {at for chosen, others in several for at in others if _repeats(cells, at, chosen)}
    found = ((name, at) for at, name in enumerate(places.names) if at not in positions and at not in repeating)
    texts = ((name, attribute_text(cells[at])) for name, at in found)
    return {name: text for name, text in texts if text.strip()}


def _repeats(cells: Sequence[Cell], at: int, taken: int | None) -> bool:
    return taken is not None and attribute_text(cells[at]).strip() == attribute_text(cells[taken]).strip()
