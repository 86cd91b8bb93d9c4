"""Fills ClickHouse from the topics again."""

from datetime import UTC, datetime

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from analytics.clickhouse.client import Client
from analytics.clickhouse.migrate import migrate
from analytics.clickhouse.retention import apply
from analytics.store.rollups import roll_up
from consumer.commands.overrides import decide_again
from consumer.commands.rebuild import rebuild as write_again
from consumer.config.clickhouse import retention_of
from consumer.config.settings import Settings, load_settings
from consumer.errors import ConfigurationError, TicketstreamError
from consumer.kafka import admin
from consumer.kafka.topic_reader import sizes
from consumer.sink.topics import sink_topic_names
from schemas.codec import RegistryUnavailable
from terminal.output import console, say
from ticketstream.database import database
from ticketstream.moments import moment


def rebuild_database(since: str | None, *, dry_run: bool) -> None:
    """Write the committed records of the topics to ClickHouse, and print how many.

    Args:
        since: a time; only records that were written from then on.
        dry_run: only print how many records there are.

    Raises:
        ConfigurationError: a topic is missing.
        TicketstreamError: the schema registry does not answer.
    """
    settings = load_settings()
    settings.require("kafka_bootstrap_servers")
    since_ms = None if since is None else int(moment(since, datetime.now(UTC), "--from").timestamp() * 1000)
    existing = admin.partition_counts(settings)
    if missing := [topic for topic in sink_topic_names(settings) if topic not in existing]:
        unseen = admin.or_unseen(settings, missing)
        raise ConfigurationError(
            f"there is no topic {', '.join(missing)}; `ticketstream topics create` makes them{unseen}"
        )
    total = {topic: sizes(settings, topic, since_ms) for topic in sink_topic_names(settings)}
    with database() as client:
        if dry_run:
            for topic, number in total.items():
                say(f"{topic}: {number} records would be read, transaction markers included")
            return
        migrate(client)
        apply(client, retention_of(settings))
        _run(settings, client, since_ms, total)


def _run(settings: Settings, client: Client, since_ms: int | None, total: dict[str, int]) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        tasks = {topic: progress.add_task(topic, total=number) for topic, number in total.items()}
        try:
            done = write_again(settings, client, since_ms, lambda topic, number: progress.advance(tasks[topic], number))
        except RegistryUnavailable as error:
            raise TicketstreamError(f"the schema registry cannot be asked: {error}") from error
        changed = 0
        if settings.overrides == "on":
            progress.add_task("overrides", total=None)
            changed = decide_again(settings, client, done.judged)
        figures = progress.add_task("figures of the operations", total=None)
        for spans in roll_up(client):
            progress.advance(figures, spans)
    for topic in total:
        say(f"{topic}: {done.rows[topic]} records written")
    if changed:
        say(f"{settings.topics.overrides}: {changed} records written, where they were not what follows from the rows")
    for reason, number in sorted(done.bad.items()):
        say(f"{number} records make no row ({reason}); they are dead letters")
    for reason, number in sorted((+done.passed_over).items()):
        say(f"{number} records were left out ({reason})")
