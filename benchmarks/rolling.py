"""How long a partition is silent while instances are restarted one after the other.

    python -m benchmarks.rolling                                    # as the service comes
    python -m benchmarks.rolling KAFKA_HEARTBEAT_INTERVAL_MS=2000   # with a setting

Three instances of one worker each answer tickets from Apache Kafka by the rules. One after the other gets SIGTERM,
ends, and is started again, while tickets come in steadily. Silence is the longest time between two committed answers
of one partition.
"""

import argparse
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import NamedTuple, Self

from confluent_kafka import KafkaException

from benchmarks import hardware
from benchmarks.apache import on_apache
from benchmarks.broker import Broker
from benchmarks.latency import Reader, publish
from benchmarks.processes import READY_S, Machine, machine
from benchmarks.report import Section, Table, Verdict, table_lines, verdicts
from benchmarks.tickets import Publisher, repeated
from consumer.config.settings import Settings
from sandbox.parts import Part
from schemas.events import TicketCreated

INSTANCES = 3
PER_SECOND = 90
TEXTS = 500
TARGET_S = 2.0
ROUNDS = 2
# Time for the group to come to rest before the first restart and after each one.
REST_S = 8.0


class Restart(NamedTuple):
    """One instance that was stopped and started again; times are in monotonic seconds."""

    instance: str
    stopped_s: float
    ended_s: float
    over_s: float


class Instances:
    """The instances of one group, each a service with one worker; a context manager."""

    def __init__(self, on: Machine, settings: Settings, changed: Mapping[str, str]) -> None:
        self._on = on
        self._environment = {
            **on.environment(settings),
            "KAFKA_PARTITION_ASSIGNMENT_STRATEGY": "cooperative-sticky",
            **changed,
        }
        self._running: dict[str, Part] = {}

    def __enter__(self) -> Self:
        for number in range(INSTANCES):
            self._start(f"instance-{number}")
        return self

    def __exit__(self, *_: object) -> None:
        for part in self._running.values():
            part.stop()

    def until_joined(self, broker: Broker) -> None:
        """Wait until each of them has partitions."""

        def joined() -> bool:
            try:
                return broker.members() == INSTANCES
            except (KafkaException, TimeoutError):
                # A group that is new has its coordinator moved at first.
                return False

        next(iter(self._running.values())).wait_until(joined, READY_S)

    def restart_each(self) -> Iterator[Restart]:
        """One after the other, with a rest after each."""
        for name in list(self._running):
            stopped_s = time.monotonic()
            self._running[name].stop()
            ended_s = time.monotonic()
            self._start(name)
            time.sleep(REST_S)
            yield Restart(name, stopped_s, ended_s, time.monotonic())

    def _start(self, name: str) -> None:
        command = [sys.executable, "-m", "ticketstream", "run", "--role", "categorizer"]
        environment = {**self._environment, "INSTANCE_ID": name}
        self._running[name] = Part(self._on.unique(name), command, self._on.folder, environment, lambda: False)


@contextmanager
def steady_tickets(settings: Settings) -> Iterator[None]:
    """Tickets come in steadily until the end of the block."""
    ended = threading.Event()
    publisher = Publisher(settings.kafka_bootstrap_servers, settings.topics.created, linger_ms=0)

    def tickets() -> Iterator[TicketCreated]:
        for ticket in repeated(PER_SECOND * 3600, TEXTS):
            if ended.is_set():
                return
            yield ticket

    thread = threading.Thread(target=publish, args=(publisher, tickets(), PER_SECOND), name="publisher")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def silences_s(moments: Mapping[int, Sequence[float]], began_s: float, ended_s: float) -> list[float]:
    """The longest time without an answer of each partition between two moments.

    Args:
        moments: when each partition's answers came, in order.
        began_s: the first moment.
        ended_s: the last one.
    """
    return [
        max(later - earlier for earlier, later in pairwise([began_s, *_between(found, began_s, ended_s), ended_s]))
        for _, found in sorted(moments.items())
    ]


def _between(moments: Sequence[float], began_s: float, ended_s: float) -> list[float]:
    return [moment for moment in moments if began_s < moment < ended_s]


def rolling(on: Machine, changed: Mapping[str, str]) -> Section:
    """Restart every instance in turn, twice."""
    with ExitStack() as stack:
        settings = stack.enter_context(on.topics("rolling"))
        reader = stack.enter_context(Reader(settings))
        instances = stack.enter_context(Instances(on, settings, changed))
        broker = Broker(settings.kafka_bootstrap_servers, settings.kafka_group_id)
        stack.callback(broker.close)
        instances.until_joined(broker)
        stack.enter_context(steady_tickets(settings))
        time.sleep(REST_S)
        quiet_s = time.monotonic()
        time.sleep(REST_S)
        first = Restart("none", quiet_s, quiet_s, time.monotonic())
        restarts = [first, *(restart for _ in range(ROUNDS) for restart in instances.restart_each())]
    moments: dict[int, list[float]] = {}
    for answered_s, event in sorted(reader.answers.values(), key=lambda answer: answer[0]):
        moments.setdefault(event["source"]["partition"], []).append(answered_s)
    return _section(changed, restarts, moments)


def _section(
    changed: Mapping[str, str], restarts: Sequence[Restart], moments: Mapping[int, Sequence[float]]
) -> Section:
    found = [(restart, silences_s(moments, restart.stopped_s, restart.over_s)) for restart in restarts]
    settings = " ".join(f"{name}={value}" for name, value in changed.items()) or "as the service comes"
    rows = [
        (
            restart.instance,
            f"{restart.ended_s - restart.stopped_s:.2f}",
            *(f"{silence_s:.2f}" for silence_s in silent_s),
        )
        for restart, silent_s in found
    ]
    partitions = tuple(f"partition {number}, s" for number in sorted(moments))
    return Section(
        f"Rolling restart: {settings}",
        f"{PER_SECOND} tickets a second over {len(moments)} partitions, so that answers of one partition are"
        f" {1000 * len(moments) / PER_SECOND:.0f} ms apart. The longest time without an answer, by restarted instance.",
        [Table(("restarted", "to its end, s", *partitions), rows)],
        [Verdict("longest silence, s", max(max(silent_s) for _, silent_s in found[1:]), TARGET_S, at_least=False)],
    )


def main() -> None:
    """Measure and print as markdown; exit code 1 means that the target was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.rolling", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE", help="settings of the service")
    changed = dict(each.split("=", 1) for each in parser.parse_args().settings)
    described = hardware.describe()
    with machine() as with_sandbox, on_apache(with_sandbox) as apache:
        section = rolling(apache, changed)
    print("\n".join([*table_lines(described), "", f"## {section.title}", "", section.method, ""]))
    for table in (*section.tables, verdicts(section)):
        print("\n".join(table_lines(table)), end="\n\n")
    if missed := [verdict.what for verdict in section.verdicts if not verdict.met]:
        sys.exit(f"missed: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
