"""How much processor time the command line takes to start.

    python -m benchmarks.start_up

The time is set beside that of `python -c "import typer, rich.console"`, the libraries that it cannot do without.
"""

import os
import subprocess
import sys
from statistics import median
from typing import NamedTuple

import typer

from benchmarks.errors import BenchmarkFailed
from benchmarks.report import Section, Table, TargetMissed, Verdict, spread, table_lines, verdicts
from benchmarks.screen import Screen
from ticketstream.output import command

TARGET = 1.5
LIBRARIES = ("-c", "import typer, rich.console")
# Those with a target, and the help of a command with many options.
STARTS = {
    "ticketstream --help": ("-m", "ticketstream", "--help"),
    "ticketstream --version": ("-m", "ticketstream", "--version"),
    "ticketstream report --help": ("-m", "ticketstream", "report", "--help"),
}
WITH_TARGET = ("ticketstream --help", "ticketstream --version")


class Size(NamedTuple):
    """How often everything is started."""

    rounds: int = 21


def start_up(size: Size, screen: Screen) -> Section:
    """Start everything in turn, round after round.

    Raises:
        BenchmarkFailed: a command ended with an error.
    """
    libraries_s: list[float] = []
    starts_s: dict[str, list[float]] = {name: [] for name in STARTS}
    # The first start of each compiles what it imports.
    for arguments in (LIBRARIES, *STARTS.values()):
        _processor_s(arguments)
    with screen.bar("start of the command line", size.rounds) as advance:
        for number in range(size.rounds):
            libraries_s.append(_processor_s(LIBRARIES))
            for name, arguments in STARTS.items():
                starts_s[name].append(_processor_s(arguments))
            advance(number + 1)
    return _section(size, libraries_s, starts_s)


def _processor_s(arguments: tuple[str, ...]) -> float:
    """User and system time of one process from its start to its end."""
    process = subprocess.Popen(
        [sys.executable, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    with process:
        error = process.stderr.read().decode() if process.stderr else ""
    if process.returncode:
        raise BenchmarkFailed(f"python {' '.join(arguments)} ended with {process.returncode}: {error}")
    return used.ru_utime + used.ru_stime


def _section(size: Size, libraries_s: list[float], starts_s: dict[str, list[float]]) -> Section:
    ratios = {
        name: [start / libraries for start, libraries in zip(times, libraries_s, strict=True)]
        for name, times in starts_s.items()
    }
    rows = [("import typer, rich.console", spread([1000 * libraries for libraries in libraries_s]), "1")]
    rows += [
        (name, spread([1000 * start for start in times]), spread(ratios[name])) for name, times in starts_s.items()
    ]
    method = (
        f"{size.rounds} rounds, each start in turn, after one that compiled what is imported. Processor time is that of"
        " the whole process, user and system; ratios are of the same round."
    )
    return Section(
        "Start of the command line",
        method,
        [Table(("python", "processor time, ms", "ratio"), rows)],
        [Verdict(f"{name} / import of its libraries", median(ratios[name]), TARGET, False) for name in WITH_TARGET],
    )


@command
def main() -> None:
    """Measure and print.

    Raises:
        TargetMissed: a start takes too long.
    """
    section = start_up(Size(), Screen())
    for table in (*section.tables, verdicts(section)):
        print("\n".join(table_lines(table)), end="\n\n")
    if missed := [verdict.what for verdict in section.verdicts if not verdict.met]:
        raise TargetMissed(f"missed: {'; '.join(missed)}")


if __name__ == "__main__":
    typer.run(main)
