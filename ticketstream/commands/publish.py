"""`ticketstream publish` and `ticketstream correct`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ticketstream.output import command


@command
def publish(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="JSONL or CSV (also .gz): subject, description; id, language, channel."),
    ],
    rate: Annotated[float, typer.Option(min=0, help="Tickets a second; 0 is as fast as possible.")] = 0,
) -> None:
    """Publish the tickets of a file to the topic of new tickets.

    A line without an id gets one made from its text, so a second run repeats nothing.
    Lines that are no tickets are named, and the exit code is then 1; the other lines are published.

    For example: ticketstream publish tickets.csv --rate 50
    """
    from ticketstream.actions.publish import publish_file

    publish_file(file, rate)


@command
def correct(
    ticket_id: Annotated[str, typer.Argument(metavar="TICKET_ID", help="The ticket that was judged.")],
    category: Annotated[
        str, typer.Argument(metavar="CATEGORY", help="The right category; the same as in the answer confirms it.")
    ],
    subcategory: Annotated[
        str | None,
        typer.Argument(metavar="SUBCATEGORY", help="The right subcategory; without it only the category is judged."),
    ] = None,
    judged_event_id: Annotated[str | None, typer.Option(help="event_id of the answer that was judged.")] = None,
    origin: Annotated[
        Literal["AGENT", "AUDIT", "IMPORT"], typer.Option(case_sensitive=False, help="What led to the judgement.")
    ] = "AGENT",
    corrected_by: Annotated[str | None, typer.Option("--by", help="Who decided.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, in a few words.")] = None,
) -> None:
    """Publish what a person decided about a ticket.

    For example: ticketstream correct TKT-123 billing payment_issue --by ana --reason "asked about an invoice"
    """
    from ticketstream.actions.publish import publish_correction

    publish_correction(ticket_id, category, subcategory, judged_event_id, origin, corrected_by, reason)
