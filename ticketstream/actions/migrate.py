"""Brings the ClickHouse database to what this version needs."""

from analytics.clickhouse.migrate import migrate, pending
from terminal.output import say
from ticketstream.database import database


def migrate_database(*, dry_run: bool) -> None:
    """Apply what the database lacks, and name it; a dry run names it only."""
    with database() as client:
        steps = pending(client) if dry_run else migrate(client)
        for step in steps:
            say(f"{'would apply' if dry_run else 'applied'} {step}")
        if not steps:
            say(f"The database {client.database} is up to date.")
