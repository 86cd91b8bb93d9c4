"""`python -m benchmarks`: measures the service on this machine."""

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Shown

from benchmarks import (
    classifier,
    efficiency,
    hardware,
    latency,
    memory,
    rates,
    sink,
    sink_backlog,
    sink_size,
    start_up,
    throughput,
)
from benchmarks.apache import for_backlogs
from benchmarks.processes import Machine, machine
from benchmarks.report import Section, Table, TargetMissed, markdown, verdicts
from benchmarks.screen import Screen
from ticketstream.output import command

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


class Benchmark(StrEnum):
    """The benchmarks."""

    all = "all"
    throughput = "throughput"
    efficiency = "efficiency"
    latency = "latency"
    rates = "rates"
    memory = "memory"
    start_up = "start_up"
    sink = "sink"
    classifier = "classifier"


@app.command()
@command
def measure(
    benchmark: Annotated[Benchmark, typer.Argument(help="What to measure.")] = Benchmark.all,
    *,
    only: Annotated[Benchmark | None, typer.Option("--only", help="The same as the argument.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Small sizes, about two minutes: a check that it works, without targets.")
    ] = False,
    without_quix: Annotated[
        bool, typer.Option("--without-quix", help="Leave out Quix Streams, whose packages come from the package index.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write the results to this markdown file too.")] = None,
) -> None:
    """Measure the service on this machine, beside other programs and against its targets.

    Every benchmark starts and stops its own parts: the sandbox's broker, a model of known latency and the real service,
    on free ports, with data in a temporary folder. All of them take 30 to 40 minutes. The machine should be idle
    otherwise.

    throughput: tickets a second on cached texts, compared with a bare loop and Quix Streams on the same events.

    efficiency: the share of a slow model's capacity that is used, and of a model four times as slow.

    latency: from publication to committed answer at 200 tickets a second, and at 20 with a model as slow as large
    language models, on the sandbox's broker and on Apache Kafka where `make test-kafka` has fetched it.

    rates: to the committed answer and to the row in a view, at 20, 200 and 2,000 tickets a second, on the sandbox's
    broker and on Apache Kafka where `make test-kafka` has fetched it.

    memory: resident memory over 300,000 tickets.

    sink: rows a second from a full topic, compared with the loop that a user would write and with the bare insert;
    memory while a million answers wait; what a ticket costs when ten million are stored; on Apache Kafka where
    `make test-kafka` has fetched it. Up to ten minutes.

    classifier: accuracy of the reference model with an embedding, across languages, with few rows and without labels.
    About six minutes of one core.

    start_up: processor time of `ticketstream --help` and `--version`.

    Exit code 1 means that a run failed or, unless --quick, that a target was missed.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    described = hardware.describe()
    found: list[Section] = []
    screen = Screen()
    with machine() as here:
        for name, run in _runs(quick=quick, without_quix=without_quix).items():
            if (only or benchmark) in {Benchmark.all, name}:
                screen.say(f"{name} …")
                for section in run(here, screen):
                    found.append(section)
                    _show(section)
                    if out is not None:
                        out.write_text(markdown(described, found, quick=quick), encoding="utf-8")
    missed = [verdict.what for section in found for verdict in section.verdicts if not verdict.met]
    if missed and not quick:
        raise TargetMissed(f"missed: {'; '.join(missed)}. Was the machine idle?")


def _runs(*, quick: bool, without_quix: bool) -> dict[Benchmark, Callable[[Machine, Screen], Iterable[Section]]]:
    """Every benchmark with its size; some give several sections, one after another."""
    full = not quick
    cached = throughput.Size() if full else throughput.Size(tickets=12_000, texts=200, rounds=1)
    limited = efficiency.Size() if full else efficiency.QUICK
    steady = latency.Size() if full else latency.Size(seconds=8, models=(latency.CONSTANT, latency.DRAWN), apache=False)
    several = rates.Size() if full else rates.Size(seconds=4, apache=False)
    long = memory.Size() if full else memory.Size(tickets=20_000, ahead=2_000)
    starts = start_up.Size() if full else start_up.Size(rounds=3)
    full_topic = sink.Size() if full else sink.Size(answers=20_000, rounds=1, batch=10_000)
    behind = sink_backlog.Size() if full else sink_backlog.Size(answers=30_000)
    answered = classifier.Size() if full else classifier.Size(step=10, rows_of_intent=3)
    filled = sink_size.Size() if full else sink_size.Size(stored=(1_000, 20_000), answers=20_000, rounds=1)

    def rows(here: Machine, screen: Screen) -> Iterator[Section]:
        with for_backlogs(here) if full else nullcontext(here) as where:
            yield sink.sink(where, full_topic, screen)
            yield sink_backlog.backlog(where, behind, screen)
            yield sink_size.by_size(where, filled, screen)

    return {
        Benchmark.throughput: lambda here, screen: [
            throughput.throughput(here, cached._replace(quix=not without_quix), screen)
        ],
        Benchmark.efficiency: lambda here, screen: [efficiency.efficiency(here, limited, screen)],
        Benchmark.latency: lambda here, screen: [latency.latency(here, steady, screen)],
        Benchmark.rates: lambda here, screen: [rates.rates(here, several, screen)],
        Benchmark.memory: lambda here, screen: [memory.memory(here, long, screen)],
        Benchmark.start_up: lambda _, screen: [start_up.start_up(starts, screen)],
        Benchmark.sink: rows,
        Benchmark.classifier: lambda _, screen: classifier.classifier(answered, screen),
    }


def _show(section: Section) -> None:
    console = Console(highlight=False)
    console.print(f"\n{section.title}", style="bold")
    for table in [*section.tables, verdicts(section)]:
        console.print(_shown(table))


def _shown(table: Table) -> Shown:
    shown = Shown(*table.columns)
    for row in table.rows:
        shown.add_row(*row)
    return shown


if __name__ == "__main__":
    app()
