"""What each codec of Kafka costs the service on cached texts, and how many bytes it leaves.

    python -m benchmarks.compression

Every codec takes its turn in every round; ratios are of the same round.
"""

import json
import signal
import time
from collections.abc import Mapping
from statistics import median
from typing import Annotated, Any, NamedTuple

import typer
from confluent_kafka import Consumer, TopicPartition

from benchmarks import hardware
from benchmarks.broker import Broker
from benchmarks.errors import BenchmarkFailed
from benchmarks.model import Model, model
from benchmarks.processes import Machine, machine, processor_s, worker_of
from benchmarks.report import Section, Table, Verdict, number, spread, table_lines, verdicts
from benchmarks.screen import Screen
from benchmarks.tickets import load, repeated
from benchmarks.watching import STEADY, steady, until_done
from consumer.config.settings import Settings
from ticketstream.output import command

BEFORE = "lz4"
# By the names that the table shows; librdkafka's own level of gzip is 6.
CODECS: Mapping[str, Mapping[str, str]] = {
    BEFORE: {"KAFKA_COMPRESSION_TYPE": "lz4", "KAFKA_COMPRESSION_LEVEL": "-1"},
    "gzip, level 1": {"KAFKA_COMPRESSION_TYPE": "gzip", "KAFKA_COMPRESSION_LEVEL": "1"},
    "gzip, level 6": {"KAFKA_COMPRESSION_TYPE": "gzip", "KAFKA_COMPRESSION_LEVEL": "-1"},
    "none": {"KAFKA_COMPRESSION_TYPE": "none"},
    "snappy": {"KAFKA_COMPRESSION_TYPE": "snappy", "KAFKA_COMPRESSION_LEVEL": "-1"},
    "zstd": {"KAFKA_COMPRESSION_TYPE": "zstd", "KAFKA_COMPRESSION_LEVEL": "-1"},
}
DEFAULT = "none"
# The default may cost this share of the throughput with lz4, and no more.
WANTED = 0.95
READ_TIMEOUT_S = 60.0


class Size(NamedTuple):
    """The amount of work."""

    tickets: int = 100_000
    texts: int = 500
    rounds: int = 5


class Run(NamedTuple):
    """One codec's pass over the input.

    Attributes:
        per_second: tickets a second in the steady part.
        processor_us: of the worker, all its threads, for each ticket, its start included.
        wire_bytes: for each answer that a reader receives.
    """

    per_second: float
    processor_us: float
    wire_bytes: float


def compression(here: Machine, size: Size, screen: Screen) -> Section:
    """Run every codec in turn, several times, over one input.

    Raises:
        BenchmarkFailed: a worker ended, or its output could not be read.
    """
    names = list(CODECS)
    runs: dict[str, list[Run]] = {codec: [] for codec in names}
    with model(here, "constant:5") as served, here.topics("input") as settings:
        input_topic = settings.topics.created
        load(here.kafka, input_topic, repeated(size.tickets, size.texts))
        for turn in range(size.rounds):
            first = turn % len(CODECS)
            for codec in names[first:] + names[:first]:
                found = _run(here, codec, served, input_topic, size, screen)
                runs[codec].append(found)
                screen.say(f"round {turn + 1}: {codec}: {number(found.per_second)} tickets/s")
    return _section(size, runs)


def _run(here: Machine, codec: str, served: Model, input_topic: str, size: Size, screen: Screen) -> Run:
    extra = {"ML_API_URL": served.url, "AUDIT_SHARE": "0", **CODECS[codec]}
    with here.topics(codec.split(",", maxsplit=1)[0], input_topic) as settings:
        with here.categorizer(settings, extra) as part, screen.bar(codec, size.tickets) as bar:
            worker = worker_of(part)
            samples = until_done(settings, part, bar)
            used_s = processor_s(worker)
        received = _received(settings, size.tickets)
    return Run(steady(samples).per_second(size.tickets), 1e6 * used_s / size.tickets, received / size.tickets)


def _received(settings: Settings, answers: int) -> int:
    """How many bytes a reader receives from the broker that holds the output, all of it."""
    heard: dict[str, Any] = {}
    reader = Consumer(
        {
            "bootstrap.servers": settings.kafka_bootstrap_servers,
            "group.id": f"{settings.kafka_group_id}-size",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            # Asked once: an answer without news would count too.
            "fetch.wait.max.ms": 5_000,
            "statistics.interval.ms": 100,
            "stats_cb": lambda said: heard.update(json.loads(said)),
        }
    )
    broker = Broker(settings.kafka_bootstrap_servers, settings.kafka_group_id)
    try:
        topic = settings.topics.categorized
        reader.assign([TopicPartition(topic, partition, 0) for partition in broker.ends(topic)])
        give_up_s, read = time.monotonic() + READ_TIMEOUT_S, 0
        while read < answers:
            if time.monotonic() > give_up_s:
                raise BenchmarkFailed(f"{topic} could not be read within {READ_TIMEOUT_S:g} s: {read} of {answers}")
            read += len(reader.consume(1_000, 0.2))
        heard.clear()
        while not heard:
            reader.poll(0.05)
        return sum(int(found["rxbytes"]) for found in heard["brokers"].values())
    finally:
        broker.close()
        reader.close()


def _section(size: Size, runs: dict[str, list[Run]]) -> Section:
    before = runs[BEFORE]

    def ratios(codec: str, field: str) -> list[float]:
        return [getattr(run, field) / getattr(base, field) for run, base in zip(runs[codec], before, strict=True)]

    rows = [
        (
            codec,
            spread([run.per_second for run in found]),
            spread(ratios(codec, "per_second")),
            spread([run.processor_us for run in found]),
            spread(ratios(codec, "processor_us")),
            number(median(run.wire_bytes for run in found)),
        )
        for codec, found in runs.items()
    ]
    method = (
        f"{size.tickets:,} tickets with {size.texts} different texts; one worker with its defaults but for the codec"
        f" and the audit sample, which is off. Its speed is taken between {STEADY} of the committed output. Processor"
        " time is the worker's, all threads, its start included. Bytes are those that a reader receives of all answers,"
        f" events and Kafka's own. {size.rounds} rounds, every codec in turn; ratios are of the same round."
    )
    columns = ("codec", "tickets/s", f"of {BEFORE}", "µs of processor per ticket", f"of {BEFORE}", "bytes per answer")
    return Section(
        "Compression of what the service writes",
        method,
        [Table(columns, rows)],
        [Verdict(f"tickets/s with {DEFAULT}, the default, of {BEFORE}", median(ratios(DEFAULT, "per_second")), WANTED)],
    )


@command
def main(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes: a check that it works.")] = False,
    tickets: Annotated[int, typer.Option(help="Tickets of one run.")] = Size().tickets,
    rounds: Annotated[int, typer.Option(help="Runs of each codec.")] = Size().rounds,
) -> None:
    """Measure and print."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    size = Size(2_000, 50, 1) if quick else Size(tickets, rounds=rounds)
    with machine() as here:
        section = compression(here, size, Screen())
    for table in (hardware.describe(), *section.tables, verdicts(section)):
        print("\n".join(table_lines(table)), end="\n\n")
    print(section.method)


if __name__ == "__main__":
    typer.run(main)
