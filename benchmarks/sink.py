"""Rows a second from a full topic to ClickHouse, beside the loop that a user would write and the bare insert."""

import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import NamedTuple

from analytics.clickhouse.client import connect
from analytics.clickhouse.migrate import migrate
from analytics.clickhouse.queries import read
from analytics.store.encoded import SENTINEL_BYTES, EncodedRow, container
from benchmarks import answers
from benchmarks.broker import Broker
from benchmarks.errors import BenchmarkFailed
from benchmarks.processes import Machine
from benchmarks.report import Section, Table, Verdict, number, spread
from benchmarks.screen import Screen
from benchmarks.watching import STALLED_S, STEADY, Advance, Sample, steady
from consumer.config.settings import Settings
from sandbox.parts import Part
from schemas.framing import SINGLE_OBJECT_HEADER_BYTES
from schemas.position import Position

OURS = "ticketstream"
LOOP = "loop of a user"
BARE = "bare insert"
LOOP_TARGET = 4.0
BARE_TARGET = 0.5
_LOOK_EVERY_S = 0.1


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


class Place(NamedTuple):
    """Where the contestants of a round read and write."""

    machine: Machine
    settings: Settings
    clickhouse: str
    answers: int


def sink(machine: Machine, size: Size, screen: Screen) -> Section:
    """Run all contestants in turn, several times, over one topic; each fills a database of its own.

    Raises:
        BenchmarkFailed: a contestant stopped, or did not store every answer.
    """
    rates: dict[str, list[float]] = {OURS: [], LOOP: [], BARE: []}
    with machine.topics("input") as loaded:
        topic = loaded.topics.categorized
        answer_bytes = answers.load(machine.kafka, topic, size.answers)
        for turn in range(size.rounds):
            with machine.clickhouse() as clickhouse:
                for name, run in ((OURS, _ours), (LOOP, _loop)):
                    with _place(machine, clickhouse, loaded, size) as place:
                        rates[name].append(run(place, screen))
                rates[BARE].append(_bare(clickhouse, size))
            shown = ", ".join(f"{name} {number(found[-1])}" for name, found in rates.items())
            screen.say(f"round {turn + 1}: {shown} rows/s")
    return _section(size, rates, answer_bytes)


@contextmanager
def _place(machine: Machine, clickhouse: str, loaded: Settings, size: Size) -> Iterator[Place]:
    with machine.topics("sink") as settings:
        topics = settings.topics.model_copy(update={"categorized": loaded.topics.categorized})
        yield Place(machine, settings.model_copy(update={"topics": topics}), clickhouse, size.answers)


def _database(settings: Settings) -> str:
    return settings.kafka_group_id.replace("-", "_")


def _ours(place: Place, screen: Screen) -> float:
    extra = {"CLICKHOUSE_URL": place.clickhouse, "CLICKHOUSE_DATABASE": _database(place.settings)}
    with place.machine.sink(place.settings, extra) as part:
        return _rate(place, part, f"{place.settings.kafka_group_id}-sink", OURS, screen)


def _loop(place: Place, screen: Screen) -> float:
    database, group = _database(place.settings), place.settings.kafka_group_id
    with connect(place.clickhouse, database) as client:
        migrate(client)
    given = {
        "kafka": place.machine.kafka, "group": group, "topic": place.settings.topics.categorized,
        "url": place.clickhouse, "database": database,
    }  # fmt: skip
    arguments = [f"--{name}={value}" for name, value in given.items()]
    with place.machine.part("loop", [sys.executable, "-m", "benchmarks.contestants.row_loop", *arguments]) as part:
        return _rate(place, part, group, LOOP, screen)


def _rate(place: Place, part: Part, group: str, name: str, screen: Screen) -> float:
    """Rows a second between two shares of what the group has committed; all rows have to be there at the end."""
    with screen.bar(name, place.answers) as bar:
        samples = _committed(place, part, group, bar)
    with connect(place.clickhouse, _database(place.settings)) as client:
        [found] = client.rows("SELECT count() AS n FROM _categorizations FINAL")
    if found["n"] != place.answers:
        raise BenchmarkFailed(f"{name} stored {found['n']} of {place.answers} answers")
    return steady(samples).per_second(place.answers)


def _committed(place: Place, part: Part, group: str, bar: Advance) -> list[Sample]:
    topic, broker = place.settings.topics.categorized, Broker(place.machine.kafka, group)
    try:
        ends = broker.ends(topic)
        samples = [Sample(time.monotonic(), 0)]
        moved_s = time.monotonic()
        while samples[-1].end < sum(ends.values()):
            time.sleep(_LOOK_EVERY_S)
            part.check()
            samples.append(Sample(time.monotonic(), sum(broker.committed(topic, ends).values())))
            bar(min(samples[-1].end, place.answers))
            moved_s = samples[-1].at_s if samples[-1].end != samples[-2].end else moved_s
            if samples[-1].at_s - moved_s > STALLED_S:
                raise BenchmarkFailed(f"{part.name}: nothing for {STALLED_S:g} s:\n{part.last_lines()}")
        return samples
    finally:
        broker.close()


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


def _section(size: Size, rates: dict[str, list[float]], answer_bytes: float) -> Section:
    ratios = {
        name: [ours / theirs for ours, theirs in zip(rates[OURS], rates[name], strict=True)] for name in (LOOP, BARE)
    }
    table = Table(
        ("contestant", "rows a second", "ticketstream beside it"),
        [(name, spread(found), spread(ratios[name]) if name in ratios else "") for name, found in rates.items()],
    )
    return Section(
        "Rows a second from a full topic",
        f"{size.answers:,} answers of {answer_bytes:.0f} bytes wait on a topic, and ClickHouse is empty. Timed between"
        f" {STEADY} of the committed offsets. The {LOOP} reads with confluent-kafka, decodes with fastavro, inserts"
        f" columns of 5,000 rows with clickhouse-connect and commits; it checks nothing. The {BARE} sends the bytes of"
        f" {size.batch:,} answers at a time, made before, into the same tables with the same feeds."
        f" {size.rounds} rounds.",
        [table],
        [
            Verdict(f"{OURS} / {LOOP}", median(ratios[LOOP]), LOOP_TARGET),
            Verdict(f"{OURS} / {BARE}", median(ratios[BARE]), BARE_TARGET),
        ],
    )
