"""Questions with the parametrized views that they name written out in place.

Each such view, and each view within it, adds to the time that ClickHouse takes to plan a question: 10 to 40 ms were
measured on two cores, where a report over a month may take 300.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DEFINITION = re.compile(r"CREATE OR REPLACE VIEW (\w+) AS\s")
_PARAMETER = re.compile(r"\{(\w+):[^{}]*\}")
_CALL = re.compile(r"\b(\w+)\(")
_ALIAS = re.compile(r"\s+AS\s")


def parametrized_views(statements: Iterable[str]) -> dict[str, str]:
    """Return what the parametrized views say, by name; of one that was defined again, the last.

    Args:
        statements: those that define the database, in order.
    """
    said: dict[str, str] = {}
    for statement in statements:
        if head := _DEFINITION.search(statement):
            said[head[1]] = statement[head.end() :]
    return {name: text for name, text in said.items() if _PARAMETER.search(text)}


def written_out(query: str, views: Mapping[str, str]) -> str:
    """Return the query with each `view(name = value, ...)` replaced by what the view says of these values.

    Raises:
        KeyError: one of the view's values is missing.
    """
    pieces, done = [], 0
    for call in _CALL.finditer(query):
        view = call[1]
        if view in views and call.start() >= done:
            values, end = _values(query, call.end())
            said = written_out(_filled(views[view], values), views)
            alias = "" if _ALIAS.match(query, end) else f" AS {view}"
            pieces += [query[done : call.start()], f"(\n{said}\n)", alias]
            done = end
    return "".join([*pieces, query[done:]])


def _filled(view: str, values: Mapping[str, str]) -> str:
    return _PARAMETER.sub(lambda parameter: values[parameter[1]], view)


def _values(query: str, begin: int) -> tuple[dict[str, str], int]:
    """The values of a call by name, and where the call ends."""
    values: list[str] = []
    depth, quoted, first = 0, False, begin
    for place in range(begin, len(query)):
        character = query[place]
        if character == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif character in "([{":
            depth += 1
        elif depth and character in ")]}":
            depth -= 1
        elif not depth and character in ",)":
            values.append(query[first:place])
            first = place + 1
            if character == ")":
                break
    named = (value.split("=", 1) for value in values)
    return {name.strip(): value.strip() for name, value in named}, first
