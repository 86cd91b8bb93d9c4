"""What each part outside of the workers is like, from what the workers say. Pure: time is an argument."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from consumer.answer.foreign_labels import sentence

PARTS = ("kafka", "assignment", "model", "clickhouse", "registry", "taxonomy")
UNUSED = "unused"
# A wait this short is everyday: a commit, a leader that moves.
PATIENCE_S = 5.0
# As long as a rebalance may take.
UNASSIGNED_S = 30.0
UNSTORED = "waits for ClickHouse; clickhouse.unavailable in its log says why"
UNREGISTERED = "the schema registry does not answer {workers}; registry.unavailable in the log says why"


class Seen(NamedTuple):
    """What the workers say at one moment; each worker by its name.

    Attributes:
        progress: when each made its last turn, in seconds since the epoch; without those that have made none.
        waits: since when each waits for a part, likewise, by worker and part.
        foreign: the categories that its model names, where the taxonomy knows none of them.
        unstored: the sinks that cannot store rows.
        unregistered: those that the schema registry does not answer.
        trouble: why its Kafka client cannot go on.
        breaker_open: whether the model's breaker is not closed.
    """

    progress: Mapping[str, float] = {}
    waits: Mapping[tuple[str, str], float] = {}
    foreign: Mapping[str, str] = {}
    unstored: Collection[str] = ()
    unregistered: Collection[str] = ()
    trouble: Mapping[str, str] = {}
    breaker_open: bool = False


class PartState(NamedTuple):
    """What a part is like.

    Attributes:
        state: `ok`, `starting`, `rebalancing`, `waiting`, `down`, `foreign`, or `unused` where none is set.
        reason: empty when nothing is wrong.
        ready: whether the service does its work all the same.
    """

    state: str
    reason: str = ""
    ready: bool = True


_OK = PartState("ok")


def part_states(
    seen: Seen, workers: Collection[str], used: Collection[str], unreached: str | None, now: float
) -> dict[str, PartState]:
    """The state of each part.

    Args:
        seen: by the workers.
        workers: those that run.
        used: the parts that this service has.
        unreached: why no broker answers; empty when one does, None before the first answer.
        now: in seconds since the epoch.
    """
    found = {
        "kafka": _kafka(seen, unreached, now),
        "assignment": _assignment(seen, workers, now),
        "model": PartState("down", "the breaker is open: the rules answer, or tickets wait, as ML_UNAVAILABLE says")
        if seen.breaker_open
        else _OK,
        "clickhouse": _clickhouse(seen, now),
        "registry": PartState("down", UNREGISTERED.format(workers=_names(seen.unregistered)), ready=False)
        if seen.unregistered
        else _OK,
        "taxonomy": PartState("foreign", sentence(next(iter(seen.foreign.values()))), ready=False)
        if seen.foreign
        else _OK,
    }
    return {part: found[part] if part in used else PartState(UNUSED) for part in PARTS}


def _kafka(seen: Seen, unreached: str | None, now: float) -> PartState:
    if unreached:
        return PartState("down", unreached, ready=False)
    if seen.trouble:
        worker, reason = next(iter(seen.trouble.items()))
        return PartState("down", f"the client of {worker} {reason}", ready=False)
    if late := _waiting(seen, "kafka", now, PATIENCE_S):
        return PartState("waiting", f"a request of {late} is not answered", ready=False)
    return PartState("starting", "no broker has answered yet") if unreached is None else _OK


def _assignment(seen: Seen, workers: Collection[str], now: float) -> PartState:
    if overdue := _waiting(seen, "assignment", now, UNASSIGNED_S):
        reason = f"the group gives no partitions to {overdue}; group.unsettled in the log says what to look at"
        return PartState("rebalancing", reason, ready=False)
    if unsettled := _waiting(seen, "assignment", now, 0.0):
        return PartState("rebalancing", f"the group has not settled for {unsettled}")
    new = sorted(set(workers) - set(seen.progress))
    return PartState("starting", f"not in the group yet: {', '.join(new)}") if new else _OK


def _clickhouse(seen: Seen, now: float) -> PartState:
    if seen.unstored:
        return PartState("down", f"{_names(seen.unstored)} {UNSTORED}", ready=False)
    if late := _waiting(seen, "clickhouse", now, PATIENCE_S):
        # A large insert takes as long, and what it may take at most is bounded.
        return PartState("waiting", f"a statement of {late} has not ended")
    return _OK


def _waiting(seen: Seen, part: str, now: float, patience_s: float) -> str:
    """The workers that wait for a part for longer than this, in words; empty when none does."""
    since = {worker: at for (worker, name), at in seen.waits.items() if name == part and now - at >= patience_s}
    return f"{_names(since)} for {now - min(since.values()):.0f} s" if since else ""


def _names(workers: Collection[str]) -> str:
    return ", ".join(sorted(workers))


class History:
    """Since when each part is as it is. Not thread-safe."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, float]] = {}

    def since(self, states: Mapping[str, PartState], now: float) -> dict[str, str]:
        """The time of each part's last change, as ISO 8601 in UTC, to the second."""
        for part, (state, _, _) in states.items():
            if part not in self._known or self._known[part][0] != state:
                self._known[part] = (state, now)
        return {
            part: datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") for part, (_, at) in self._known.items()
        }
