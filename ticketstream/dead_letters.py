"""Dead letters on a terminal and for other programs."""

import json
from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from consumer.commands.dlq_letters import Letter
from ticketstream.rendering import laid_out, printable

_COLUMNS = ("letter", "failed at", "state", "reason", "topic", "ticket", "replays", "detail")


def letters_table(letters: Iterable[Letter]) -> str:
    """Lay letters out for people, a row for each."""
    table = Table()
    for column in _COLUMNS:
        # The letter's name is what people type, so it stays whole.
        named = column == "letter"
        table.add_column(column, justify="right" if column == "replays" else "left", overflow="fold", no_wrap=named)
    for letter in letters:
        table.add_row(*(Text(printable(cell)) for cell in _cells(letter)))
    return laid_out(table)


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
    return json.dumps(document, ensure_ascii=False)
