"""`ticketstream demo`."""

import json
import shutil
import signal
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from analytics.clickhouse.client import connect
from analytics.reports.accuracy import accuracy
from analytics.reports.latency import latency_report
from analytics.reports.window import Window
from consumer.config.settings import Settings
from sandbox import demo
from sandbox.figures import Figures
from sandbox.labelled import bench_tickets
from sandbox.system import Sandbox
from ticketstream.output import command, console, say
from ticketstream.rendering import report_table

DEFAULT_DATA = Path(".sandbox")


class Format(StrEnum):
    """How the result is shown."""

    table = "table"
    json = "json"


def register(app: typer.Typer) -> None:
    app.command("demo")(run_demo)


@command
def run_demo(
    rate: Annotated[float, typer.Option(min=0, help="Tickets a second; 0 is as fast as possible.")] = 200,
    data: Annotated[
        Path, typer.Option(help="Folder for the model and the logs; the demo's own part is made anew.")
    ] = DEFAULT_DATA,
    output: Annotated[
        Format, typer.Option("--format", help="json ends with one line on standard output.")
    ] = Format.table,
) -> None:
    """Watch real tickets go through the whole system on this machine.

    Starts broker, ClickHouse engine, model and service; publishes 2,604 real questions of bank customers and some
    Spanish tickets; people, simulated from the gold labels, correct every wrong answer; then come the reports.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    tickets = bench_tickets()
    shutil.rmtree(data / "demo", ignore_errors=True)
    with Sandbox(data / "demo", model=data / "model", tell=_tell) as system, _progress() as progress:
        published = progress.add_task("published", total=len(tickets))
        answered = progress.add_task("categorized", total=len(tickets))
        outcome = demo.run(
            system,
            tickets,
            rate,
            demo.Watchers(
                lambda number: progress.update(published, completed=number),
                lambda number: progress.update(answered, completed=number),
            ),
        )
        progress.stop()
        if output is Format.table:
            _reports(system.settings())
    if output is Format.json:
        say(json.dumps(outcome.figures._asdict()))
    else:
        _summary(outcome.figures)


def _tell(what: str) -> None:
    console.print(f"demo: {what} …", style="dim", markup=False)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:>12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


def _reports(settings: Settings) -> None:
    """What `ticketstream report accuracy` and `report latency` say of the demo."""
    since = datetime.now(UTC) - timedelta(days=1)
    with connect(settings.clickhouse_url.get_secret_value(), settings.clickhouse_database) as client:
        say(report_table(accuracy(client, since, "category").report()))
        say(report_table(latency_report(client, Window.of(since, datetime.now(UTC)))))


def _summary(figures: Figures) -> None:
    table = Table("figure", "value", title="The demo in figures")
    for name, value in figures._asdict().items():
        table.add_row(name, f"{value:.4f}" if isinstance(value, float) else f"{value:,}")
    console.print(table)
