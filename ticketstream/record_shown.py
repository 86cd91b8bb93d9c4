"""One record of a topic as a line of text."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from rich.cells import cell_len, set_cell_size

from terminal.safe_text import printable
from terminal.tables import shown_width

_BRIEF_CELLS: Final = 60
_SHORT_CELLS: Final = 160
# What an operator looks for first in a dead letter.
_HEADERS: Final = ("ts-reason", "ts-topic", "ts-detail", "ts-replays")


def full_form(document: Mapping[str, Any]) -> str:
    """Every field and header, each whole."""
    value = document["value"]
    fields = value if isinstance(value, dict) else {"value": value}
    headers = (f"{name}={text}" for name, text in document["headers"].items())
    words = (*_position(document), *_named(fields, *fields), *_problem(document), *headers)
    return printable("  ".join(words))


def short_form(document: Mapping[str, Any]) -> str:
    """What matters most of an event, on one line of the terminal."""
    value = document["value"]
    if isinstance(value, dict):
        fields = [field for name, short in _SHORT.items() if name in value for field in short(value)]
    else:
        headers = document["headers"]
        known = [f"{name}={headers[name]}" for name in _HEADERS if headers.get(name)]
        fields = known or ["no value" if value is None else f"value={value}"]
    words = (*_position(document), *_problem(document), *(_cut(field, _BRIEF_CELLS) for field in fields))
    return _cut(printable("  ".join(words)), shown_width() or _SHORT_CELLS)


def _created(event: Mapping[str, Any]) -> Iterator[str]:
    yield event["subject"] or event["description"]
    yield from _named(event, "language", "channel")


def _categorized(event: Mapping[str, Any]) -> Iterator[str]:
    yield f"{_label(event)} {event['confidence']:.3f}"
    yield f"{event['decision']} by {event['method']}"
    if event["provisional"]:
        yield "provisional"
    if event["revision"]:
        yield f"revision {event['revision']}"
    yield from _named(event, "model")


def _corrected(event: Mapping[str, Any]) -> Iterator[str]:
    yield _label(event)
    yield from _named(event, "origin", "corrected_by", "reason")


def _operation(event: Mapping[str, Any]) -> Iterator[str]:
    yield f"{event['operation']} {event['outcome']} in {event['duration_us'] / 1000:.1f} ms"
    if event["attempts"] > 1:
        yield f"attempts={event['attempts']}"
    yield from _named(event, "ticket_id")


def _alert(event: Mapping[str, Any]) -> Iterator[str]:
    yield f"{event['kind']} {event['state']}"
    yield from _named(event, "operation", "detail")


# By a field that this event alone has.
_SHORT: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]]] = MappingProxyType(
    {
        "description": _created,
        "decision": _categorized,
        "corrected_at": _corrected,
        "duration_us": _operation,
        "alert_id": _alert,
    }
)


def _named(fields: Mapping[str, Any], *names: str) -> Iterator[str]:
    return (f"{name}={_text(fields[name])}" for name in names if fields[name] not in (None, "", [], {}))


def _label(event: Mapping[str, Any]) -> str:
    return "/".join(name for name in (event["category"], event["subcategory"]) if name)


def _position(document: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        _moment(document["timestamp"]),
        f"{document['partition']}@{document['offset']}",
        document["key"] or "no key",
    )


def _problem(document: Mapping[str, Any]) -> list[str]:
    return [f"problem={document['problem']}"] if "problem" in document else []


def _moment(timestamp_ms: int | None) -> str:
    if timestamp_ms is None:
        return "no timestamp"
    try:
        return datetime.fromtimestamp(timestamp_ms / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        # The writer of a record may give it any timestamp.
        return f"{timestamp_ms} ms"


def _text(field: Any) -> str:
    return field if isinstance(field, str) else json.dumps(field, ensure_ascii=False)


def _cut(text: str, cells: int) -> str:
    return text if cell_len(text) <= cells else f"{set_cell_size(text, cells - 1)}…"
