"""What benchmarks of the sink share: a sink on topics and a database of its own, watched until it has stored all."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from analytics.clickhouse.client import connect
from analytics.clickhouse.errors import AnalyticsError
from benchmarks.broker import Broker
from benchmarks.errors import BenchmarkFailed
from benchmarks.processes import Machine
from benchmarks.watching import STALLED_S, Sample
from consumer.config.settings import Settings
from sandbox.parts import Part

LOOK_EVERY_S = 0.1


class Place(NamedTuple):
    """Where a contestant reads and writes.

    Attributes:
        machine: Runs it.
        settings: Name the topics and the group.
        clickhouse: The address.
        database: Of the contestant alone.
        answers: So many wait on the topic.
    """

    machine: Machine
    settings: Settings
    clickhouse: str
    database: str
    answers: int

    @property
    def group(self) -> str:
        """The group of the sink."""
        return f"{self.settings.kafka_group_id}-sink"

    @contextmanager
    def sink(self, workers: int = 1) -> Iterator[Part]:
        """Run the real service, in the role of a sink, with its defaults."""
        extra = {"CLICKHOUSE_URL": self.clickhouse, "CLICKHOUSE_DATABASE": self.database}
        with self.machine.sink(self.settings, extra, workers) as part:
            yield part

    def stored(self) -> int:
        """How many answers of the topic are stored; 0 while there is no table."""
        try:
            with connect(self.clickhouse, self.database) as client:
                query = "SELECT count() AS n FROM _categorizations FINAL WHERE record_topic = {topic:String}"
                [found] = client.rows(query, {"topic": self.settings.topics.categorized})
        except AnalyticsError:
            return 0
        return int(found["n"])


@contextmanager
def place(machine: Machine, clickhouse: str, loaded: Settings, answers: int, database: str = "") -> Iterator[Place]:
    """New topics but for that of the answers, a new group and, unless it is named, a new database."""
    with machine.topics("sink") as settings:
        topics = settings.topics.model_copy(update={"categorized": loaded.topics.categorized})
        made = settings.model_copy(update={"topics": topics})
        yield Place(machine, made, clickhouse, database or settings.kafka_group_id.replace("-", "_"), answers)


def committed(here: Place, part: Part, group: str, seen: Callable[[int], None]) -> list[Sample]:
    """Watch what a group commits until it has committed all answers; all of them have to be stored then.

    Args:
        here: The place.
        part: The working process; its death ends the watch.
        group: The group.
        seen: Receives the number of committed answers at every look.

    Raises:
        BenchmarkFailed: Nothing was committed for a minute, or not every answer is stored.
        PartDied: The process ended.
    """
    topic, broker = here.settings.topics.categorized, Broker(here.machine.kafka, group)
    try:
        ends = broker.ends(topic)
        samples = [Sample(time.monotonic(), 0)]
        moved_s = time.monotonic()
        while samples[-1].end < sum(ends.values()):
            time.sleep(LOOK_EVERY_S)
            part.check()
            samples.append(Sample(time.monotonic(), sum(broker.committed(topic, ends).values())))
            seen(min(samples[-1].end, here.answers))
            moved_s = samples[-1].at_s if samples[-1].end != samples[-2].end else moved_s
            if samples[-1].at_s - moved_s > STALLED_S:
                raise BenchmarkFailed(f"{part.name}: nothing for {STALLED_S:g} s:\n{part.last_lines()}")
    finally:
        broker.close()
    if (found := here.stored()) != here.answers:
        raise BenchmarkFailed(f"{part.name} stored {found} of {here.answers} answers")
    return samples
