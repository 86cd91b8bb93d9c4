"""Numbered migrations: what a database lacks is applied, in order, once.

ClickHouse has no transactions around its definitions, so every statement must be harmless when it is run again,
by a process that died half-way or by two that start at once. A migration is recorded after its last statement.
"""

from __future__ import annotations

import hashlib
import re
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from analytics.clickhouse.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.clickhouse.client import Client

_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")
_END_OF_STATEMENT = re.compile(r";[ \t]*(?:\n|$)")
_COMMENT = re.compile(r"--[^\n]*")

_RECORDS = """
    CREATE TABLE IF NOT EXISTS schema_migrations
    (
        number     UInt32,
        name       String,
        checksum   String,
        applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
    )
    ENGINE = ReplacingMergeTree(applied_at)
    ORDER BY number
    SETTINGS non_replicated_deduplication_window = 1000
"""


class Migration(NamedTuple):
    """One numbered file.

    Attributes:
        number: its place in the order.
        name: what it is about.
        text: its statements, each ended by a semicolon at the end of a line.
    """

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def statements(self) -> list[str]:
        """The statements, without the empty ones."""
        parts = (part.strip() for part in _END_OF_STATEMENT.split(self.text))
        return [part for part in parts if _COMMENT.sub("", part).strip()]

    def __str__(self) -> str:
        return f"{self.number:04d}_{self.name}"


def shipped() -> list[Migration]:
    """Return the migrations of this version, in order."""
    found = []
    for file in resources.files("analytics.clickhouse.migrations").iterdir():
        match = _FILE_NAME.fullmatch(file.name)
        if match:
            # Line ends may differ between checkouts; the checksum must not.
            text = file.read_text(encoding="utf-8").replace("\r\n", "\n")
            found.append(Migration(int(match[1]), match[2], text))
    return sorted(found)


def pending(client: Client, migrations: Sequence[Migration] | None = None) -> list[Migration]:
    """Return the migrations that the client's database lacks, in order. Changes nothing.

    Raises:
        Misconfigured: when a migration was changed after it had been applied.
    """
    wanted = shipped() if migrations is None else migrations
    applied = _applied(client)
    for migration in wanted:
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            raise Misconfigured(
                f"Migration {migration} was changed after it had been applied to {client.database}"
                f" (recorded {applied[migration.number][:12]}, now {migration.checksum[:12]})."
                " Put the file back as it was and write the change as a new migration."
            )
    return [migration for migration in wanted if migration.number not in applied]


def migrate(client: Client, migrations: Sequence[Migration] | None = None) -> list[Migration]:
    """Create the database if it is missing and apply what it lacks; return what was applied.

    Migrations of a newer version that are recorded already are left alone, so that an older process may restart
    during an update.

    Args:
        client: a client of the database.
        migrations: other than the shipped ones, in order.

    Raises:
        Misconfigured: when a migration was changed after it had been applied; then nothing is done.
        Unavailable: when ClickHouse fails half-way; running it again goes on where it stopped.
    """
    lacking = pending(client, migrations)
    if not lacking:
        return []
    client.create_database()
    client.command(_RECORDS)
    for migration in lacking:
        for statement in migration.statements:
            client.command(statement)
        client.insert(
            "schema_migrations",
            {"number": [migration.number], "name": [migration.name], "checksum": [migration.checksum]},
            token=f"migration:{migration}:{migration.checksum}",
        )
    return lacking


def _applied(client: Client) -> dict[int, str]:
    """Return the checksum of each recorded migration; empty for a database that does not exist."""
    if not client.has_table("schema_migrations"):
        return {}
    return {row["number"]: row["checksum"] for row in client.rows("SELECT * FROM schema_migrations FINAL")}
