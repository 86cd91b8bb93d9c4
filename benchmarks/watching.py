"""The speed at which a topic fills, from samples of its committed ends."""

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from benchmarks.broker import Broker
from benchmarks.errors import BenchmarkFailed
from consumer.config.settings import Settings
from sandbox.parts import Part

LOOK_EVERY_S = 0.05
GROUP_EVERY = 4
STALLED_S = 60.0

Advance = Callable[[int], None]


class Sample(NamedTuple):
    """The sum of the committed ends of a topic's partitions at a moment, in monotonic seconds."""

    at_s: float
    end: int


class Span(NamedTuple):
    """The steady part of a run, between two shares of the output."""

    began_s: float
    ended_s: float
    share: float

    @property
    def seconds(self) -> float:
        return self.ended_s - self.began_s

    def per_second(self, tickets: int) -> float:
        """Tickets a second, for a run of this many."""
        return tickets * self.share / self.seconds


class Shares(NamedTuple):
    """The shares of the output between which a run is timed: after the start, before the end."""

    begin: float = 0.20
    end: float = 0.95

    def __str__(self) -> str:
        return f"{self.begin:.0%} and {self.end:.0%}"


STEADY = Shares()


def until_done(settings: Settings, part: Part, advance: Advance, every_s: float = LOOK_EVERY_S) -> list[Sample]:
    """Take samples of the output until the group has committed its whole input.

    Args:
        settings: Name the topics and the group.
        part: The working process; its death ends the sampling.
        advance: Receives the number of committed records.
        every_s: The pause between two samples.

    Raises:
        BenchmarkFailed: Nothing was committed for a minute.
        PartDied: The process ended.
    """
    topics = settings.topics
    broker = Broker(settings.kafka_bootstrap_servers, settings.kafka_group_id)
    try:
        wanted = broker.ends(topics.created)
        samples: list[Sample] = []
        moved = 0
        for look in _looks(every_s):
            part.check()
            samples.append(Sample(time.monotonic(), sum(broker.ends(topics.categorized).values())))
            if look % GROUP_EVERY == 0:
                done = broker.committed(topics.created, wanted)
                advance(sum(done.values()))
                if done == wanted:
                    samples.append(Sample(time.monotonic(), sum(broker.ends(topics.categorized).values())))
                    return samples
            if samples[-1].end != samples[moved].end:
                moved = look
            if samples[look].at_s - samples[moved].at_s > STALLED_S:
                raise BenchmarkFailed(
                    f"{part.name}: nothing was committed for {STALLED_S:g} s, of {wanted}; "
                    f"its last lines:{part.last_lines()}"
                )
    finally:
        broker.close()
    raise AssertionError("looking never ends by itself")


def steady(samples: Sequence[Sample], shares: Shares = STEADY) -> Span:
    """The time between these shares of the final output, by linear interpolation.

    Ends count transaction markers too. The markers' share is constant, so a share of the end is the same share of the
    tickets.

    Raises:
        BenchmarkFailed: There was no output.
    """
    final = samples[-1].end
    if not final:
        raise BenchmarkFailed("nothing was committed")
    began_s, ended_s = (_reached(samples, share * final) for share in shares)
    return Span(began_s, ended_s, shares.end - shares.begin)


def _reached(samples: Sequence[Sample], end: float) -> float:
    index = bisect_left(samples, end, key=lambda sample: sample.end)
    after = samples[index]
    if index == 0:
        return after.at_s
    before = samples[index - 1]
    return before.at_s + (after.at_s - before.at_s) * (end - before.end) / (after.end - before.end)


def _looks(every_s: float) -> Iterator[int]:
    look = 0
    while True:
        yield look
        look += 1
        time.sleep(every_s)
