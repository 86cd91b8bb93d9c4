"""`ticketstream review`."""

from typing import Annotated

import typer

from ticketstream.choices import Language, ReportFormat, ReviewKind
from ticketstream.output import command


@command
def review(
    limit: Annotated[
        int | None, typer.Option(min=1, max=1_000, help="The most tickets. If not given: all; with --list 20.")
    ] = None,
    kinds: Annotated[
        list[ReviewKind] | None,
        typer.Option("--kind", help="Only tickets that wait for this reason. Again for another."),
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who judges. Published as typed:NAME, as nobody checks it.")
    ] = None,
    language: Annotated[
        Language | None,
        typer.Option("--lang", help="The language of the categories' names; that of LANG if not given."),
    ] = None,
    *,
    listed: Annotated[bool, typer.Option("--list", help="Print what waits, and judge nothing.")] = False,
    output: Annotated[ReportFormat, typer.Option("--format", help="Of --list; json is one line.")] = ReportFormat.TABLE,
) -> None:
    """Judge answers, one at a time: those drawn for the audit first, then those that are most worth it.

    Each ticket is shown with its text, or with its address (TICKET_URL) where no text is kept (TEXTS_KEPT_DAYS). Enter
    says that the answer is right. c says that it is wrong; the next key says what is right, / searches by typing. s
    skips, u takes the last judgement back within 5 s, q ends. A judgement is published when its 5 s are over, or at the
    end.

    Why a ticket is asked about: audit (drawn at random), unsure (not automatic), disagreement (the keywords overruled
    the model), new_kind (few are like it), spot_check (automatic), second_opinion (a known person judged it; on the
    page only).

    For example: ticketstream review --by ana --limit 20, or: ticketstream review --list --kind audit --format csv
    """
    from ticketstream.actions.review import Wanted, list_queue
    from ticketstream.actions.review import review as judge

    if output is not ReportFormat.TABLE and not listed:
        raise typer.BadParameter("--format is for --list; leave one out, or give both.")
    if by is not None and not by.strip():
        raise typer.BadParameter("--by is empty; give a name, or leave it out.")
    wanted = Wanted(limit, [kind.value for kind in kinds or ()], by and by.strip())
    if listed:
        list_queue(wanted, output, language)
    else:
        judge(wanted, language)
