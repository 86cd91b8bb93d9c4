"""Brings the ClickHouse database to what this version needs."""

from analytics.clickhouse.migrate import migrate, pending
from ticketstream.database import database
from ticketstream.output import say


def migrate_database(*, dry_run: bool) -> None:
    """Apply the migrations that are missing, and name them; a dry run names them only."""
    with database() as client:
        migrations = pending(client) if dry_run else migrate(client)
        for migration in migrations:
            say(f"{'would apply' if dry_run else 'applied'} {migration}")
        if not migrations:
            say(f"The database {client.database} is up to date.")
