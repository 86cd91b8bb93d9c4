"""What happened in a soak, and how long it took until answers were committed again. Pure."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from tests.soak.plan import KILLS, LEARNER, SINK, WORKERS, Fault, Kind
from tests.soak.watch import Arrival, Held, Progress

FIFTHS = 5


class Happened(NamedTuple):
    """A fault that was carried out.

    Attributes:
        at_s: monotonic time.
        at_ms: the same moment as clients stamp records.
        back_s: when the broker answered again; of other parts, when they were told to go on.
    """

    fault: Fault
    at_s: float
    at_ms: int
    back_s: float


class Recovery(NamedTuple):
    """What followed a SIGKILL of a worker.

    Attributes:
        first_s: until any answer that was made after it was committed.
        everywhere_s: until that held of every partition, so of the killed worker's too.
        broker_s: until something happened to the broker.
        group_s: until something else happened to the broker or to a worker.
    """

    happened: Happened
    first_s: float
    everywhere_s: float
    broker_s: float
    group_s: float


class Growth(NamedTuple):
    """What a spared process held in the second and in the last fifth of the second half, as medians."""

    resident: tuple[float, float]
    threads: tuple[float, float]
    descriptors: tuple[float, float]
    processes: int

    @property
    def resident_growth(self) -> float:
        return self.resident[1] / self.resident[0] - 1


NEVER_S = float("inf")


def of_workers(happened: Sequence[Happened], arrivals: Sequence[Arrival], partitions: int) -> list[Recovery]:
    """For each SIGKILL of a worker's process how the stream went on."""
    found = []
    for hit in happened:
        if hit.fault.victim not in WORKERS or hit.fault.kind not in {Kind.KILL, Kind.KILL_BOTH}:
            continue
        firsts_s = [_first_s(arrivals, hit, {number}) for number in range(partitions)]
        broker_s = _next_s(happened, hit, {"broker"})
        group_s = _next_s(happened, hit, {"broker", *WORKERS})
        found.append(Recovery(hit, min(firsts_s), max(firsts_s), broker_s, group_s))
    return found


def of_broker(happened: Sequence[Happened], arrivals: Sequence[Arrival]) -> list[float]:
    """For each time that the broker was away: from its return to the first commit of what was made since it went."""
    return [
        next((a.seen_s - hit.back_s for a in arrivals if a.seen_s >= hit.back_s and a.newest_ms > hit.at_ms), NEVER_S)
        for hit in happened
        if hit.fault.victim == "broker" and hit.fault.kind is not Kind.SLOW
    ]


def of_sink(happened: Sequence[Happened], progress: Sequence[Progress], victim: str) -> list[float]:
    """For each SIGKILL of the sink, or of ClickHouse before it: until the sink had stored and committed more."""
    found = []
    for hit in happened:
        if hit.fault.victim == victim and hit.fault.kind in KILLS:
            before = max((p.offsets for p in progress if p.at_s <= hit.at_s), default=0)
            found.append(
                next((p.at_s - hit.at_s for p in progress if p.at_s > hit.at_s and p.offsets > before), NEVER_S)
            )
    return found


def kills(happened: Sequence[Happened]) -> dict[str, int]:
    """How often each part was killed; the workers together."""
    names = ("workers", "broker", "clickhouse", "model", SINK, LEARNER)
    victims = ["workers" if h.fault.victim in WORKERS else h.fault.victim for h in happened if h.fault.kind in KILLS]
    return {name: victims.count(name) for name in names}


def growth(samples: Sequence[Held]) -> Growth | None:
    """What the samples of one spared process say; None when there are too few."""
    if not samples:
        return None
    begin_s = samples[0].at_s
    span_s = samples[-1].at_s - begin_s
    parts: list[list[Held]] = [[] for _ in range(FIFTHS)]
    for sample in samples:
        parts[min(FIFTHS - 1, int(FIFTHS * (sample.at_s - begin_s) / (span_s or 1)))].append(sample)
    if not all(parts):
        return None
    early, late = parts[1], parts[-1]
    return Growth(
        (_median([sample.resident_bytes for sample in early]), _median([sample.resident_bytes for sample in late])),
        (_median([sample.threads for sample in early]), _median([sample.threads for sample in late])),
        (_median([sample.descriptors for sample in early]), _median([sample.descriptors for sample in late])),
        len({sample.pid for sample in samples}),
    )


def _next_s(happened: Sequence[Happened], after: Happened, victims: Collection[str]) -> float:
    """Seconds until the next fault of one of these."""
    waits_s = (other.at_s - after.at_s for other in happened if other.fault.victim in victims)
    return min((wait_s for wait_s in waits_s if wait_s > 0), default=NEVER_S)


def _first_s(arrivals: Sequence[Arrival], happened: Happened, partitions: Collection[int]) -> float:
    """Seconds until something that was made after it was committed on one of these partitions."""
    for arrival in arrivals:
        if arrival.seen_s > happened.at_s and arrival.partition in partitions and arrival.newest_ms > happened.at_ms:
            return arrival.seen_s - happened.at_s
    return NEVER_S


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
