"""`ticketstream taxonomy`."""

from pathlib import Path
from typing import Annotated

import typer

from ticketstream.needs import classifier_needed
from ticketstream.output import command

File = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="Default: TAXONOMY_FILE, or else taxonomy.toml in this folder."),
]
NameGiven = Annotated[
    list[str] | None,
    typer.Option("--name", metavar="LANGUAGE=TEXT", help="The new name that people see. Again for the next language."),
]


@command
def check(file: File = None) -> None:
    """Say whether a taxonomy can be used.

    Every problem is named with its mend, and the exit code is then 2.

    Example: ticketstream taxonomy check
    """
    with classifier_needed():
        from ticketstream.actions.taxonomy import check_taxonomy

        check_taxonomy(file)


@command
def measure(
    file: File = None,
    tickets: Annotated[
        list[Path] | None,
        typer.Option(
            "--tickets", metavar="FILE", help="Labelled tickets. Default: those of the project. Again for more."
        ),
    ] = None,
    split: Annotated[
        str, typer.Option(metavar="NAME", help="Only tickets whose split is this; all uses every ticket.")
    ] = "all",
    mapped: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN",
            help="The column of subject, description, category, subcategory, language or split. Again for more fields.",
        ),
    ] = None,
    *,
    only_check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 when the figures are not up to date.")
    ] = False,
) -> None:
    """Measure the keywords on labelled tickets.

    Their figures are written into the taxonomy, and a table says how right the rules are on these tickets.

    A keyword that was just added needs no figures before: category, and subcategory if there is one, are enough.

    Example: ticketstream taxonomy measure --tickets labelled.csv
    """
    with classifier_needed():
        from ticketstream.actions.taxonomy import measure_taxonomy

        measure_taxonomy(file, tickets or [], split, mapped or [], only_check=only_check)


@command
def rename(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A label (category or category/subcategory), or its name.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new label, without spaces.")],
    file: File = None,
    names: NameGiven = None,
) -> None:
    """Give a label another one, or move a subcategory.

    Model and corrections may go on using the old one.

    Keywords move along, [renamed] says what the old label is called now, and the version is raised.

    Examples: ticketstream taxonomy rename envios entregas --name es=Entregas --name en=Deliveries

    ticketstream taxonomy rename billing/refund returns/refund
    """
    with classifier_needed():
        from ticketstream.actions.taxonomy import rename_label

        rename_label(file, old, new, names or [])


@command
def merge(
    labels: Annotated[
        list[str], typer.Argument(metavar="OLD... INTO", help="Labels, or their names; the last one stays.")
    ],
    file: File = None,
) -> None:
    """Join labels: all but the last become the last one.

    Model and corrections may go on using the old ones.

    Example: ticketstream taxonomy merge returns exchanges returns_and_exchanges
    """
    with classifier_needed():
        from ticketstream.actions.taxonomy import merge_labels

        merge_labels(file, labels)
