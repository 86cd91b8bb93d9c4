"""Which column holds which field."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from tickets.files.bad_lines import FileRefused, listed, shown
from tickets.files.names import Fields

# Exports put the ticket itself, or some of its fields, into an object of one of these names.
_WRAPPERS = ("fields.", "properties.", "attributes.", "ticket.", "ticket_attributes.")
_ATTRIBUTES = "attributes."
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")

Chosen = Mapping[str, str]
"""Columns that a user named, by field; an empty name says that no column holds the field."""


class Doubled(ValueError):
    """Two columns could hold a field, and none is better. The message names field and columns."""


class Layout(NamedTuple):
    """Where the fields of a row stand.

    Attributes:
        fields: For each field the positions of its columns, the best first: the first one with a value counts.
        names: The names under which all columns can be attributes.
        missing: Columns that a user named and that are not there.
    """

    fields: dict[str, tuple[int, ...]]
    names: tuple[str, ...]
    missing: tuple[str, ...]


def folded(name: str) -> str:
    """The name without case, accents, blanks and punctuation: `Ticket ID` and `ticket_id` are `ticketid`."""
    letters = unicodedata.normalize("NFKD", name.replace("#", " number ")).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def layout(columns: Sequence[str], fields: Fields, chosen: Chosen) -> Layout:
    """Find the columns of the fields.

    A field's columns are those whose folded names are among the names of the field, in the order of these names. A
    column that a user chose for a field is that field's only one, and no other's.

    Raises:
        Doubled: two columns could be a field's best one.
    """
    positions = {field: _chosen_position(columns, field, name) for field, name in chosen.items() if name}
    taken = {at for at in positions.values() if at is not None}
    free = [(at, name) for at, name in enumerate(columns) if at not in taken]
    found = {
        field: (() if (at := positions.get(field)) is None else (at,))
        if field in chosen
        else _found(free, field, names)
        for field, names in fields.items()
    }
    missing = tuple(chosen[field] for field, at in positions.items() if at is None)
    return Layout(found, attribute_names(columns), missing)


def _only(position: int | None) -> tuple[int, ...]:
    return () if position is None else (position,)


def _chosen_position(columns: Sequence[str], field: str, name: str) -> int | None:
    exact = [at for at, column in enumerate(columns) if column.strip() == name.strip()]
    same = exact or [at for at, column in enumerate(columns) if folded(column) == folded(name) != ""]
    if len(same) > 1:
        raise Doubled(_doubled(field, [columns[at] for at in same]))
    return same[0] if same else None


def _found(columns: Sequence[tuple[int, str]], field: str, names: tuple[str, ...]) -> tuple[int, ...]:
    order = _order(names)
    ranked = sorted((rank, at) for at, column in columns if (rank := _rank(column, order)) is not None)
    if len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
        best = ranked[0][0]
        raise Doubled(_doubled(field, [column for at, column in columns if (best, at) in ranked]))
    ranks = [rank for rank, _ in ranked]
    return tuple(at for rank, at in ranked if ranks.count(rank) == 1)


def _rank(column: str, order: Mapping[str, int]) -> tuple[int, int] | None:
    """How good a column's name is for a field, the lower the better: whole, without brackets, within a wrapper."""
    inner = next((column[len(wrapper) :] for wrapper in _WRAPPERS if column.startswith(wrapper)), "")
    for how, name in enumerate((column, _BRACKETS.sub("", column), inner)):
        if (rank := order.get(folded(name))) is not None:
            return how, rank
    return None


@lru_cache
def _order(names: tuple[str, ...]) -> dict[str, int]:
    order: dict[str, int] = {}
    for rank, name in enumerate(names):
        order.setdefault(folded(name), rank)
    return order


def _doubled(field: str, columns: Sequence[str]) -> str:
    if len({column.strip() for column in columns}) < len(columns):
        return f"has {len(columns)} columns called {shown(columns[0])}; rename those that are not the {field}"
    return f"has several columns for {field}: {listed(list(columns))}; say which with --map {field}={shown(columns[0])}"


def attribute_names(columns: Sequence[str]) -> tuple[str, ...]:
    """The names of columns as attributes: trimmed, `column 3` for the third when it has no name, none twice."""
    names: list[str] = []
    for number, column in enumerate(columns, 1):
        name = column.strip().removeprefix(_ATTRIBUTES) or f"column {number}"
        names.append(_unlike(names, columns, name) if name in names else name)
    return tuple(names)


def _unlike(names: Sequence[str], columns: Sequence[str], name: str) -> str:
    number = 2
    while f"{name} {number}" in names or f"{name} {number}" in columns:
        number += 1
    return f"{name} {number}"


def named_columns(names: str | None) -> tuple[str, ...]:
    """The names of columns that a user named with commas between them."""
    return tuple(name.strip() for name in names.split(",")) if names else ()


def chosen_columns(assignments: Sequence[str], fields: Fields) -> dict[str, str]:
    """Read what a user assigned: `subject=Asunto`, or `subject=` for none.

    Raises:
        FileRefused: an assignment is none, names no field, or names one twice.
    """
    chosen: dict[str, str] = {}
    for assignment in assignments:
        field, equals, column = assignment.partition("=")
        field = {"ticket_id": "id"}.get(field.strip().casefold(), field.strip().casefold())
        if not equals or field not in fields:
            raise FileRefused(
                f"--map {shown(assignment)}: write FIELD=COLUMN, and for FIELD one of {', '.join(fields)}"
            )
        if field in chosen:
            raise FileRefused(f"--map names two columns for {field}: name one")
        chosen[field] = column.strip()
    return chosen
