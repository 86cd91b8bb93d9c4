"""Rows a second from a full topic to ClickHouse, beside the loop that a user would write and the bare insert."""

import secrets
import sys
import time
from statistics import median
from typing import NamedTuple

from analytics.clickhouse.client import connect
from analytics.clickhouse.migrate import migrate
from analytics.clickhouse.queries import read
from analytics.store.encoded import SENTINEL_BYTES, EncodedRow, container
from benchmarks import answers
from benchmarks.model import model
from benchmarks.processes import Machine
from benchmarks.report import Section, Table, Verdict, number, spread
from benchmarks.screen import Screen
from benchmarks.sinking import LOOK_EVERY_S, Place, committed, place
from benchmarks.tickets import load, repeated
from benchmarks.watching import STEADY, steady, until_done
from sandbox.parts import Part
from schemas.framing import SINGLE_OBJECT_HEADER_BYTES
from schemas.position import Position

OURS = "ticketstream"
TWO = "two sinks"
LOOP = "loop of a user"
BARE = "bare insert"
CATEGORIZER = "categorizer on cached texts"
LOOP_TARGET = 4.0
BARE_TARGET = 0.5
# A sink that was away catches up while answers go on arriving as fast as one categorizer makes them.
CATEGORIZER_TARGET = 1.5
DIFFERENT_TEXTS = 500
# What a person waits for without wondering.
FIRST_ROW_TARGET_S = 5.0


class Size(NamedTuple):
    """The amount of work.

    Attributes:
        answers: On the topic.
        rounds: Of every contestant.
        batch: Rows of one bare insert.
    """

    answers: int = 200_000
    rounds: int = 5
    batch: int = 50_000


class Run(NamedTuple):
    """One run of ours.

    Attributes:
        rate: Rows a second.
        first_row_s: From the start of the process to its first row, in seconds.
    """

    rate: float
    first_row_s: float


def sink(machine: Machine, size: Size, screen: Screen) -> Section:
    """Run all contestants in turn, several times, over one topic; each fills a database of its own.

    Raises:
        BenchmarkFailed: a contestant stopped, or did not store every answer.
    """
    rates: dict[str, list[float]] = {OURS: [], TWO: [], LOOP: [], BARE: [], CATEGORIZER: []}
    first_rows_s: list[float] = []
    with machine.topics("input") as loaded, machine.topics("tickets") as asked:
        load(machine.kafka, asked.topics.created, repeated(size.answers, DIFFERENT_TEXTS))
        answer_bytes = answers.load(machine.kafka, loaded.topics.categorized, size.answers)
        for turn in range(size.rounds):
            with machine.clickhouse() as clickhouse:
                for name, workers in ((OURS, 1), (TWO, 2)):
                    with place(machine, clickhouse, loaded, size.answers) as here:
                        run = _ours(here, screen, workers)
                    rates[name].append(run.rate)
                    first_rows_s += [run.first_row_s] if workers == 1 else []
                with place(machine, clickhouse, loaded, size.answers) as here:
                    rates[LOOP].append(_loop(here, screen))
                rates[BARE].append(_bare(clickhouse, size))
            rates[CATEGORIZER].append(_categorizer(machine, asked.topics.created, size.answers, screen))
            shown = ", ".join(f"{name} {number(found[-1])}" for name, found in rates.items())
            screen.say(f"round {turn + 1}: {shown} rows/s")
    return _section(machine.broker, size, rates, first_rows_s, answer_bytes)


def _ours(here: Place, screen: Screen, workers: int = 1) -> Run:
    """One run of ours, and how long its first row took."""
    began_s = time.monotonic()
    with here.sink(workers) as part:
        first_row_s = _first_row_s(here, part, began_s)
        return Run(_rate(here, part, here.group, screen), first_row_s)


def _first_row_s(here: Place, part: Part, began_s: float) -> float:
    while not here.stored():
        part.check()
        time.sleep(LOOK_EVERY_S)
    return time.monotonic() - began_s


def _loop(here: Place, screen: Screen) -> float:
    group = here.settings.kafka_group_id
    with connect(here.clickhouse, here.database) as client:
        migrate(client)
    given = {
        "kafka": here.machine.kafka, "group": group, "topic": here.settings.topics.categorized,
        "url": here.clickhouse, "database": here.database,
    }  # fmt: skip
    arguments = [f"--{name}={value}" for name, value in given.items()]
    with here.machine.part("loop", [sys.executable, "-m", "benchmarks.contestants.row_loop", *arguments]) as part:
        return _rate(here, part, group, screen)


def _rate(here: Place, part: Part, group: str, screen: Screen) -> float:
    """Rows a second between two shares of what the group has committed; all rows have to be there at the end."""
    with screen.bar(part.name, here.answers) as bar:
        return steady(committed(here, part, group, bar)).per_second(here.answers)


def _bare(clickhouse: str, size: Size) -> float:
    """The same bytes into the same tables with the same feeds; made before, and nothing around them."""
    rows = [
        EncodedRow(value, SINGLE_OBJECT_HEADER_BYTES, Position("answers", 0, offset, 0))
        for offset, (_, value) in enumerate(answers.encoded(size.answers))
    ]
    sentinel = secrets.token_bytes(SENTINEL_BYTES)
    statement = read("store_answers").replace("$sentinel", sentinel.hex())
    begins = range(0, len(rows), size.batch)
    bodies = [container(rows[begin : begin + size.batch], sentinel).body for begin in begins]
    with connect(clickhouse, "bare") as client:
        migrate(client)
        began_s = time.monotonic()
        for place, body in enumerate(bodies):
            client.insert_body("_categorizations", statement, body, f"bare:{place}")
        return size.answers / (time.monotonic() - began_s)


def _categorizer(machine: Machine, input_topic: str, tickets: int, screen: Screen) -> float:
    """Tickets a second of one categorizer with its defaults, whose cache soon knows every text."""
    with (
        model(machine, "constant:5") as served,
        machine.topics("answered", input_topic) as settings,
        machine.categorizer(settings, {"ML_API_URL": served.url}) as part,
        screen.bar(CATEGORIZER, tickets) as bar,
    ):
        return steady(until_done(settings, part, bar)).per_second(tickets)


def _section(
    broker: str, size: Size, rates: dict[str, list[float]], first_rows_s: list[float], answer_bytes: float
) -> Section:
    ratios = {
        name: [ours / theirs for ours, theirs in zip(rates[OURS], rates[name], strict=True)]
        for name in rates
        if name != OURS
    }
    table = Table(
        ("contestant", "rows a second", f"{OURS} beside it"),
        [(name, spread(found), spread(ratios[name]) if name in ratios else "") for name, found in rates.items()],
    )
    start = Table(("start", "seconds"), [(f"from `{OURS} run` to the first row", spread(first_rows_s))])
    return Section(
        "Rows a second from a full topic",
        f"{size.answers:,} answers of {answer_bytes:.0f} bytes wait on a topic of {broker}, and ClickHouse is empty."
        f" Timed between {STEADY} of the committed offsets. {TWO} share the topic's partitions. The {LOOP} reads with"
        " confluent-kafka, decodes with fastavro, inserts columns of 5,000 rows with clickhouse-connect and commits; it"
        f" checks nothing. The {BARE} sends the bytes of {size.batch:,} answers at a time, made before, into the same"
        f" tables with the same feeds. The first row is looked for ten times a second, and tables and views are made"
        f" before it. The {CATEGORIZER} answers {size.answers:,} tickets with {DIFFERENT_TEXTS} texts on the same"
        f" broker, in turn with the others. {size.rounds} rounds.",
        [table, start],
        [
            Verdict(f"{OURS} / {LOOP}", median(ratios[LOOP]), LOOP_TARGET),
            Verdict(f"{OURS} / {BARE}", median(ratios[BARE]), BARE_TARGET),
            Verdict(f"{OURS} / {CATEGORIZER}", median(ratios[CATEGORIZER]), CATEGORIZER_TARGET),
            Verdict("seconds to the first row", median(first_rows_s), FIRST_ROW_TARGET_S, at_least=False),
        ],
    )
