"""`ticketstream rebuild`."""

from typing import Annotated

import typer

from ticketstream.output import command


@command
def rebuild(
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Only what was written since then.")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be read and change nothing.")] = False,
) -> None:
    """Write everything that is committed in the topics to ClickHouse again.

    For a database that was lost, emptied or restored from an older copy. Rows that are there already are not doubled.
    So it may run beside the sink, and again after it was interrupted. Records that the topics no longer hold, because
    their retention is over, cannot be brought back.
    """
    from ticketstream.actions.rebuild import rebuild_database

    rebuild_database(since, dry_run=dry_run)
