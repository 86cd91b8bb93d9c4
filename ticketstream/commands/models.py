"""`ticketstream models`."""

from pathlib import Path
from typing import Annotated

import typer

from ticketstream.choices import Format
from ticketstream.needs import classifier_needed
from ticketstream.output import command

Folder = Annotated[
    Path | None,
    typer.Option("--models", metavar="FOLDER", help="The folder of models. Default: MODELS_FOLDER."),
]
Output = Annotated[Format, typer.Option("--format", help="json is one line.")]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="As `ticketstream models list` names it.")]
Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for the history.")]


@command
def list_versions(folder: Folder = None, output: Output = Format.TABLE) -> None:
    """Show every version: which is the champion, how right it is, from what it was trained, when it was promoted.

    Example: ticketstream models list --models models
    """
    with classifier_needed():
        from ticketstream.actions.models import print_versions

        print_versions(folder, output)


@command
def show(version: Version, folder: Folder = None, output: Output = Format.TABLE) -> None:
    """Show of what a version was made, and what happened to it.

    Example: ticketstream models show tickets-2026-11-30-1f2e3d4c
    """
    with classifier_needed():
        from ticketstream.actions.models import print_version

        print_version(folder, version, output)


@command
def compare(
    standing: Annotated[str, typer.Argument(metavar="A", help="A version, such as the champion.")],
    challenger: Annotated[str, typer.Argument(metavar="B", help="The version that might take its place.")],
    folder: Folder = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Labelled tickets that neither was trained on. Default: audited tickets from ClickHouse.",
        ),
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Let two versions answer the same judged tickets, and say what the champion gate would say.

    Without a file they answer the audited tickets that belong to the gate, whose texts ClickHouse keeps
    (TEXTS_KEPT_DAYS).

    Example: ticketstream models compare tickets-2026-11-01-0a1b2c3d tickets-2026-11-30-1f2e3d4c
    """
    with classifier_needed():
        from ticketstream.actions.models import print_comparison

        print_comparison(folder, standing, challenger, file, output)


@command
def promote(
    version: Version,
    folder: Folder = None,
    reason: Reason = None,
    *,
    despite_gate: Annotated[
        bool, typer.Option("--despite-gate", help="Promote it although the gate says no, or cannot be asked.")
    ] = False,
) -> None:
    """Make a version the champion, which is served from then on.

    The gate is asked first: audited tickets that no model was trained on have to show that the version is not worse
    than the champion, nor than the best one ever. `python -m classifier serve --models` takes it up within a second.

    Exit code 0: it is the champion. 1: the gate says no, or cannot be asked. 2: there is no such version, or it is
    damaged; the champion stays.

    Example: ticketstream models promote tickets-2026-11-30-1f2e3d4c --reason "better on refunds"
    """
    with classifier_needed():
        from ticketstream.actions.models import promote_version

        promote_version(folder, version, reason, despite_gate=despite_gate)


@command
def rollback(folder: Folder = None, reason: Reason = None) -> None:
    """Go back to the champion before the present one; again goes on back.

    `python -m classifier serve --models` has kept it in memory and answers with it within a second.

    Example: ticketstream models rollback --reason "refunds are answered as invoices"
    """
    with classifier_needed():
        from ticketstream.actions.models import roll_back

        roll_back(folder, reason)
