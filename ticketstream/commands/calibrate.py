"""`ticketstream calibrate` and `ticketstream llm ledger`."""

from pathlib import Path
from typing import Annotated

import typer

from ticketstream.choices import ReportFormat
from ticketstream.commands.file_options import Columns, Delimiter, Encoding, FileFormat
from ticketstream.commands.llm import Ledger
from ticketstream.commands.projects import Mapped
from ticketstream.needs import classifier_needed
from ticketstream.output import command


@command
def calibrate(
    export: Annotated[
        Path, typer.Option("--from", metavar="FILE", help="Labelled tickets: CSV, TSV, JSON or JSON Lines, also .gz.")
    ],
    limit: Annotated[int, typer.Option(min=100, help="Ask about this many of the tickets at most, at random.")] = 1000,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Calls at the same time.")] = 4,
    mapped: Mapped = None,
    columns: Columns = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    file_format: FileFormat = None,
    ledger: Ledger = None,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as one line of JSON on standard output.")
    ] = False,
) -> None:
    """Learn what an LLM's confidence means.

    It is asked about labelled tickets. Until then its answers are never automatic. From 100 tickets a temperature is
    fitted, from 1,000 a curve. It holds for this endpoint, model and prompt. Each ticket costs a call, within
    LLM_BUDGET_PER_DAY; an interrupted run goes on where it stood. The settings are those of `ticketstream llm serve`,
    which takes the calibration up while it runs.

    Example: ticketstream calibrate --from labelled.csv
    """
    with classifier_needed():
        from ticketstream.actions.calibrate import calibrate_llm
        from ticketstream.actions.projects import choices_of

        choices = choices_of(file_format, encoding, delimiter, columns, mapped or [])
        calibrate_llm(export, choices, limit, at_once, ledger, as_json=as_json)


@command
def show_ledger(
    ledger: Ledger = None,
    output: Annotated[
        ReportFormat, typer.Option("--format", help="json is one line; costs have all their digits in csv.")
    ] = ReportFormat.TABLE,
) -> None:
    """Print what calls to the LLM have cost, by UTC day, endpoint and model.

    Example: ticketstream llm ledger --format csv
    """
    from ticketstream.actions.calibrate import print_ledger

    print_ledger(ledger, output)
