"""Shows the records of a topic."""

import json
from datetime import UTC, datetime
from typing import Any

from consumer.commands.tail import Tail, concerns, last
from consumer.config.settings import load_settings
from consumer.errors import ConfigurationError
from consumer.kafka import admin
from consumer.logs import defused
from ticketstream.choices import RecordFormat
from ticketstream.output import say
from ticketstream.stopping import Stopping


def show_records(topic: str, ticket: str | None, output: RecordFormat, lines: int, *, follow: bool) -> None:
    """Print the newest committed records, and with `follow` those that come, until the command is stopped.

    Args:
        topic: its name.
        ticket: only records about this ticket.
        output: how they are written.
        lines: how many of the existing records.
        follow: whether to wait for more.

    Raises:
        ConfigurationError: there is no such topic.
        typer.Exit: always; with 130 after Ctrl-C.
    """
    settings = load_settings()
    settings.require("kafka_bootstrap_servers")
    if topic not in admin.partition_counts(settings):
        unseen = admin.or_unseen(settings, [topic])
        raise ConfigurationError(
            f"there is no topic {topic}; the service's are {', '.join(settings.topics.all())}{unseen}"
        )
    stopping = Stopping()
    reader = Tail(settings, topic)
    try:
        existing = (reader.shown(record) for record in reader.existing())
        for document in last((d for d in existing if concerns(d, ticket)), lines):
            _show(document, output)
        for record in reader.following(stopping.stop) if follow else ():
            document = reader.shown(record)
            if concerns(document, ticket):
                _show(document, output)
    finally:
        reader.close()
    stopping.end()


def _show(document: dict[str, Any], output: RecordFormat) -> None:
    if output is RecordFormat.JSON:
        say(json.dumps(document, ensure_ascii=False))
        return
    at = _moment(document["timestamp"])
    position = f"{document['partition']}@{document['offset']}"
    value = document["value"]
    fields = value if isinstance(value, dict) else {"value": value}
    rest = "  ".join(f"{name}={_brief(field)}" for name, field in fields.items() if field not in (None, "", [], {}))
    headers = "  ".join(f"{name}={text}" for name, text in document["headers"].items())
    say(defused(f"{at}  {position}  {document['key']}  {rest}  {headers}".rstrip()))


def _moment(timestamp_ms: int | None) -> str:
    if timestamp_ms is None:
        return "no timestamp"
    try:
        return datetime.fromtimestamp(timestamp_ms / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        # The writer of a record may give it any timestamp.
        return f"{timestamp_ms} ms"


def _brief(field: Any) -> str:
    text = field if isinstance(field, str) else json.dumps(field, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:119]}…"
