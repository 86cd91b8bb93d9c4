"""`ticketstream overrides`: what people's corrections answer, seen and taken away."""

from typing import Annotated

import typer

from ticketstream.choices import ReportFormat
from ticketstream.output import command


@command
def list_overrides(
    limit: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many, those corrected last.")] = 50,
    output: Annotated[ReportFormat, typer.Option("--format", help="json is one document a line.")] = ReportFormat.TABLE,
    *,
    retired: Annotated[bool, typer.Option("--retired", help="Also those that change no answer any more.")] = False,
    all_scopes: Annotated[
        bool, typer.Option("--all-scopes", help="Also those of other taxonomies and groups in the same topic.")
    ] = False,
) -> None:
    """List the overrides: which texts are answered as people corrected them, the latest first.

    A text is named by its fingerprint, as answers have it. No text and no person's name is stored with an override.
    """
    from ticketstream.actions.overrides import print_overrides

    print_overrides(limit, output, retired=retired, all_scopes=all_scopes)


@command
def remove(
    fingerprints: Annotated[
        list[str] | None, typer.Argument(metavar="FINGERPRINT", help="Texts as `overrides list` names them: v2:….")
    ] = None,
    correction: Annotated[
        str | None, typer.Option(metavar="ID", help="The override that names this correction, as `explain` does.")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed and do nothing.")] = False,
) -> None:
    """Take overrides away: from then on the model answers these texts again.

    What was judged before does not bring an override back. A correction that is made later does.

    For example: ticketstream overrides remove v2:00112233445566778899aabbccddeeff
    """
    from ticketstream.actions.overrides import remove_overrides

    remove_overrides(fingerprints or [], correction, dry_run=dry_run)
