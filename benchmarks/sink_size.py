"""What a ticket costs the sink and ClickHouse when many are stored already."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.migrate import migrate
from benchmarks import answers
from benchmarks.analytics.store import settle
from benchmarks.processes import Machine, descendants, processor_s
from benchmarks.report import Section, Table, Verdict, spread
from benchmarks.screen import Screen
from benchmarks.sinking import Place, committed, place
from consumer.config.settings import Settings
from sandbox.parts import Part

WITHIN = 0.15
# Tickets of one statement, made within the client's patience.
_CHUNK = 500_000
_FILL = (Path(__file__).parent / "analytics" / "answers.sql").read_text(encoding="utf-8")
# Before all answers that the sinks store, and two a second: the most take two months.
_BEGINS_US = 1_785_000_000_000_000
_STEP_US = 500_000


class Size(NamedTuple):
    """The amount of work.

    Attributes:
        stored: How many tickets are stored before, one database for each.
        answers: On the topic.
        rounds: Over all databases.
    """

    stored: tuple[int, ...] = (10_000, 1_000_000, 10_000_000)
    answers: int = 200_000
    rounds: int = 3


class Cost(NamedTuple):
    """Of one answer, in µs: wall time, and processor time of sink and ClickHouse."""

    wall_us: float
    processor_us: float


def by_size(machine: Machine, size: Size, screen: Screen) -> Section:
    """Store the same answers into databases of several sizes, in turn.

    Raises:
        BenchmarkFailed: A sink stopped, or did not store every answer.
    """
    costs: dict[int, list[Cost]] = {stored: [] for stored in size.stored}
    with machine.clickhouse_part() as (server, clickhouse), ExitStack() as topics:
        for stored in size.stored:
            with connect(clickhouse, _database(stored)) as client:
                fill(client, stored, screen)
        with connect(clickhouse, _database(size.stored[0])) as client:
            settle(client)
        for turn in range(size.rounds):
            # Another topic, because the same records again would be no new rows.
            loaded = topics.enter_context(machine.topics("input"))
            answers.load(machine.kafka, loaded.topics.categorized, size.answers, first=turn * size.answers)
            for stored in size.stored:
                costs[stored].append(_cost(machine, clickhouse, server, loaded, size, stored))
            screen.say(f"round {turn + 1}: " + ", ".join(f"{found[-1].wall_us:.1f} µs" for found in costs.values()))
    return _section(machine.broker, size, costs)


def fill(client: Client, tickets: int, screen: Screen) -> None:
    """Answer so many tickets in earlier months, with all that feeds make of it; the figures count as rolled up."""
    migrate(client)
    with screen.bar("tickets stored before", tickets) as bar:
        for first in range(0, tickets, _CHUNK):
            count = min(_CHUNK, tickets - first)
            client.command(_FILL.format(first=first, count=count, begins_us=_BEGINS_US, step_us=_STEP_US, which="true"))
            bar(first + count)
    client.command(
        "INSERT INTO _rollup_progress SELECT span_s, begins, 0, sum(stored), min(earliest) FROM _rollup_progress"
        " GROUP BY span_s, begins"
    )


def _database(stored: int) -> str:
    return f"stored_{stored}"


def _cost(machine: Machine, clickhouse: str, server: Part, loaded: Settings, size: Size, stored: int) -> Cost:
    with place(machine, clickhouse, loaded, size.answers, _database(stored)) as here, here.sink() as part:
        return _between_commits(here, part, server)


def _between_commits(here: Place, part: Part, server: Part) -> Cost:
    """From the first commit that is seen to the last."""
    looks: list[tuple[int, float, float]] = []

    def seen(done: int) -> None:
        if done and (not looks or done > looks[-1][0]):
            looks.append((done, time.monotonic(), sum(_used_s(part)) + sum(_used_s(server))))

    committed(here, part, here.group, seen)
    (first, began_s, used_s), (last, ended_s, used_at_end_s) = looks[0], looks[-1]
    rows = max(1, last - first)
    return Cost(1e6 * (ended_s - began_s) / rows, 1e6 * (used_at_end_s - used_s) / rows)


def _used_s(part: Part) -> Iterator[float]:
    return (processor_s(pid) for pid in (part.pid, *descendants(part.pid)))


def _section(broker: str, size: Size, costs: dict[int, list[Cost]]) -> Section:
    least = size.stored[0]
    ratios = {
        stored: [one.wall_us / other.wall_us for one, other in zip(found, costs[least], strict=True)]
        for stored, found in costs.items()
    }
    table = Table(
        ("tickets stored before", "µs a ticket", "beside the least", "processor µs of sink and ClickHouse"),
        [
            (
                f"{stored:,}",
                spread([cost.wall_us for cost in found]),
                spread(ratios[stored]),
                spread([cost.processor_us for cost in found]),
            )
            for stored, found in costs.items()
        ],
    )
    return Section(
        "A ticket when many are stored",
        f"One sink stores {size.answers:,} answers, which wait on a topic of {broker}, into a database that holds"
        " answers of earlier months already, with all that follows from them. Timed from its first commit to its last."
        f" {size.rounds} rounds, each with answers of its own, over the databases in turn.",
        [table],
        [
            Verdict(f"{stored:,} tickets / {least:,} tickets", median(ratios[stored]), 1 + WITHIN, at_least=False)
            for stored in size.stored[1:]
        ],
    )
