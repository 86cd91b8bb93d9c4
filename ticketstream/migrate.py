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
    dry_run: bool = typer.Option(
        False, "--dry-run", help="Show which migrations and views would be applied, and change nothing."
    ),
) -> None:
    """Create or update the tables and views in CLICKHOUSE_DATABASE.

    Safe to run again, by several processes at once, and after one that died half-way. The sink runs it when it starts.

    Exit code 0: done or shown, also when there is nothing to do. 1: ClickHouse does not answer, or failed half-way; run
    it again. 2: a setting is wrong, or the database cannot be brought up to date; a dry run finds that out too.
    """
    with database() as client:
        steps = pending(client) if dry_run else apply(client)
        for step in steps:
            say(f"{'would apply' if dry_run else 'applied'} {step}")
        if not steps:
            say(f"The database {client.database} is up to date.")
