"""What the categorizer says of itself: metrics, telemetry, and what the watch over the service hears."""

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from consumer.answer.cache import Answer
from consumer.bad_records.dead_letter import DeadLetter
from consumer.categorizer.envelope import Done, Envelope, Repeat
from consumer.model.types import CallReport
from consumer.monitoring.metrics import (
    ANSWERS,
    DEAD_LETTERS,
    LOOK_EVERY_S,
    OVERRIDES,
    PROGRESS,
    REPEATS,
    SLOWEST,
    STOPPED,
    TRANSACTIONS,
    WAITING,
    WINDOW,
    set_client_trouble,
)
from consumer.monitoring.service_watch import ServiceWatch
from consumer.monitoring.telemetry import Telemetry

if TYPE_CHECKING:
    from schemas.events import Method


# There may be as many transactions as tickets. One in so many is reported, whatever the load, so that percentiles over
# any time are those of all of them.
ONE_IN = 8


class CategorizerObserver:
    """Counts what the categorizer did; tells telemetry of each call to the model, and how long transactions took."""

    def __init__(
        self,
        telemetry: Telemetry,
        watch: ServiceWatch,
        worker: str,
        calls: deque[CallReport],
        trouble: Callable[[float], str] = lambda _: "",
        overrides: Callable[[], int] = lambda: 0,
    ) -> None:
        self._telemetry = telemetry
        self._watch = watch
        self._calls = calls
        self._worker = worker
        self._trouble_of = trouble
        self._overrides = overrides
        self._trouble = ""
        self._progress = PROGRESS.labels(worker)
        self._next_look_s = 0.0
        self._transactions = 0

    def committed(self, envelopes: Sequence[Envelope], began_s: float, ended_s: float) -> None:
        answers: Counter[tuple[Method, bool]] = Counter()
        dead: Counter[str] = Counter()
        repeats = 0
        for envelope in envelopes:
            match envelope.outcome:
                case Answer(_, method, provisional):
                    answers[method, provisional] += 1
                case DeadLetter(reason, _):
                    dead[reason] += 1
                case Repeat():
                    repeats += 1
                case Done() | None:
                    pass
        for (method, provisional), number in answers.items():
            ANSWERS.labels(method, str(provisional).lower()).inc(number)
        for reason, number in dead.items():
            DEAD_LETTERS.labels(reason).inc(number)
        REPEATS.inc(repeats)
        duration_s = ended_s - began_s
        TRANSACTIONS.observe(duration_s)
        # Records of one poll entered together.
        entered = Counter(envelope.entered_s for envelope in envelopes)
        SLOWEST.observe(ended_s - min(entered, default=ended_s))
        waiting = sum(number for (_, provisional), number in answers.items() if provisional)
        self._watch.add("end_to_end", {ended_s - at_s: number for at_s, number in entered.items()}, waiting, ended_s)
        if self._transactions % ONE_IN == 0:
            self._telemetry.timed(
                "transaction",
                "ok",
                started_us=int((time.time() - duration_s) * 1e6),
                duration_us=int(duration_s * 1e6),
                detail={"records": str(len(envelopes)), "one_in": str(ONE_IN)},
            )
        self._transactions += 1

    def turned(self, records: int, waiting: int, *, stopped: bool) -> None:
        while self._calls:
            report = self._calls.popleft()
            self._telemetry.call_ended(report)
            self._watch.call_ended(report)
        now = time.monotonic()
        if now < self._next_look_s:
            return
        self._next_look_s = now + LOOK_EVERY_S
        self._progress.set(time.time())
        self._trouble = set_client_trouble(self._worker, self._trouble, self._trouble_of(now))
        self._watch.look(now)
        self._telemetry.look(now)
        OVERRIDES.set(self._overrides())
        WINDOW.set(records)
        WAITING.set(waiting)
        STOPPED.set(int(stopped))
