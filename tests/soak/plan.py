"""What goes wrong in a soak, and when: made in advance from a seed, so that the seed repeats it. Pure."""

from collections.abc import Sequence
from enum import Enum, StrEnum, auto
from random import Random
from typing import NamedTuple

WORKERS = ("worker-1", "worker-2", "worker-3")
# These two are left alone in the second half, so that their memory can be watched.
SPARED_WORKER = WORKERS[-1]
SINK = "sink"
LEARNER = "learner"
# The rates below are per half of a run of this length.
FULL_MINUTES = 20.0
FIRST_AFTER_S = 5.0
# The stream goes on for so long, or for this share of a short run, after the last fault has begun.
CALM_S, CALM_SHARE = 15.0, 1 / 12
SHORTEST_S = 0.5
# A part is well again this long before it is hit again, and before the broker is.
BETWEEN_S = 1.0
BEFORE_BROKER_S = 8.0


class Kind(StrEnum):
    """What happens to a part."""

    KILL = "kill"
    KILL_SUPERVISOR = "kill supervisor"
    KILL_BOTH = "kill supervisor and worker"
    STOP = "stop"
    SLOW = "slow"
    LATE = "answer late"
    FAIL = "answer 500"
    HANG = "answer nothing"


KILLS = frozenset({Kind.KILL, Kind.KILL_SUPERVISOR, Kind.KILL_BOTH})


class Fault(NamedTuple):
    """One thing that goes wrong.

    Attributes:
        at_s: seconds after the beginning.
        victim: the part it happens to.
        kind: what happens.
        lasts_s: for how long; after a kill, until the part is started again (a worker's supervisor does that itself).
    """

    at_s: float
    victim: str
    kind: Kind
    lasts_s: float

    @property
    def ends_s(self) -> float:
        return self.at_s + self.lasts_s


class Edge(Enum):
    """Which end of a fault."""

    BEGIN = auto()
    END = auto()


class Step(NamedTuple):
    """What to do at a moment."""

    at_s: float
    edge: Edge
    fault: Fault


class Allowed(NamedTuple):
    """What the broker at hand can stand.

    Attributes:
        broker: what may be done to it.
        longest_stop_s: how long a worker may be stopped: beyond its session, what it does next must be fenced.
    """

    broker: frozenset[Kind]
    longest_stop_s: float


# Apache Kafka can stand everything; the sandbox's: see tests/support/broker_differences.py; no other is ours to kill.
APACHE = Allowed(frozenset({Kind.KILL, Kind.STOP, Kind.SLOW}), 13.0)
SANDBOX = Allowed(frozenset({Kind.STOP, Kind.SLOW}), 4.0)
FOREIGN = Allowed(frozenset(), 13.0)


class _Card(NamedTuple):
    """How often something happens to one kind of part in each half of a full run."""

    victim: str
    kind: Kind
    first: int
    second: int


# What takes members out of the group, each of which is felt for a session; the broker; all else.
_GROUP, _BROKER, _REST = (
    (
        _Card("worker", Kind.KILL, 14, 14),
        _Card("worker", Kind.KILL_SUPERVISOR, 4, 4),
        _Card("worker", Kind.KILL_BOTH, 4, 4),
        _Card("worker", Kind.STOP, 3, 3),
        _Card("worker", Kind.SLOW, 2, 2),
    ),
    (
        _Card("broker", Kind.KILL, 3, 3),
        _Card("broker", Kind.STOP, 2, 2),
        _Card("broker", Kind.SLOW, 1, 1),
    ),
    (
        _Card(SINK, Kind.KILL, 8, 0),
        _Card(SINK, Kind.STOP, 1, 0),
        _Card(SINK, Kind.SLOW, 1, 0),
        _Card("clickhouse", Kind.KILL, 12, 16),
        _Card("clickhouse", Kind.STOP, 2, 2),
        _Card("clickhouse", Kind.SLOW, 1, 1),
        _Card("model", Kind.KILL, 12, 16),
        _Card(LEARNER, Kind.KILL, 5, 5),
        _Card("model", Kind.STOP, 1, 1),
        _Card("model", Kind.LATE, 2, 2),
        _Card("model", Kind.FAIL, 2, 2),
        _Card("model", Kind.HANG, 2, 2),
    ),
)
# The broker needs time to come back, and what hangs on it needs time to show how quickly it does.
_BROKER_SLOT_S = {Kind.KILL: 28.0, Kind.STOP: 21.0, Kind.SLOW: 21.0}
BROKER_SHARE = 0.6
_LASTS_S = {
    ("clickhouse", Kind.KILL): (0.0, 5.0),
    ("model", Kind.KILL): (0.0, 6.0),
    ("broker", Kind.KILL): (0.0, 2.0),
    (LEARNER, Kind.KILL): (0.0, 2.0),
    ("worker", Kind.KILL_SUPERVISOR): (0.0, 1.0),
    ("worker", Kind.KILL_BOTH): (0.0, 1.0),
    ("worker", Kind.KILL): (0.0, 0.0),
    (SINK, Kind.KILL): (0.0, 0.0),
    ("broker", Kind.STOP): (1.0, 6.0),
    ("broker", Kind.SLOW): (3.0, 6.0),
}
_OTHERWISE_LASTS_S = {Kind.STOP: (1.0, 8.0), Kind.SLOW: (5.0, 10.0)}
_MOOD_LASTS_S = (5.0, 12.0)


def made(seed: int, seconds: float, allowed: Allowed) -> list[Fault]:
    """The faults of a run of this many seconds, in order of time.

    Args:
        seed: The same seed gives the same plan, a different one a different plan.
        seconds: for the whole run; kills come at the same pace in short ones.
        allowed: by the broker.
    """
    rng = Random(seed)
    half_s = seconds / 2
    share = seconds / (60 * FULL_MINUTES)
    first = _half(rng, FIRST_AFTER_S, half_s, 0, share, WORKERS, allowed)
    calm_s = min(CALM_S, CALM_SHARE * seconds)
    second = _half(rng, half_s, seconds - calm_s, 1, share, WORKERS[:-1], allowed)
    return [*_bounded(first, half_s), *_bounded(second, seconds - calm_s / 2)]


def kills(faults: Sequence[Fault]) -> int:
    return sum(fault.kind in KILLS for fault in faults)


def steps(faults: Sequence[Fault]) -> list[Step]:
    """What to do, in order."""
    ends = [
        step for fault in faults for step in (Step(fault.at_s, Edge.BEGIN, fault), Step(fault.ends_s, Edge.END, fault))
    ]
    # Sorting is stable: what begins and ends at once begins first.
    return sorted(ends, key=lambda step: step.at_s)


def _half(
    rng: Random, begin_s: float, end_s: float, half: int, share: float, workers: Sequence[str], allowed: Allowed
) -> list[Fault]:
    broker = [card for card in _BROKER if card.kind in allowed.broker]
    drawn = _riffled(rng, [_drawn(rng, cards, half, share) for cards in (_GROUP, broker, _REST)])
    slots_s = _slots_s(drawn, end_s - begin_s)
    found: list[Fault] = []
    before = ""
    at_s = begin_s
    for card, slot_s in zip(drawn, slots_s, strict=True):
        victim = card.victim
        if victim == "worker":
            victim = before = rng.choice([name for name in workers if name != before])
        late_s = min(BEFORE_BROKER_S, 0.4 * slot_s) if victim == "broker" else rng.uniform(0, 0.3 * slot_s)
        found.append(Fault(at_s + late_s, victim, card.kind, _lasts_s(rng, card, allowed)))
        at_s += slot_s
    return found


def _drawn(rng: Random, cards: Sequence[_Card], half: int, share: float) -> list[_Card]:
    """Each card as often as its rate says, in any order; a fraction is a chance. No kind of kill is left out."""
    found = []
    for card in cards:
        rate = (card.first, card.second)[half]
        times = int(rate * share + rng.random())
        found += [card] * (max(1, times) if rate and card.kind in KILLS else times)
    rng.shuffle(found)
    return found


def _riffled(rng: Random, decks: Sequence[Sequence[_Card]]) -> list[_Card]:
    """One deck of all decks, with the cards of every deck spread evenly."""
    spread = [((index + rng.uniform(0.3, 0.7)) / len(deck), card) for deck in decks for index, card in enumerate(deck)]
    return [card for _, card in sorted(spread, key=lambda entry: entry[0])]


def _slots_s(cards: Sequence[_Card], span_s: float) -> list[float]:
    """The time of every fault: the broker gets what it needs, the others get equal shares of the rest."""
    fixed = [_BROKER_SLOT_S[card.kind] if card.victim == "broker" else 0.0 for card in cards]
    # In a run of a few minutes it has to be content with less.
    scale = min(1.0, BROKER_SHARE * span_s / (sum(fixed) or 1.0))
    share_s = (span_s - scale * sum(fixed)) / max(1, fixed.count(0.0))
    return [scale * slot_s or share_s for slot_s in fixed]


def _lasts_s(rng: Random, card: _Card, allowed: Allowed) -> float:
    if card.victim == "worker" and card.kind is Kind.STOP:
        return rng.uniform(1.0, allowed.longest_stop_s)
    shortest_s, longest_s = _LASTS_S.get((card.victim, card.kind)) or _OTHERWISE_LASTS_S.get(card.kind, _MOOD_LASTS_S)
    return rng.uniform(shortest_s, longest_s)


def _bounded(faults: Sequence[Fault], end_s: float) -> list[Fault]:
    """The same faults, which end before `end_s`, and before the next fault of their victim or of the broker."""
    found = []
    for index, fault in enumerate(faults):
        later = faults[index + 1 :]
        again_s = [other.at_s - BETWEEN_S for other in later if other.victim == fault.victim]
        broker_s = [other.at_s - BEFORE_BROKER_S / 2 for other in later if other.victim == "broker"]
        latest_s = min([end_s, *again_s[:1], *broker_s[:1]])
        lasts_s = max(min(fault.lasts_s, SHORTEST_S), min(fault.lasts_s, latest_s - fault.at_s))
        found.append(fault._replace(lasts_s=lasts_s))
    return found
