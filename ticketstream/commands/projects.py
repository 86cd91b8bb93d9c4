"""`ticketstream init` and `ticketstream train`."""

from pathlib import Path
from typing import Annotated

import typer

from ticketstream.choices import Example
from ticketstream.commands.file_options import Columns, Delimiter, Encoding, FileFormat
from ticketstream.needs import classifier_needed
from ticketstream.output import command

Export = Annotated[
    Path | None,
    typer.Option(
        "--from", metavar="FILE", help="Labelled tickets: CSV, TSV, JSON or JSON Lines, also .gz; - is standard input."
    ),
]
Mapped = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help="The column of subject, description, category or subcategory. Again for the next field; FIELD= for none.",
    ),
]
Merged = Annotated[
    list[str] | None,
    typer.Option(
        "--merge", metavar="LABEL=LABEL", help="Labels that are one: the first becomes the second. Again for more."
    ),
]
WithoutEmbedding = Annotated[
    bool,
    typer.Option(
        "--without-embedding",
        help="Learn from words alone, for languages that the tickets are in. With the extra multilingual an embedding"
        " is used otherwise, if it runs here; it takes about twice as long.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as one line of JSON on standard output.")]


@command
def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder, or a project to make again.")],
    export: Export = None,
    categories: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE|TEXT",
            help="Categories alone, one a line in a file or with ; between them: NAME or NAME: SENTENCE. With names in"
            " both languages: NAME | NAME: SENTENCE, in the same order in every line. Lines with # are left out.",
        ),
    ] = None,
    tickets: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Beside --categories: tickets without labels, from which the model learns what all tickets have in"
            " common; 20 of a language or more.",
        ),
    ] = None,
    example: Annotated[
        Example | None, typer.Option(help="bank: what the demo ships.", show_choices=False, metavar="bank")
    ] = None,
    merged: Merged = None,
    mapped: Mapped = None,
    columns: Columns = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    file_format: FileFormat = None,
    *,
    without_embedding: WithoutEmbedding = False,
    as_json: AsJson = False,
) -> None:
    """Make a project of your own, from labelled tickets or names.

    Its categories, keyword rules and model are made from the tickets, or from the names of categories alone: then the
    model needs the extra multilingual, nobody has measured it, and no answer is automatic.
    Writes taxonomy.toml, .env, model/, tickets/, README.md and project.toml into FOLDER, and reports how right the
    answers would be on tickets that were not learned from. Made again, it keeps what people changed. On a terminal it
    asks about what is missing.

    Examples: ticketstream init shop --from tickets.csv

    ticketstream init shop --from export.csv --map category=Motivo --merge "Envío=Envíos"

    ticketstream init shop --categories "Billing: invoices and refunds; Shipping; Other"

    ticketstream init shop --categories "Billing | Facturación: invoices and refunds; Shipping | Envíos; Other | Otros"
    """
    with classifier_needed():
        from ticketstream.actions.projects import Told, choices_of, make_project

        choices = choices_of(file_format, encoding, delimiter, columns, mapped or [])
        told = Told(export, choices, merged or (), categories or (), example, without_embedding, tickets)
        make_project(folder, told, as_json=as_json)


@command
def train(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The project's folder; without it, this one.", show_default=False)
    ] = Path(),
    export: Export = None,
    merged: Merged = None,
    mapped: Mapped = None,
    columns: Columns = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    file_format: FileFormat = None,
    models: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="The folder of models, with --from-clickhouse. Default: MODELS_FOLDER."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="With --from-clickhouse: learn from judgements of answers since then alone."),
    ] = None,
    *,
    from_clickhouse: Annotated[
        bool,
        typer.Option("--from-clickhouse", help="Learn from what people judged too, and let the gate decide."),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="With --from-clickhouse: say what would be learned from, and train nothing."),
    ] = False,
    without_embedding: WithoutEmbedding = False,
    as_json: AsJson = False,
) -> None:
    """Train a project's model again from all files in its tickets/, or from what people judged.

    The report is that of `ticketstream init`. With --from a file is put into tickets/ first. What people changed stays.

    With --from-clickhouse a new model learns from the tickets in FOLDER (or of LEARN_SEED) together with corrections,
    confirmations and audits whose texts are stored (TEXTS_KEPT_DAYS). It goes into the folder of models beside the
    others. There it becomes the champion if the gate finds it no worse on audited tickets that no model has learned:
    that takes 300. This is one round of `ticketstream run --role learner`. docs/learning.md says more.

    Examples: ticketstream train --from more.csv

    ticketstream train --from-clickhouse --models models --dry-run
    """
    choices_given = (merged, mapped, columns, delimiter, encoding, file_format)
    with classifier_needed():
        if from_clickhouse:
            from ticketstream.actions.learn import Asked, learn_once

            if export is not None or any(choices_given):
                raise typer.BadParameter(
                    "--from-clickhouse takes tickets as they are in FOLDER: leave out --from and its like."
                )
            named = None if folder == Path() else folder
            learn_once(Asked(named, models, since, dry_run, without_embedding), as_json=as_json)
            return
        if models is not None or since is not None or dry_run:
            raise typer.BadParameter("--models, --since and --dry-run go with --from-clickhouse.")
        from ticketstream.actions.projects import Told, choices_of, train_project

        choices = choices_of(file_format, encoding, delimiter, columns, mapped or [])
        train_project(folder, Told(export, choices, merged or (), (), None, without_embedding), as_json=as_json)
