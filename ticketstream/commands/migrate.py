"""`ticketstream migrate`."""

from typing import Annotated

import typer

from ticketstream.output import command


@command
def migrate(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show which migrations and views would be applied, and change nothing.")
    ] = False,
) -> None:
    """Create or update the tables and views in CLICKHOUSE_DATABASE.

    Safe to run again, by several processes at once, and after one that died half-way. The sink runs it when it starts.

    Exit code 0: done or shown, also when there is nothing to do. 1: ClickHouse does not answer, or failed half-way; run
    it again. 2: a setting is wrong, or the database cannot be brought up to date; a dry run finds that out too.
    """
    from ticketstream.actions.migrate import migrate_database

    migrate_database(dry_run=dry_run)
