"""`ticketstream migrate`: bring the ClickHouse database to what this version needs."""

import typer

from analytics.clickhouse.migrate import migrate as apply
from analytics.clickhouse.migrate import pending
from ticketstream.database import database
from ticketstream.output import command, say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(migrate)


@command
def migrate(
    *,
    dry_run: bool = typer.Option(False, "--dry-run", help="Name what would be applied and change nothing."),
) -> None:
    """Create or update the tables and views in CLICKHOUSE_DATABASE.

    Safe to run again, by several processes at once, and after one that died half-way. The sink runs it when it starts.
    """
    with database() as client:
        migrations = pending(client) if dry_run else apply(client)
        for migration in migrations:
            say(f"{'would apply' if dry_run else 'applied'} {migration}")
        if not migrations:
            say(f"The database {client.database} is up to date.")
