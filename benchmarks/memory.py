"""Whether the categorizer's memory stays constant over many tickets."""

import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.broker import Broker
from benchmarks.errors import BenchmarkFailed
from benchmarks.model import model
from benchmarks.processes import Machine, worker_of
from benchmarks.report import Section, Table, Verdict
from benchmarks.screen import Advance, Screen
from benchmarks.tickets import Publisher, half_repeated
from benchmarks.watching import STALLED_S
from consumer.config.settings import Settings
from sandbox.parts import Part
from schemas.events import TicketCreated

FIFTHS = 5
GROWTH_TARGET = 0.05
LOOK_EVERY_S = 0.2
MIB = 2**20
SHOWN = 20


class Size(NamedTuple):
    """The amount of work.

    Attributes:
        tickets: In all.
        texts: Different texts among the repeated ones.
        ahead: The most tickets that may wait in the topic.
    """

    tickets: int = 300_000
    texts: int = 500
    ahead: int = 20_000


class Sample(NamedTuple):
    """Resident memory after this many committed tickets."""

    tickets: int
    resident_bytes: int


def memory(machine: Machine, size: Size, screen: Screen) -> Section:
    """Send tickets through the categorizer and read its memory.

    Raises:
        BenchmarkFailed: No more tickets were committed.
    """
    with (
        model(machine, "constant:5") as served,
        machine.topics("memory") as settings,
        machine.categorizer(settings, {"ML_API_URL": served.url}) as part,
        screen.bar("memory of the categorizer", size.tickets) as bar,
    ):
        samples = _samples(settings, part, size, bar)
    return _section(size, samples)


def _samples(settings: Settings, part: Part, size: Size, advance: Advance) -> list[Sample]:
    pid = worker_of(part)
    created = settings.topics.created
    publisher = Publisher(settings.kafka_bootstrap_servers, created)
    tickets = half_repeated(size.tickets, size.texts)
    broker = Broker(settings.kafka_bootstrap_servers, settings.kafka_group_id)
    samples: list[Sample] = []
    published = 0
    moved_s = time.monotonic()
    try:
        partitions = list(broker.ends(created))
        while True:
            part.check()
            committed = broker.committed(created, partitions)
            done = sum(committed.values())
            if not samples or done > samples[-1].tickets:
                moved_s = time.monotonic()
            samples.append(Sample(done, resident_bytes(pid)))
            advance(done)
            if done == size.tickets:
                return samples
            if time.monotonic() - moved_s > STALLED_S:
                raise BenchmarkFailed(f"nothing was committed for {STALLED_S:g} s, after {done} tickets")
            published += _publish(publisher, tickets, size.ahead - (published - done))
            _forget(broker, settings, committed)
            time.sleep(LOOK_EVERY_S)
    finally:
        publisher.finish()
        broker.close()


def _publish(publisher: Publisher, tickets: Iterator[TicketCreated], room: int) -> int:
    """Fill up the backlog, in pieces, so that the next sample is not late."""
    count = 0
    while count < min(room, 4_000) and (ticket := next(tickets, None)) is not None:
        publisher.publish(ticket)
        count += 1
    return count


def _forget(broker: Broker, settings: Settings, committed: dict[int, int]) -> None:
    topics = settings.topics
    broker.forget(topics.created, committed)
    for topic in (topics.categorized, topics.audit, topics.telemetry):
        broker.forget(topic, broker.ends(topic))


def resident_bytes(pid: int) -> int:
    """Resident memory of a process (proc(5), statm).

    Raises:
        BenchmarkFailed: The process is gone, or this system has no /proc.
    """
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    except OSError as error:
        raise BenchmarkFailed(f"the memory of process {pid} cannot be read: {error.strerror}") from None
    return pages * resource.getpagesize()


def fifths(samples: Sequence[Sample]) -> list[float]:
    """Median resident bytes of every fifth of the tickets."""
    total = samples[-1].tickets
    parts: list[list[int]] = [[] for _ in range(FIFTHS)]
    for sample in samples:
        parts[min(FIFTHS - 1, FIFTHS * sample.tickets // total)].append(sample.resident_bytes)
    if not all(parts):
        raise BenchmarkFailed("too few tickets: a fifth of them has no sample of the memory")
    return [median(part) for part in parts]


def _section(size: Size, samples: list[Sample]) -> Section:
    by_fifth = fifths(samples)
    growth = by_fifth[4] / by_fifth[1] - 1
    step = max(1, len(samples) // SHOWN)
    series = [(f"{sample.tickets:,}", f"{sample.resident_bytes / MIB:.1f}") for sample in samples[::step]]
    method = (
        f"{size.tickets:,} tickets go through one categorizer with its defaults; every other one says what no other "
        f"says and goes to a model, those between repeat {size.texts} texts. At most {size.ahead:,} wait in the topic; "
        "consumed records are deleted on the way. Resident memory of the worker process is read from /proc "
        f"{1 / LOOK_EVERY_S:.0f} times a second; a fifth's figure is the median of its samples."
    )
    tables = [
        Table(
            ("fifth of the tickets", "resident MiB, median"),
            [(str(number), f"{value / MIB:.1f}") for number, value in enumerate(by_fifth, start=1)],
        ),
        Table(("tickets committed", "resident MiB"), series),
    ]
    verdict = Verdict("last fifth / second fifth - 1", abs(growth), GROWTH_TARGET, at_least=False)
    return Section("Memory", method, tables, [verdict])
