"""From JSON to columns and cells."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

Cell = str | int | Decimal | bool | None | Sequence[Any]
"""A value that is no object."""

_LARGEST_EXPONENT = 30


def flattened(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values of an object by their names; behind an object within come its own, called `outer.inner`.

    Objects such as `{"$oid": "7"}`, in which MongoDB writes the types of values, stand for their value.
    """
    for name, typed in row.items():
        value = _untyped(typed)
        yield f"{prefix}{name}", value
        if isinstance(value, dict):
            yield from flattened(value, f"{prefix}{name}.")


def _untyped(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        ((name, inner),) = value.items()
        return _untyped(inner) if name.startswith("$") else value
    return value


def field_text(value: Cell) -> str | None:
    """The text of a value that is to be one field: text, a whole number, or nothing.

    Raises:
        ValueError: it is none of these.
    """
    match value:
        case None | str():
            return value
        case bool():
            raise ValueError
        case int():
            return str(value)
        case Decimal() if value.is_finite() and abs(value.adjusted()) <= _LARGEST_EXPONENT and value == int(value):
            return str(int(value))
        case _:
            raise ValueError


def attribute_text(value: Cell) -> str:
    """The text of any value: lists of simple values with commas, others as JSON; empty for nothing."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return str(value)
        case _:
            return _list_text(value)


def _list_text(values: Sequence[Any]) -> str:
    if any(isinstance(value, list | dict) for value in values):
        return json_text(values)
    return ", ".join(attribute_text(value) for value in values if value is not None)


def json_text(value: Any) -> str:
    """A value as JSON, numbers with all their digits."""
    match value:
        case list():
            return f"[{', '.join(map(json_text, value))}]"
        case dict():
            return f"{{{', '.join(f'{json.dumps(name)}: {json_text(inner)}' for name, inner in value.items())}}}"
        case Decimal():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)
