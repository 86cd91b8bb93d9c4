"""`ticketstream tail`."""

from typing import Annotated

import typer

from ticketstream.choices import RecordFormat
from ticketstream.output import command


@command
def tail(
    topic: Annotated[
        str, typer.Argument(metavar="TOPIC", help="For example ticket-categorized or ticket-dead-letter.")
    ],
    ticket: Annotated[str | None, typer.Option(help="Only records about this ticket.")] = None,
    output: Annotated[RecordFormat, typer.Option("--format", help="json is one document a line.")] = RecordFormat.TEXT,
    lines: Annotated[
        int, typer.Option("-n", "--lines", min=0, max=10_000_000, help="How many of the existing records.")
    ] = 10,
    *,
    full: Annotated[bool, typer.Option("--full", help="text: every field, whole.")] = False,
    follow: Annotated[bool, typer.Option(help="Go on with what comes, until Ctrl-C.")] = True,
) -> None:
    """Show a topic's newest committed records, decoded, and follow it.

    For example: ticketstream tail ticket-categorized --ticket TKT-123 --no-follow
    """
    from ticketstream.actions.tail import show_records, writer_of

    show_records(topic, ticket, writer_of(output, full=full), lines, follow=follow)
