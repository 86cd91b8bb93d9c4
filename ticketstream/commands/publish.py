"""`ticketstream publish` and `ticketstream correct`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tickets.files.times import Order
from ticketstream.commands.file_options import Columns, Delimiter, Encoding, FileFormat
from ticketstream.output import command
from ticketstream.rates import per_second

_File = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="CSV, TSV, JSON or JSON Lines, also compressed by gzip; - is standard input."),
]
_Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help="The column of a field: id, subject, description, language, channel or created_at. Again for the next"
        " field; FIELD= for none.",
    ),
]
_DateOrder = Annotated[
    Order | None,
    typer.Option(help="Whether 05/11/2026 is in November (dmy) or in May (mdy), when no date shows it."),
]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what was found, and the first five tickets; needs no broker.")
]


@command
def publish(
    file: _File,
    rate: Annotated[
        float, typer.Option(min=0, callback=per_second, help="Tickets a second; 0 is as fast as possible.")
    ] = 0,
    mapped: _Map = None,
    columns: Columns = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    file_format: FileFormat = None,
    date_order: _DateOrder = None,
    *,
    dry_run: _DryRun = False,
) -> None:
    """Publish the tickets of a file, such as an export of a help desk, to the topic of new tickets.

    Columns are found by their names, in English or Spanish: Ticket ID, Asunto, Descripción, Created at. All others
    become attributes. A row without an id gets one made from its content. A second run repeats nothing.

    Rows that are no tickets are named with their line, and the exit code is then 1; the other rows are published.

    Examples: ticketstream publish tickets.csv --dry-run

    ticketstream publish export.csv --map subject=Motivo --map description=Texto --delimiter ";" --encoding cp1252

    zcat export.json.gz | ticketstream publish - --rate 50
    """
    from ticketstream.actions.publish_file import choices_of, publish_file, show_file

    choices = choices_of(file_format, encoding, delimiter, columns, mapped or [], date_order)
    if dry_run:
        show_file(file, choices)
    else:
        publish_file(file, choices, rate)


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
