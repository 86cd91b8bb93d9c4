"""Shows the records of a topic."""

from collections.abc import Callable
from typing import Any, TypeAlias

from consumer.commands.tail import Tail, concerns, last
from consumer.config.settings import load_settings
from consumer.errors import ConfigurationError
from consumer.kafka import admin
from terminal.output import say, say_json
from terminal.suggestions import meant
from ticketstream.choices import RecordFormat
from ticketstream.record_shown import full_form, short_form
from ticketstream.stopping import Stopping

Writer: TypeAlias = Callable[[dict[str, Any]], None]


def show_records(topic: str, ticket: str | None, write: Writer, lines: int, *, follow: bool) -> None:
    """Print the newest committed records, and with `follow` those that come, until the command is stopped.

    Args:
        topic: its name.
        ticket: only records about this ticket.
        write: prints one of them.
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
        raise ConfigurationError(f"{_no_topic(topic, settings.topics.all())}{unseen}")
    stopping = Stopping()
    reader = Tail(settings, topic)
    try:
        existing = (reader.shown(record) for record in reader.existing())
        for document in last((d for d in existing if concerns(d, ticket)), lines):
            write(document)
        for record in reader.following(stopping.stop) if follow else ():
            document = reader.shown(record)
            if concerns(document, ticket):
                write(document)
    finally:
        reader.close()
    stopping.end()


def writer_of(output: RecordFormat, *, full: bool) -> Writer:
    """How records are printed: as JSON, or as text with all fields or the short form."""
    if output is RecordFormat.JSON:
        return say_json
    return (lambda document: say(full_form(document))) if full else (lambda document: say(short_form(document)))


def _no_topic(topic: str, ours: list[str]) -> str:
    likely = meant(topic, ours)
    hint = f"; did you mean {likely[0]}?" if likely else ";"
    return f"there is no topic {topic}{hint} the service's are {', '.join(ours)}"
