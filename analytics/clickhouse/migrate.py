"""Bring a database to what this version needs: migrations of the tables, once and in order, then the views.

ClickHouse has no transactions around its definitions. So every statement does nothing when it is run again, by a
process after one that died half-way or by two that start at once, and a file is recorded after its last statement. A
view is replaced when its text is not the one that was recorded: a start with nothing to do costs two short queries.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal, NamedTuple
from uuid import uuid4

from analytics.clickhouse.client import Client
from analytics.clickhouse.errors import AnalyticsError, Misconfigured
from analytics.clickhouse.schema_files import Migration, Schema, View, checksum, shipped

_RECORDS: Final = "_schema_migrations"
_READ_RECORDS: Final = "SELECT file, checksum, release FROM _schema_migrations FINAL"
_CREATE_RECORDS: Final = """
    CREATE TABLE IF NOT EXISTS _schema_migrations
    (
        file       String,
        checksum   String,
        release    String,
        applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
    )
    ENGINE = ReplacingMergeTree(applied_at)
    ORDER BY file
"""
# Of the migrations before the first release. Their tables cannot be carried over; the topics hold the same events.
_UNRELEASED: Final = frozenset(
    {"categorization_store", "ticket_store", "correction_store", "telemetry_store", "alert_store", "judgement_store"}
)
# ClickHouse replaces a view by several steps of its own, and a second process that replaces the same one may see a step
# of the first fail. The statement does nothing new when it is run again.
_TRIES: Final = 3
_PAUSE_S: Final = 0.2


class Step(NamedTuple):
    """A file that a database lacks.

    Attributes:
        file: what is applied.
        change: whether the database knows nothing of it, or another text (views only).
    """

    file: Migration | View
    change: Literal["new", "changed"]

    def __str__(self) -> str:
        if isinstance(self.file, View):
            return f"{self.change} view {self.file.name}"
        return f"migration {self.file.name}"


class _Record(NamedTuple):
    """What the database says of a file.

    Attributes:
        checksum: of the text that was applied.
        release: the version that applied it.
    """

    checksum: str
    release: str


def pending(client: Client, schema: Schema | None = None) -> list[Step]:
    """Return what the client's database lacks, in the order in which it is applied. Changes nothing.

    Args:
        client: of the database, which need not exist.
        schema: other than the shipped one.

    Raises:
        Misconfigured: when the database cannot be brought up to date; the message says what to do.
        Unavailable: when ClickHouse may answer later.
    """
    wanted = shipped() if schema is None else schema
    engines = client.tables()
    if engines.keys() & _UNRELEASED:
        raise Misconfigured(
            f"The database {client.database} was made by migrations from before the first release, and its tables"
            " cannot be brought up to date. Set CLICKHOUSE_DATABASE to a new name, or drop the database"
            f" (DROP DATABASE {client.database}). Then run `ticketstream rebuild`."
        )
    records = _records(client) if _RECORDS in engines else {}
    if any(_order(record.release) > _order(wanted.release) for record in records.values()):
        # A process of an older version may start again during an update: the tables and views are the newer version's.
        return []
    return [*_migrations(client, wanted, records), *_views(client, wanted, records, engines)]


def migrate(client: Client, schema: Schema | None = None, *, pause: Callable[[float], None] = time.sleep) -> list[Step]:
    """Create the database if it is missing and apply what it lacks; return what was applied.

    Several processes may do this at once, and one may go on where another died.

    Args:
        client: of the database.
        schema: other than the shipped one.
        pause: waits so many seconds before a statement that failed is tried again.

    Raises:
        Misconfigured: when the database cannot be brought up to date; then nothing is done.
        Unavailable: when ClickHouse fails half-way; running it again goes on where it stopped.
    """
    wanted = shipped() if schema is None else schema
    lacking = pending(client, wanted)
    if not lacking:
        return []
    client.create_database()
    client.command(_CREATE_RECORDS)
    for step in lacking:
        for statement in step.file.statements:
            _run(client, statement, pause)
        record = {"file": [step.file.path], "checksum": [checksum(step.file)], "release": [wanted.release]}
        # A view may get an earlier text again: a token made of the text would then drop the record.
        client.insert(_RECORDS, record, token=f"{step.file.path}:{uuid4().hex}")
    return lacking


def _records(client: Client) -> dict[str, _Record]:
    return {row["file"]: _Record(row["checksum"], row["release"]) for row in client.rows(_READ_RECORDS)}


def _migrations(client: Client, wanted: Schema, records: Mapping[str, _Record]) -> Iterator[Step]:
    for migration in wanted.migrations:
        record = records.get(migration.path)
        if record is None:
            yield Step(migration, "new")
        elif record.checksum != checksum(migration):
            raise Misconfigured(
                f"Migration {migration.name} was changed after it had been applied to {client.database}"
                f" (recorded {record.checksum[:12]}, now {checksum(migration)[:12]})."
                " Put the file back as it was and write the change as a new migration."
            )


def _views(
    client: Client, wanted: Schema, records: Mapping[str, _Record], engines: Mapping[str, str]
) -> Iterator[Step]:
    for view in wanted.views:
        engine = engines.get(view.name)
        if engine not in {None, "View"}:
            # CREATE OR REPLACE VIEW would drop it with its rows.
            raise Misconfigured(
                f"The database {client.database} has a table {view.name} of its own, in the place of the view of this"
                " name. Rename the table, or set CLICKHOUSE_DATABASE to another name."
            )
        record = records.get(view.path)
        if engine is None or record is None:
            yield Step(view, "new")
        elif record.checksum != checksum(view):
            yield Step(view, "changed")


def _run(client: Client, statement: str, pause: Callable[[float], None]) -> None:
    for _ in range(_TRIES - 1):
        try:
            client.command(statement)
        except AnalyticsError:
            pause(_PAUSE_S)
        else:
            return
    client.command(statement)


def _order(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", release))
