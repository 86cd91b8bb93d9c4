"""`python -m benchmarks.analytics`: how long reports take over a year of tickets."""

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as Shown

from analytics.clickhouse.client import Client, connect
from analytics.reports.accuracy import accuracy
from analytics.reports.bottlenecks import bottlenecks_report
from analytics.reports.categories import categories_report
from analytics.reports.compare import compare
from analytics.reports.confidence import confidence
from analytics.reports.confusion import confusion
from analytics.reports.cost import cost
from analytics.reports.latency import latency_report
from analytics.reports.question import Question
from analytics.reports.report import Report
from analytics.reports.retries import retries_report
from analytics.reports.thresholds import thresholds
from analytics.reports.window import Window
from benchmarks import hardware
from benchmarks.analytics.page import page
from benchmarks.analytics.review import review
from benchmarks.analytics.store import Year, fill, make_figures, settle
from benchmarks.errors import BenchmarkFailed
from benchmarks.processes import descendants
from benchmarks.report import Section, Table, TargetMissed, Verdict, markdown, spread, verdicts
from benchmarks.screen import Screen
from consumer.config.sources import process_environment
from sandbox.parts import Part
from ticketstream.output import command

TICKETS = 20_000_000
YEAR = timedelta(days=365)
WINDOW = timedelta(days=30)
# Stored after the others were rolled up, as in a service that runs: there the newest minutes are read from the rows.
NEWEST = 100
# More than the page asks for at once, so that it has to ask again.
JUDGEMENTS = 200
TARGET_MS = 300.0
# Every call is joined with its tickets, 640,000 calls in these 30 days: a model that is paid by the call sees fewer.
COST_TARGET_MS = 1000.0
TARGET_GIB = 4.0
GENERATION_TARGET_MIN = 15.0
READY_S = 120.0
GIB = 2**30
GOAL = 0.95
REPORTS: dict[str, Callable[[Client, Window], Report]] = {
    "accuracy": lambda client, window: accuracy(client, window.begins).report(),
    "categories": lambda client, window: categories_report(client, Question(window.begins)),
    "confusion": lambda client, window: confusion(client, Question(window.begins)).report(),
    "confidence": lambda client, window: confidence(client, Question(window.begins)).report(),
    "thresholds": lambda client, window: thresholds(client, Question(window.begins), GOAL).report(),
    "latency": latency_report,
    "bottlenecks": bottlenecks_report,
    "retries": retries_report,
    "cost": lambda client, window: cost(client, Question(window.begins)).report(),
    "compare": lambda client, window: compare(
        client, Question(window.begins), ("tickets-1", "tickets-2"), every_judgement=True
    ).report(),
}
COUNTS = """
    SELECT 'categorizations, raw rows' AS what, count() AS n FROM _categorizations
    UNION ALL SELECT 'categorizations', count() FROM _categorizations FINAL
    UNION ALL SELECT 'corrections', count() FROM _corrections FINAL
    UNION ALL SELECT 'telemetry', count() FROM _telemetry FINAL
    UNION ALL SELECT 'rows of `operations`: stages of tickets, and telemetry', sum(calls)
        FROM operation_percentiles(from = '1970-01-01 00:00:00', to = '2106-02-07 06:27:00')
"""

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


@app.command()
@command
def measure(
    *,
    scale: Annotated[float, typer.Option(help="Share of 20 million tickets; below 1 no speed is judged.")] = 1.0,
    runs: Annotated[int, typer.Option(min=1, help="How often each report is made.")] = 5,
    data: Annotated[Path | None, typer.Option(help="Keep the data here (else in a temporary folder).")] = None,
    without_page: Annotated[
        bool, typer.Option("--without-page", help="Do not time the page; needs no Chromium.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write the results to this markdown file too.")] = None,
) -> None:
    """Make a year of tickets in the sandbox's ClickHouse engine, time every report over 30 days, and open the page.

    Needs Chromium, 40 GiB of disk and most of half an hour at full scale; let the machine do nothing else meanwhile.

    Exit code 1 means that a run failed or, at full scale, that a target was missed.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chromium = None if without_page else _chromium()
    described = hardware.describe()
    with tempfile.TemporaryDirectory(prefix="ticketstream-bench-") as name:
        sections = over_a_year(Path(name), data or Path(name) / "clickhouse", scale, runs, chromium)
    console = Console(highlight=False)
    for table in (table for section in sections for table in [*section.tables, verdicts(section)]):
        shown = Shown(*table.columns)
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)
    if out is not None:
        text = markdown(described, sections, quick=scale < 1, made_by="make bench-analytics")
        out.write_text(text, encoding="utf-8")
    missed = [verdict.what for section in sections for verdict in section.verdicts if not verdict.met]
    if missed and scale >= 1:
        raise TargetMissed(f"missed: {'; '.join(missed)}. Was the machine idle?")


def _chromium() -> str:
    if (found := shutil.which("chromium")) is None:
        raise BenchmarkFailed("the page is timed in Chromium: apt-get install chromium, or say --without-page")
    return found


def over_a_year(folder: Path, data: Path, scale: float, runs: int, chromium: str | None) -> list[Section]:
    """Make the year, or a part as large, and time the reports and, with Chromium, the page.

    Raises:
        BenchmarkFailed: a report was empty, or this is no Linux.
    """
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    year = Year(max(1, int(TICKETS * scale)), now - YEAR, now)
    with _engine(folder, data) as (connected, _), connected() as client:
        newest = max(0, year.tickets - NEWEST)
        began_s = time.monotonic()
        fill(client, year, range(newest), Screen())
        filled_min = (time.monotonic() - began_s) / 60
        began_s = time.monotonic()
        make_figures(client, Screen())
        rolled_min = (time.monotonic() - began_s) / 60
        fill(client, year, range(newest, year.tickets), Screen())
        settle(client)
    with _engine(folder, data) as (connected, pid), connected() as client:
        timed = {name: _timed(make, client, Window.of(now - WINDOW, now), runs) for name, make in REPORTS.items()}
        shown = [page(connected, chromium, runs), review(connected, chromium, JUDGEMENTS)] if chromium else []
        peak_gib = _peak_bytes(pid) / GIB
        counts = client.rows(COUNTS)
    return [_section(year, counts, timed, filled_min, rolled_min, peak_gib, _size(data) / GIB), *shown]


@contextmanager
def _engine(folder: Path, data: Path) -> Iterator[tuple[Callable[[], Client], int]]:
    """What connects to an engine over this data, and the engine's process."""
    command_line = [sys.executable, "-m", "sandbox.clickhouse", "--data", str(data), "--memory-limit", "4G"]
    part = Part("clickhouse", command_line, folder, process_environment(), lambda: False)
    try:
        port = part.wait_until(lambda: part.json_line("port"), READY_S)["port"]
        (pid,) = descendants(part.pid)
        yield partial(connect, f"http://127.0.0.1:{port}", "bench"), pid
    finally:
        part.stop()


def _timed(make: Callable[[Client, Window], Report], client: Client, window: Window, runs: int) -> list[float]:
    """Milliseconds of each run, after one that is not counted."""
    taken = []
    for _ in range(runs + 1):
        began_s = time.monotonic()
        if make(client, window).empty:
            raise BenchmarkFailed("a report over the last 30 days is empty")
        taken.append((time.monotonic() - began_s) * 1000)
    return taken[1:]


def _peak_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise BenchmarkFailed("this system does not tell the highest resident memory of a process")


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _section(
    year: Year,
    counts: list[dict[str, Any]],
    timed: dict[str, list[float]],
    filled_min: float,
    rolled_min: float,
    peak_gib: float,
    size_gib: float,
) -> Section:
    method = (
        f"{year.tickets:,} tickets at equal distances over 365 days, in the order of time: one in ten was answered "
        "again (revision 1), one in twenty corrected or confirmed, one raw row in a hundred is stored twice. The rows "
        "of `operations` are not stored one by one: four to five of them are the stages of each answer, kept in its "
        "one wide row; the others are rows of telemetry, five for every ten tickets (model_call, transaction, insert). "
        "Everything is made by INSERT SELECT in the real tables, through the HTTP door, and rolled up as the sink does "
        f"it, but for those of the last {NEWEST} tickets: the newest minutes of a service that runs are not rolled up "
        "yet. When ClickHouse has no more to merge it is started anew, so that it need not clear away at the same time "
        "what a year within minutes has left. Each report is made over the last 30 days, once unmeasured and "
        f"then {len(next(iter(timed.values())))} times, by one client, with the engine limited to 4 GiB. Its resident "
        "memory is the highest while reports are made and the page is shown."
    )
    stored = Table(
        ("what is stored", ""),
        [
            *((row["what"], f"{row['n']:,}") for row in counts),
            ("minutes it took to make the rows", f"{filled_min:.1f}"),
            ("minutes it took to roll them up", f"{rolled_min:.1f}"),
        ],
    )
    reports = Table(
        ("report over 30 days", "ms, median (lowest to highest)"), [(name, spread(ms)) for name, ms in timed.items()]
    )
    judged = [
        Verdict(f"{name}, ms", median(ms), COST_TARGET_MS if name == "cost" else TARGET_MS, at_least=False)
        for name, ms in timed.items()
    ]
    judged += [
        Verdict("resident memory of the engine, GiB", peak_gib, TARGET_GIB, at_least=False),
        Verdict("making the rows, minutes", filled_min, GENERATION_TARGET_MIN, at_least=False),
        Verdict("on disk, GiB", size_gib, 40.0, at_least=False),
    ]
    return Section("Reports over a year of tickets", method, [stored, reports], judged)


if __name__ == "__main__":
    app()
