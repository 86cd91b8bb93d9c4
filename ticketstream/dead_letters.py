"""Dead letters on a terminal and for other programs."""

from collections.abc import Iterable

from consumer.commands.dlq_letters import Letter
from terminal.output import writes_unicode
from terminal.safe_text import json_line
from terminal.tables import Grid, laid_out

_COLUMNS = ("letter", "failed at", "state", "reason", "topic", "ticket", "replays", "detail")
# What a letter is about and why it failed stays longest.
_DISPENSABLE = ("replays", "failed at", "topic", "state", "reason")


def letters_table(letters: Iterable[Letter]) -> str:
    """Lay letters out for people, a row for each."""
    return laid_out(
        Grid(
            _COLUMNS,
            tuple(_cells(letter) for letter in letters),
            numeric=frozenset({"replays"}),
            dispensable=_DISPENSABLE,
        )
    )


def _cells(letter: Letter) -> tuple[str, ...]:
    header = letter.record.header
    return (
        letter.letter_id,
        header("ts-failed-at") or "",
        letter.state.value,
        letter.reason,
        letter.topic,
        letter.ticket_id,
        str(letter.replays),
        header("ts-detail") or "",
    )


def letter_json(letter: Letter) -> str:
    """Write a letter as one line of JSON, without its value."""
    record = letter.record
    document = {
        "partition": record.position.partition,
        "offset": record.position.offset,
        "state": letter.state.value,
        "key": letter.ticket_id,
        "bytes": len(record.value or b""),
        "headers": {name: record.header(name) for name, _ in record.headers},
    }
    return json_line(document, ascii_only=not writes_unicode())
