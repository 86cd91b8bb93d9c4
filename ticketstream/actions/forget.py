"""Forgets tickets: deletes them from ClickHouse, and says what Kafka holds of them."""

import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from analytics.clickhouse.client import Client
from analytics.clickhouse.migrate import pending
from analytics.store.forgetting import forget, rows_of
from analytics.store.forgotten import Listed, enter, hashed, listed
from analytics.store.judged_fingerprints import texts_of_forgotten
from consumer.commands.forget_held import Held, held, keeping, topics_of_tickets, unanswered, unstored
from consumer.commands.overrides import without_tickets, write
from consumer.config.settings import Settings, load_settings
from consumer.errors import ConfigurationError, TicketstreamError
from consumer.kafka import admin
from consumer.kafka.records import Message
from consumer.kafka.topic_reader import log_ends, sizes
from consumer.sink.overrides import Overrides, company_of
from consumer.sink.topics import sink_events
from schemas.codec import RegistryUnavailable
from terminal.exit_codes import ExitCode
from terminal.output import console, say, say_json, tell
from terminal.safe_text import printable
from ticketstream.choices import Format
from ticketstream.database import database
from ticketstream.forgotten_shown import Outcome, as_json, as_text
from ticketstream.ticket_ids import ids_in

# Longer than a sink that goes on needs for what is ahead of it; one that waits for ClickHouse takes longer.
STORED_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.5
_ADVANCE_BY = 500

Ends = tuple[tuple[str, int, int], ...]


class Found(NamedTuple):
    """What there is of the tickets.

    Attributes:
        rows: of ClickHouse, by the hash of the ticket and by table.
        records: of Kafka.
        ends: up to where the sink's topics were read.
        before: hashes of tickets that were forgotten before.
    """

    rows: Mapping[str, Counter[str]]
    records: Sequence[Held]
    ends: Ends
    before: frozenset[str]

    def known(self, ticket_ids: Sequence[str]) -> list[str]:
        """Those of these tickets of which there is or was anything."""
        in_kafka = {each.ticket_id for each in self.records}
        noted = self.rows.keys() | self.before
        return [ticket_id for ticket_id in ticket_ids if ticket_id in in_kafka or hashed(ticket_id) in noted]


def forget_tickets(
    tickets: Sequence[str], file: Path | None, column: str | None, output: Format, *, dry_run: bool
) -> None:
    """Delete tickets from ClickHouse, and print what was deleted and what Kafka holds.

    Args:
        tickets: their ids.
        file: one that names them instead.
        column: of this file.
        output: how the result is written.
        dry_run: only say what there is.

    Raises:
        ConfigurationError: no ticket is named, or the database has to be migrated first.
        TicketstreamError: a server does not answer, or the sink is behind.
        typer.Exit: with 1, when an id is unknown or an answer is still to come.
    """
    ticket_ids = _named(tickets, file, column)
    settings = load_settings()
    settings.require("kafka_bootstrap_servers", "clickhouse_url")
    with database() as client, _bars() as progress:
        if pending(client):
            raise ConfigurationError(f"{settings.clickhouse_database} is not up to date; run `ticketstream migrate`")
        found = _found(settings, client, ticket_ids, progress)
        known = found.known(ticket_ids)
        overrides = _Overrides(settings, client, [hashed(ticket_id) for ticket_id in known])
        changed = len(overrides.changes())
        if known and not dry_run:
            found = found._replace(rows=_forget(settings, client, known, found, progress))
    deleted = sum(found.rows.values(), Counter[str]())
    kept = keeping(settings, sorted({each.topic for each in found.records}))
    unknown = sorted(set(ticket_ids).difference(known))
    outcome = Outcome(ticket_ids, unknown, deleted, found.records, kept, changed, dry_run)
    if output is Format.JSON:
        say_json(as_json(outcome))
    else:
        say(as_text(outcome))
    _end(unknown, unanswered(settings, found.records))


def _named(tickets: Sequence[str], file: Path | None, column: str | None) -> list[str]:
    if bool(tickets) == (file is not None):
        raise ConfigurationError("name the tickets, or a file that names them with --from: one of both")
    if file is not None:
        return ids_in(file, column)
    if column is not None:
        raise ConfigurationError("--column names a column of the file that --from names")
    return list(dict.fromkeys(tickets))


def _bars() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True)


def _found(settings: Settings, client: Client, ticket_ids: Sequence[str], progress: Progress) -> Found:
    existing = admin.partition_counts(settings)
    topics = [topic for topic in topics_of_tickets(settings) if topic in existing]
    ends = {
        (topic, partition): end
        for topic in (*sink_events(settings), settings.topics.created)
        if topic in existing
        for partition, end in log_ends(settings, topic).items()
    }
    tasks = {topic: progress.add_task(topic, total=sizes(settings, topic, None)) for topic in topics}
    read = Counter[str]()

    def count(topic: str) -> None:
        read[topic] += 1
        if read[topic] % _ADVANCE_BY == 0:
            progress.advance(tasks[topic], _ADVANCE_BY)

    try:
        records = sorted(held(settings, ticket_ids, topics, count), key=lambda each: each[1:4])
    except RegistryUnavailable as error:
        raise TicketstreamError(f"the schema registry cannot be asked: {error}") from error
    for each in records:
        # Written while the topics were read.
        if (partition := (each.topic, each.partition)) in ends:
            ends[partition] = max(ends[partition], each.offset + 1)
    rows = rows_of(client, [hashed(ticket_id) for ticket_id in ticket_ids])
    before = frozenset(each.ticket_hash for each in listed(client))
    return Found(rows, records, tuple((*partition, end) for partition, end in ends.items()), before)


def _forget(
    settings: Settings, client: Client, known: Sequence[str], found: Found, progress: Progress
) -> Mapping[str, Counter[str]]:
    """The rows that were deleted.

    The list first: whatever happens then, a sink that starts and `rebuild` leave these tickets out.
    """
    run, now_ms = uuid.uuid4().hex, time.time_ns() // 1_000_000
    hashes = [hashed(ticket_id) for ticket_id in known]
    enter(client, [Listed(each, run, found.ends, now_ms) for each in hashes])
    _wait_for_the_sink(settings, found.records, progress)
    rows = rows_of(client, hashes)
    overrides = _Overrides(settings, client, hashes)
    # Before the rows go: a run that is stopped between can do it again. And after: the sink may have decided from them.
    write(settings, overrides.changes())
    task = progress.add_task("deleting", total=None)
    # Closed by Ctrl-C too: then the tables keep old parts as before.
    with closing(forget(client, run, hashes)) as steps:
        for left in steps:
            progress.update(task, description=f"{left.doing}: {left.parts}")
    write(settings, overrides.changes())
    return rows


class _Overrides:
    """The overrides that stand on tickets; what the judged texts are is asked before the rows go."""

    def __init__(self, settings: Settings, client: Client, hashes: Sequence[str]) -> None:
        self._settings = settings
        self._hashes = hashes
        self._texts = texts_of_forgotten(client, hashes)
        self._overrides = Overrides(client, company_of(settings))

    def changes(self) -> list[Message]:
        """What is to be written so that nothing stands on these tickets."""
        return without_tickets(self._settings, self._overrides, self._texts, self._hashes)


def _wait_for_the_sink(settings: Settings, records: Sequence[Held], progress: Progress) -> None:
    """A sink that runs knows nothing of the list: it stores what is ahead of it, and then that is deleted."""
    give_up_s = time.monotonic() + STORED_WITHIN_S
    task = progress.add_task("waiting until the sink has read these records", total=None)
    while ahead := unstored(settings, records):
        progress.update(task, description=f"waiting until the sink has read {len(ahead)} records")
        if time.monotonic() > give_up_s:
            raise TicketstreamError(
                f"the sink has not read {len(ahead)} records of these tickets within {STORED_WITHIN_S:g} s, so nothing"
                " was deleted; see that it runs well (`ticketstream doctor`), and run this again"
            )
        time.sleep(_LOOK_EVERY_S)
    progress.remove_task(task)


def _end(unknown: Sequence[str], waiting: Sequence[Held]) -> None:
    if unknown:
        tell(f"unknown, neither in ClickHouse nor in Kafka: {printable(', '.join(unknown))}")
    if waiting:
        ids = ", ".join(sorted({each.ticket_id for each in waiting}))
        tell(f"not answered yet, or asked again: {printable(ids)}; an answer is still to come, so run this again later")
    if unknown or waiting:
        raise typer.Exit(ExitCode.FAILED)
