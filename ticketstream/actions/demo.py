"""Shows real tickets on their way through the whole system."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from analytics.reports.accuracy import accuracy
from analytics.reports.latency import latency_report
from analytics.reports.window import Window
from consumer.config.clickhouse import clickhouse_of
from consumer.config.settings import Settings
from sandbox import demo
from sandbox.figures import Figures
from sandbox.labelled import bench_tickets
from sandbox.system import Sandbox
from terminal.output import console, say, tell
from terminal.tables import Grid, laid_out
from ticketstream.choices import Format
from ticketstream.rendering import report_table
from ticketstream.stopping import unwind_on_signals


def show_demo(rate: float, data: Path, output: Format) -> None:
    """Run the demo and print its figures.

    Args:
        rate: tickets a second; 0 is as fast as possible.
        data: the folder for the model and the logs.
        output: how the figures are written; as a table they come with the reports.
    """
    unwind_on_signals()
    tickets = bench_tickets()
    shutil.rmtree(data / "demo", ignore_errors=True)
    with (
        Sandbox(data / "demo", model=data / "model", embedding=True, announce=_announce) as system,
        _progress() as progress,
    ):
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
        if output is Format.TABLE:
            _reports(system.settings())
    if output is Format.JSON:
        say(json.dumps(outcome.figures._asdict()))
    else:
        _summary(outcome.figures)


def _announce(part: str) -> None:
    tell(f"demo: {part} …", "dim")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:>12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


def _reports(settings: Settings) -> None:
    """What `ticketstream report accuracy` and `report latency` say of the demo."""
    since = datetime.now(UTC) - timedelta(days=1)
    with clickhouse_of(settings) as client:
        say(report_table(accuracy(client, since, "category").report()))
        say(report_table(latency_report(client, Window.of(since, datetime.now(UTC)))))


def _summary(figures: Figures) -> None:
    rows = tuple(
        (name, f"{value:.4f}" if isinstance(value, float) else f"{value:,}")
        for name, value in figures._asdict().items()
    )
    tell(laid_out(Grid(("figure", "value"), rows, "The demo in figures")))
