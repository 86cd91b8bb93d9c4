"""`ticketstream tail`."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from consumer.commands.tail import Tail, concerns, last
from consumer.config.settings import load_settings
from consumer.errors import ConfigurationError
from consumer.kafka import admin
from consumer.logs import defused
from ticketstream.output import command, say
from ticketstream.stopping import Stopping


class Format(StrEnum):
    """How records are shown."""

    text = "text"
    json = "json"


def register(app: typer.Typer) -> None:
    app.command()(tail)


@command
def tail(
    topic: Annotated[
        str, typer.Argument(metavar="TOPIC", help="For example ticket-categorized or ticket-dead-letter.")
    ],
    ticket: Annotated[str | None, typer.Option(help="Only records about this ticket.")] = None,
    output: Annotated[Format, typer.Option("--format", help="json is one document a line.")] = Format.text,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many of the existing records.")] = 10,
    *,
    follow: Annotated[bool, typer.Option(help="Go on with what comes, until Ctrl-C.")] = True,
) -> None:
    """Show a topic's newest committed records, decoded, and follow it.

    For example: ticketstream tail ticket-categorized --ticket TKT-123 --no-follow
    """
    settings = load_settings()
    settings.require("kafka_bootstrap_servers")
    if topic not in admin.partition_counts(settings):
        raise ConfigurationError(f"there is no topic {topic}; the service's are {', '.join(settings.topics.all())}")
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


def _show(document: dict[str, Any], output: Format) -> None:
    if output is Format.json:
        say(json.dumps(document, ensure_ascii=False))
        return
    at = _moment(document["timestamp"])
    place = f"{document['partition']}@{document['offset']}"
    value = document["value"]
    fields = value if isinstance(value, dict) else {"value": value}
    rest = "  ".join(f"{name}={_brief(field)}" for name, field in fields.items() if field not in (None, "", [], {}))
    headers = "  ".join(f"{name}={text}" for name, text in document["headers"].items())
    say(defused(f"{at}  {place}  {document['key']}  {rest}  {headers}".rstrip()))


def _moment(timestamp_ms: int) -> str:
    try:
        return datetime.fromtimestamp(timestamp_ms / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        # Whoever writes a record may give it any time.
        return f"{timestamp_ms} ms"


def _brief(field: Any) -> str:
    text = field if isinstance(field, str) else json.dumps(field, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:119]}…"
