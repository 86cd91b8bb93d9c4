"""The sink's memory while it catches up."""

from statistics import median
from typing import NamedTuple

from benchmarks import answers
from benchmarks.memory import FIFTHS, MIB, resident_bytes
from benchmarks.processes import Machine, worker_of
from benchmarks.report import Section, Table, Verdict, number
from benchmarks.screen import Screen
from benchmarks.sinking import committed, place
from benchmarks.watching import STEADY, Sample, steady

RESIDENT_TARGET_MIB = 400.0
GROWTH_TARGET = 0.1


class Size(NamedTuple):
    """The amount of work.

    Attributes:
        answers: That wait.
    """

    answers: int = 1_000_000


def backlog(machine: Machine, size: Size, screen: Screen) -> Section:
    """Start a sink when many answers wait, and read its memory.

    Raises:
        BenchmarkFailed: It stopped, or did not store every answer.
    """
    resident: list[tuple[int, int]] = []
    with machine.topics("backlog") as loaded, machine.clickhouse() as clickhouse:
        answers.load(machine.kafka, loaded.topics.categorized, size.answers)
        with place(machine, clickhouse, loaded, size.answers) as here, here.sink() as part:
            pid = worker_of(part)
            with screen.bar("memory of the sink", size.answers) as bar:

                def seen(done: int) -> None:
                    resident.append((done, resident_bytes(pid)))
                    bar(done)

                samples = committed(here, part, here.group, seen)
    return _section(machine.broker, size, resident, samples)


def _section(broker: str, size: Size, resident: list[tuple[int, int]], samples: list[Sample]) -> Section:
    fifths = [_fifth(size, resident, fifth) for fifth in range(FIFTHS)]
    highest = max(found for _, found in resident) / MIB
    table = Table(
        ("fifth of the answers", "resident MiB, median", "highest"),
        [(str(at), f"{median(found):.0f}", f"{max(found):.0f}") for at, found in enumerate(fifths, start=1)],
    )
    return Section(
        "Catching up",
        f"{size.answers:,} answers wait on a topic of {broker}, and ClickHouse is empty. One sink stores"
        f" {number(steady(samples).per_second(size.answers))} rows a second (between {STEADY} of the committed"
        " offsets). Resident memory of its process is read from /proc ten times a second.",
        [table],
        [
            Verdict("highest resident memory of the sink, MiB", highest, RESIDENT_TARGET_MIB, at_least=False),
            Verdict(
                "last fifth / second fifth - 1",
                median(fifths[-1]) / median(fifths[1]) - 1,
                GROWTH_TARGET,
                at_least=False,
            ),
        ],
    )


def _fifth(size: Size, resident: list[tuple[int, int]], fifth: int) -> list[float]:
    """What was read while this fifth was stored; of a fifth that went by between two looks, the look after it."""
    at = [(min(FIFTHS - 1, FIFTHS * done // size.answers), found / MIB) for done, found in resident]
    return [found for place, found in at if place == fifth] or [next(found for place, found in at if place > fifth)]
