"""The health of the service, for the probes: which worker is stuck, and which part keeps the service from its work."""

import time
from collections.abc import Callable, Collection, Mapping
from threading import Lock
from typing import Any

from consumer.answer.foreign_labels import sentence
from consumer.service.part_states import PARTS, UNSTORED, History, PartState, Seen, part_states

# A worker makes many turns a second; one without a turn for this long that waits for nothing is stuck.
STUCK_AFTER_S = 60.0
# In these the loop stands still. It turns while it waits for an assignment.
_STANDS_STILL_FOR = frozenset({"kafka", "clickhouse", "registry"})


class Health:
    """The health of the workers and of what they need. Thread-safe.

    Args:
        alive: returns whether each worker's process runs.
        seen: returns what the workers say.
        used: the parts that this service has.
        unreached: returns why no broker answers; empty when one does, None before the first answer.
    """

    def __init__(
        self,
        alive: Callable[[], Mapping[str, bool]],
        seen: Callable[[], Seen],
        used: Collection[str] = PARTS,
        unreached: Callable[[], str | None] = str,
    ) -> None:
        self._alive = alive
        self._seen = seen
        self._used = used
        self._unreached = unreached
        self._history = History()
        self._lock = Lock()

    def live(self, now: float) -> dict[str, str]:
        """The problem of each stuck worker; empty when there is none. No server and no start makes one."""
        return _stuck(self._alive(), self._seen(), now)

    def states(self, now: float) -> dict[str, str]:
        """The state of each worker: `down`, `starting`, `stuck`, `foreign`, or empty when it works."""
        return _states(self._alive(), self._seen(), now)

    def look(self, now: float | None = None) -> dict[str, PartState]:
        """The state of each part now, remembered, so that later answers say since when."""
        now = time.time() if now is None else now
        states = self._parts(self._alive(), self._seen(), now)
        with self._lock:
            self._history.since(states, now)
        return states

    def document(self, now: float) -> dict[str, Any]:
        """What `/readyz` says: `ok`, `parts`, `workers` and `problems`."""
        alive, seen = self._alive(), self._seen()
        states = self._parts(alive, seen, now)
        with self._lock:
            since = self._history.since(states, now)
        problems = _problems(alive, seen, now)
        if not problems:
            problems = {part: state.reason for part, state in states.items() if not state.ready}
        parts = {
            part: {"state": state.state, "since": since[part], "reason": state.reason} for part, state in states.items()
        }
        workers = {worker: state or "ok" for worker, state in _states(alive, seen, now).items()}
        return {"ok": not problems, "parts": parts, "workers": workers, "problems": problems}

    def _parts(self, alive: Mapping[str, bool], seen: Seen, now: float) -> dict[str, PartState]:
        return part_states(seen, [name for name, runs in alive.items() if runs], self._used, self._unreached(), now)


def _stuck(alive: Mapping[str, bool], seen: Seen, now: float) -> dict[str, str]:
    waiting = {worker for worker, part in seen.waits if part in _STANDS_STILL_FOR}
    return {
        worker: f"made no progress for {now - at:.0f} s, and waits for nothing"
        for worker, at in seen.progress.items()
        if now - at > STUCK_AFTER_S and worker not in waiting and alive.get(worker, True)
    }


def _states(alive: Mapping[str, bool], seen: Seen, now: float) -> dict[str, str]:
    begun = dict.fromkeys(seen.progress, "")
    foreign = dict.fromkeys(seen.foreign, "foreign")
    stuck = dict.fromkeys([*seen.trouble, *_stuck(alive, seen, now)], "stuck")
    found = begun | foreign | stuck
    return {worker: found.get(worker, "starting") if runs else "down" for worker, runs in alive.items()}


def _problems(alive: Mapping[str, bool], seen: Seen, now: float) -> dict[str, str]:
    """The problem of each worker that does not work, is stuck, waits for ClickHouse or has the wrong model."""
    starting = {worker: "has not begun to work" for worker in alive if worker not in seen.progress}
    foreign = {worker: sentence(labels) for worker, labels in seen.foreign.items()}
    unstored = dict.fromkeys(seen.unstored, UNSTORED)
    trouble = {worker: f"its Kafka client {reason}" for worker, reason in seen.trouble.items()}
    down = {worker: "is not running" for worker, runs in alive.items() if not runs}
    return starting | foreign | unstored | trouble | _stuck(alive, seen, now) | down
