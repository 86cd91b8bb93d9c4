"""`ticketstream migrate`."""

from typing import Annotated

import typer

from ticketstream.output import command


@command
def migrate(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Name what would be applied and change nothing.")] = False,
) -> None:
    """Create or update the tables and views in CLICKHOUSE_DATABASE.

    Safe to run again, by several processes at once, and after one that died half-way. The sink runs it when it starts.
    """
    from ticketstream.actions.migrate import migrate_database

    migrate_database(dry_run=dry_run)
