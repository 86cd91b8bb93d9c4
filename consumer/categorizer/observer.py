"""What the categorizer says of itself: metrics, telemetry, and what the watch over the service hears."""

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from consumer.answer.cache import Answer
from consumer.bad_records.dead_letter import DeadLetter
from consumer.categorizer.envelope import Done, Envelope, Repeat
from consumer.model.types import CallReport
from consumer.monitoring.metrics import (
    ANSWERS,
    CACHE_ENTRIES,
    CACHE_REQUESTS,
    DEAD_LETTERS,
    LOOK_EVERY_S,
    MODEL_CALLS,
    MODEL_RETRIES,
    OVERRIDES,
    PROGRESS,
    REPEATS,
    RETRY_BUDGET,
    SLOWEST,
    STAGES,
    STOPPED,
    TRANSACTIONS,
    WAITING,
    WINDOW,
    WINDOW_FILL,
    set_client_trouble,
)
from consumer.monitoring.service_watch import ServiceWatch
from consumer.monitoring.telemetry import Telemetry

if TYPE_CHECKING:
    from schemas.events import Method


# There may be as many transactions as tickets. One in so many is reported, whatever the load, so that percentiles over
# any time are those of all of them.
ONE_IN = 8
# Read in C: a loop over the envelopes for each would be a measurable part of a ticket's time.
_STAGES_US = {stage: attrgetter(f"{stage}_us") for stage in ("decode", "lookup", "queue", "model", "rules")}
STAGES_OF_A_TICKET: Final = (*_STAGES_US, "commit", "end_to_end")


class Readings(NamedTuple):
    """What is asked at each look.

    Attributes:
        trouble: why the client cannot go on; empty for none.
        overrides: how many texts have an answer of people.
        cached: how many texts the cache holds.
        budget: which share of the retry budget is used; None without a model.
    """

    trouble: Callable[[float], str] = lambda _: ""
    overrides: Callable[[], int] = lambda: 0
    cached: Callable[[], int] = lambda: 0
    budget: Callable[[float], float] | None = None


_NOTHING_TO_READ: Final = Readings()


class CategorizerObserver:
    """Counts what the categorizer did; tells telemetry of each call to the model, and how long transactions took.

    Args:
        telemetry: hears of calls and transactions.
        watch: over durations and failures.
        worker: its name.
        calls: those to the model that have ended.
        readings: what is asked at each look.
    """

    def __init__(
        self,
        telemetry: Telemetry,
        watch: ServiceWatch,
        worker: str,
        calls: deque[CallReport],
        readings: Readings = _NOTHING_TO_READ,
    ) -> None:
        self._telemetry = telemetry
        self._watch = watch
        self._calls = calls
        self._worker = worker
        self._readings = readings
        self._trouble = ""
        self._stages = {stage: STAGES.labels(stage) for stage in STAGES_OF_A_TICKET}
        self._progress = PROGRESS.labels(worker)
        self._next_look_s = 0.0
        self._transactions = 0

    def committed(self, envelopes: Sequence[Envelope], began_s: float, ended_s: float) -> None:
        answers: Counter[tuple[Method, bool, bool]] = Counter()
        dead: Counter[str] = Counter()
        repeats = 0
        for envelope in envelopes:
            match envelope.outcome:
                case Answer(_, method, provisional):
                    answers[method, provisional, envelope.model_outcome == "not_asked"] += 1
                case DeadLetter(reason, _):
                    dead[reason] += 1
                case Repeat():
                    repeats += 1
                case Done() | None:
                    pass
        for (method, provisional, not_asked), number in answers.items():
            ANSWERS.labels(method, str(provisional).lower()).inc(number)
            if self._readings.budget is not None and method != "OVERRIDE":
                CACHE_REQUESTS.labels("hit" if not_asked else "miss").inc(number)
        for reason, number in dead.items():
            DEAD_LETTERS.labels(reason).inc(number)
        REPEATS.inc(repeats)
        duration_s = ended_s - began_s
        TRANSACTIONS.observe(duration_s)
        # Records of one poll entered together.
        entered = Counter(envelope.entered_s for envelope in envelopes)
        SLOWEST.observe(ended_s - min(entered, default=ended_s))
        waiting = sum(number for (_, provisional, _), number in answers.items() if provisional)
        lasted_s = {ended_s - at_s: number for at_s, number in entered.items()}
        self._watch.add("end_to_end", lasted_s, waiting, ended_s)
        self._stages["end_to_end"].observe_many(lasted_s)
        self._stages["commit"].observe_many({duration_s: len(envelopes)})
        self._observe_stages(envelopes)
        if self._transactions % ONE_IN == 0:
            self._telemetry.timed(
                "transaction",
                "ok",
                started_us=int((time.time() - duration_s) * 1e6),
                duration_us=int(duration_s * 1e6),
                detail={"records": str(len(envelopes)), "one_in": str(ONE_IN)},
            )
        self._transactions += 1

    def _observe_stages(self, envelopes: Sequence[Envelope]) -> None:
        for stage, duration_us in _STAGES_US.items():
            counts = Counter(map(duration_us, envelopes))
            # A ticket that did not pass the stage.
            counts.pop(0, None)
            self._stages[stage].observe_many({us / 1e6: number for us, number in counts.items()})

    def turned(self, records: int, waiting: int, fill: float, *, stopped: bool) -> None:
        while self._calls:
            report = self._calls.popleft()
            MODEL_CALLS.labels(report.outcome).inc()
            MODEL_RETRIES.inc(max(0, report.attempts - 1))
            self._telemetry.call_ended(report)
            self._watch.call_ended(report)
        now = time.monotonic()
        if now < self._next_look_s:
            return
        self._next_look_s = now + LOOK_EVERY_S
        self._progress.set(time.time())
        self._trouble = set_client_trouble(self._worker, self._trouble, self._readings.trouble(now))
        self._watch.look(now)
        self._telemetry.look(now)
        OVERRIDES.set(self._readings.overrides())
        CACHE_ENTRIES.set(self._readings.cached())
        if self._readings.budget is not None:
            RETRY_BUDGET.set(self._readings.budget(now))
        WINDOW.set(records)
        WINDOW_FILL.set(fill)
        WAITING.set(waiting)
        STOPPED.set(int(stopped))
