"""The commands `train`, `serve` and `evaluate`."""

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from classifier import storage
from classifier.command_failures import failures
from classifier.embedding import Embedding, EmbeddingUnavailable, open_embedding
from classifier.evaluation import evaluate as evaluate_model
from classifier.model import Model
from classifier.serve_command import serve
from classifier.tables import evaluation_tables
from classifier.tickets import LabelledTicket, read_tickets
from classifier.training import train as train_model
from terminal.output import console, say, say_json, tell
from terminal.tables import laid_out
from terminal.usage import Commands
from tickets.files.bad_lines import FileRefused
from tickets.files.columns import chosen_columns, named_columns
from tickets.files.names import LABELLED
from tickets.files.ticket_file import Choices

app = typer.Typer(
    name="classifier",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Train, measure and serve the reference model that puts support tickets into categories.\n\n"
    "Tickets are CSV, TSV, JSON or JSON Lines (plain or .gz) with subject, description, category and, where known, "
    "subcategory, source and split. Columns are found under many names: Asunto, Body, Categoría, Label.\n\n"
    "Train on one split, evaluate on a different one, then serve and set ML_API_URL to the printed address.",
    epilog="Exit codes: 0 done, 1 the work failed, 2 wrong usage or no usable model, 130 interrupted.",
)


class ReportFormat(StrEnum):
    """The format of the figures."""

    TABLE = "table"
    JSON = "json"


Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        readable=True,
        help="Labelled tickets: CSV, TSV, JSON or JSON Lines, also .gz.",
    ),
]
ModelFolder = Annotated[Path, typer.Option("--model", metavar="DIR", help="Folder of a model, as written by train.")]
Mapped = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help="The column of subject, description, category, subcategory, source or split. Again for the next field.",
    ),
]
Columns = Annotated[
    str | None,
    typer.Option(metavar="NAME,NAME", help="The names of all columns, for CSV without a first line of names."),
]
Delimiter = Annotated[str | None, typer.Option(help="Between the cells of CSV, such as ; or tab. Found if not given.")]
Encoding = Annotated[str | None, typer.Option(help="Such as utf-8, utf-16, cp1252. Found if not given.")]
SPLIT_HELP = "Use only tickets whose split is this; all uses every ticket."


@app.command()
def train(
    files: Files,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write the model to; a model in it is replaced.")],
    split: Annotated[
        str | None, typer.Option(help=f"{SPLIT_HELP} Default: train, or every ticket where none has a split.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="First part of the model's version. Default: the tickets' sources.")
    ] = None,
    trained_on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Day in the model's version, to repeat a build exactly. Default: today, UTC."
        ),
    ] = None,
    *,
    without_embedding: Annotated[
        bool,
        typer.Option(
            "--without-embedding",
            help="Read only languages that the tickets are in. The embedding is used otherwise, if it is installed.",
        ),
    ] = False,
    other_languages_only: Annotated[
        bool,
        typer.Option(
            "--other-languages-only",
            help="Ask the embedding for other languages only, where 20 ms for a fifth of all tickets are too much.",
        ),
    ] = False,
    mapped: Mapped = None,
    columns: Columns = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
) -> None:
    """Learn the categories of labelled tickets and write a model.

    The same tickets give the same model, in any order. First a part of them is held out to calibrate the model's
    confidence; then all are used.

    With the extra multilingual an embedding reads tickets in other languages too, and those that the model is unsure
    of, where held-out tickets say that this helps.

    Example: python -m classifier train tickets.jsonl.gz --out model
    """
    day = (trained_on or datetime.now(UTC)).date()
    with failures():
        tickets = read_tickets(files, split, _choices(mapped, columns, delimiter, encoding))
        storage.prepare(out)
        embedding = None if without_embedding else _embedding()
        model = _train_with_progress(tickets, day, name, embedding, second_opinions=not other_languages_only)
        storage.save(model, out)
    if model.multilingual:
        tell(f"classifier: {model.multilingual.said()}")
    say(f"{model.version}: {len(model.labels)} labels from {model.tickets:,} tickets, written to {out}")


app.command()(serve)


@app.command()
def evaluate(
    files: Files,
    model: ModelFolder,
    split: Annotated[str, typer.Option(help=SPLIT_HELP)] = "bench",
    report_format: Annotated[
        ReportFormat, typer.Option("--format", help="How to write the figures.")
    ] = ReportFormat.TABLE,
    mapped: Mapped = None,
    columns: Columns = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
) -> None:
    """Measure a model on labelled tickets that it was not trained on.

    Accuracy, macro F1 and expected calibration error (the distance between confidence and accuracy over 15 bins) of
    categories and subcategories, figures of each category, and the most frequent confusions.

    Example: python -m classifier evaluate --model model tickets.jsonl.gz --format json
    """
    with failures():
        loaded = storage.load(model)
        evaluation = evaluate_model(loaded, read_tickets(files, split, _choices(mapped, columns, delimiter, encoding)))
    if report_format is ReportFormat.JSON:
        say_json(evaluation.as_json())
    else:
        say(laid_out(*evaluation_tables(evaluation)))


def _choices(mapped: list[str] | None, columns: str | None, delimiter: str | None, encoding: str | None) -> Choices:
    try:
        return Choices(
            encoding=encoding,
            delimiter=delimiter,
            columns=named_columns(columns),
            chosen=chosen_columns(mapped or [], LABELLED),
        )
    except FileRefused as refused:
        raise typer.BadParameter(str(refused), param_hint="--map") from None


def _embedding() -> Embedding | None:
    try:
        return open_embedding()
    except EmbeddingUnavailable as error:
        tell(f"classifier: trains without an embedding, for texts in the tickets' own languages only: {error}")
        return None


def _train_with_progress(
    tickets: list[LabelledTicket],
    day: date,
    name: str | None,
    embedding: Embedding | None,
    *,
    second_opinions: bool,
) -> Model:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("reading", total=None)
        return train_model(
            tickets,
            trained_on=day,
            name=name,
            embedding=embedding,
            second_opinions=second_opinions,
            on_progress=lambda done, steps, what: progress.update(task, completed=done, total=steps, description=what),
        )
