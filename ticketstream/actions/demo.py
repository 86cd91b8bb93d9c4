"""Shows real tickets on their way through the whole system."""

import json
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from analytics.reports.accuracy import accuracy
from analytics.reports.latency import latency_report
from analytics.reports.window import Window
from consumer.config.clickhouse import clickhouse_of
from consumer.config.settings import Settings
from sandbox import demo
from sandbox.data_folder import make
from sandbox.figures import Figures
from sandbox.labelled import bench_tickets
from sandbox.system import Sandbox
from terminal.output import people_read, say, tell
from terminal.tables import Grid, laid_out
from ticketstream.bars import bars_of
from ticketstream.choices import Format
from ticketstream.demo_tour import QUICK, VOICE, give_tour
from ticketstream.rendering import report_table
from ticketstream.stopping import unwind_on_signals


def show_demo(rate: float, data: Path, tickets: int | None, output: Format, *, ends: bool) -> None:
    """Run the demo, print its figures, and on a terminal go on until Ctrl-C.

    Args:
        rate: tickets a second; 0 is as fast as possible.
        data: the folder for the model and the logs.
        tickets: how many go through at most; None for all there are.
        output: how the figures are written; as a table they come with the reports.
        ends: whether it ends after the figures, also on a terminal.

    Raises:
        PartDied: a part ended by itself.
    """
    unwind_on_signals()
    published = bench_tickets()[:tickets]
    folder, model = (data / "demo").resolve(), (data / "model").resolve()
    make(folder)
    # What commands read there, and nothing of the folder in which it was started.
    os.chdir(folder)
    stop = threading.Event()
    stays = output is Format.TABLE and people_read() and not ends
    with Sandbox(
        folder,
        model=model,
        fresh=True,
        extra=QUICK,
        embedding=True,
        voice=VOICE,
        stopped=stop.is_set,
    ) as system:
        with bars_of(len(published)) as watchers:
            outcome = demo.run(system, published, rate, watchers)
        if output is Format.TABLE:
            _reports(system.settings())
            _summary(outcome.figures)
        else:
            say(json.dumps(outcome.figures._asdict()))
        if stays:
            give_tour(system, published, outcome.answers, stop)
    if stays:
        tell("demo: all parts are stopped. Next, with tickets of your own: ticketstream init FOLDER --from export.csv")


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
