"""`ticketstream forget`."""

from pathlib import Path
from typing import Annotated

import typer

from ticketstream.choices import Format
from ticketstream.output import command


@command
def forget(
    tickets: Annotated[
        list[str] | None, typer.Argument(metavar="TICKET_ID", help="The tickets. Or name them with --from.")
    ] = None,
    from_file: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="A file with an id a line, or a CSV; - is standard input."),
    ] = None,
    column: Annotated[
        str | None, typer.Option(metavar="NAME", help="The column of ids in a CSV, where it is not called an id.")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="json is one document.")] = Format.TABLE,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be deleted and change nothing.")] = False,
) -> None:
    """Delete all that ClickHouse holds of tickets, and list what Kafka still holds of them.

    It waits until no byte of them is left on ClickHouse's disk; ClickHouse goes on where the command is stopped. Kafka
    deletes records when their retention ends: each is listed with its day.
    What is listed never comes back, not by `ticketstream rebuild` either. docs/PRIVACY.md says more.

    Exit code 0: done. 1: an id is unknown, an answer to a ticket is still to come, or a server fails; run it again.
    2: wrong usage or configuration.

    For example: ticketstream forget T-1042, or: ticketstream forget --from leavers.csv --column ticket
    """
    from ticketstream.actions.forget import forget_tickets

    forget_tickets(tickets or [], from_file, column, output, dry_run=dry_run)
