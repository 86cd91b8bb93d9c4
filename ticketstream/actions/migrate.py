"""Brings the ClickHouse database to what this version needs."""

from analytics.clickhouse.migrate import migrate, pending
from analytics.clickhouse.retention import apply, changes
from consumer.config.clickhouse import retention_of
from consumer.config.settings import load_settings
from terminal.output import say
from ticketstream.database import database


def migrate_database(*, dry_run: bool) -> None:
    """Apply what the database lacks and what RETENTION_DAYS and TEXTS_KEPT_DAYS say; a dry run names it only."""
    wanted = retention_of(load_settings())
    with database() as client:
        steps = pending(client) if dry_run else migrate(client)
        kept = changes(client, wanted) if dry_run else apply(client, wanted)
        for step in steps:
            say(f"{'would apply' if dry_run else 'applied'} {step}")
        for change in kept:
            say(f"{'would set' if dry_run else 'set'}: {change}")
        if not steps and not kept:
            say(f"The database {client.database} is up to date.")
