"""The model behind its guards, as the pipeline sees it: tickets in, one reply for each, and no exceptions."""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import structlog

from consumer.guards.breaker import Breaker, BreakerState
from consumer.guards.clock import SystemClock
from consumer.guards.retry_budget import RetryBudget
from consumer.model.call import Caller, Request
from consumer.model.client import ModelClient

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from consumer.guards.breaker import BreakerChange
    from consumer.guards.clock import Clock
    from consumer.guards.retry import RetryPolicy
    from consumer.model.attempt import ModelPort
    from consumer.model.types import CallReport, ModelReply, ModelTicket

_log = structlog.get_logger(__name__)


class _Batch(NamedTuple):
    """A part of the tickets asked about, and whether to try again when its answer was garbled.

    What was garbled in every try is garbled again in one of its halves, so halves are tried once; only the ticket that
    is found at fault is given all its tries again.
    """

    places: range
    insist: bool

    def halves(self) -> list[_Batch]:
        middle = len(self.places) // 2
        return [_Batch(part, insist=len(part) == 1) for part in (self.places[:middle], self.places[middle:])]


class GuardedModel:
    """Asks the model, and answers for whatever it does. Thread-safe.

    Args:
        client: Sends one attempt.
        retry: How often to try and how long to wait.
        breaker: Of this model.
        budget: Of this model's retries.
        on_call: Told of every call that was sent, once, when it has ended, by the thread that asked.
        timeout_s: The most that one attempt may take.
        clock: Tells the time.
        rng: Draws the jitter and the names of calls.
    """

    def __init__(
        self,
        client: ModelPort,
        retry: RetryPolicy,
        breaker: Breaker,
        budget: RetryBudget,
        on_call: Callable[[CallReport], None],
        *,
        timeout_s: float = 10.0,
        clock: Clock | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._breaker = breaker
        self._client = client
        self._caller = Caller(
            client,
            retry,
            breaker,
            budget,
            on_call,
            timeout_s,
            clock or SystemClock(),
            # Not the system's: to ask it, for every call's name, is to let go of the interpreter.
            rng or random.Random(),  # noqa: S311 - no secret comes of it
        )

    @property
    def breaker(self) -> Breaker:
        """For its `state(now)` and `would_permit(now)`."""
        return self._breaker

    def ask(
        self, tickets: Sequence[ModelTicket], deadline: float, *, traceparent: str | None = None
    ) -> list[ModelReply]:
        """Ask the model about some tickets, in one call or, if it must be, in several smaller ones.

        A batch that is refused, or garbled in every try, is halved until the tickets at fault stand alone, so only
        they are `refused` or `garbled`. Every other outcome is that of the whole call.

        Args:
            tickets: As many as one call may carry.
            deadline: Monotonic seconds; no try begins after it, and one under way is cut at it.
            traceparent: Passed on to the model.

        Returns:
            One reply for each ticket, in their order.
        """
        replies: dict[int, ModelReply] = {}
        # Breadth first: the sound halves of a level are answered between its failures, so that a single ticket which
        # garbles its batches does not make five failed calls in a row.
        waiting = deque([_Batch(range(len(tickets)), insist=True)] if tickets else [])
        while waiting:
            batch = waiting.popleft()
            part = [tickets[place] for place in batch.places]
            answers = self._caller.call(Request(part, deadline, traceparent, batch.insist))
            if len(part) > 1 and answers[0].outcome in {"refused", "garbled"}:
                waiting.extend(batch.halves())
            else:
                replies.update(zip(batch.places, answers, strict=True))
        return [replies[place] for place in range(len(tickets))]

    def close(self) -> None:
        """End every call in flight or asleep, and refuse new ones; for shutdown.

        The outcomes of calls that this ends say nothing about the model.
        """
        self._breaker.shut()
        self._client.close()


def build(
    url: str,
    *,
    token: str | None = None,
    ca_file: str | None = None,
    timeout_s: float,
    concurrency: int,
    retry: RetryPolicy,
    breaker_threshold: int,
    breaker_timeout_s: float,
    on_call: Callable[[CallReport], None],
    on_breaker_change: Callable[[BreakerChange], None],
) -> GuardedModel:
    """Put the model's client and its guards together.

    Args:
        url: Of the model's API.
        token: Sent as a bearer token.
        ca_file: Certificates to trust instead of the usual ones.
        timeout_s: The most that one attempt may take.
        concurrency: How many threads will ask at once.
        retry: How often to try and how long to wait.
        breaker_threshold: This many failed calls in a row open the breaker; 0 switches it off.
        breaker_timeout_s: How long it stays open before it lets probes through.
        on_call: Told of every call.
        on_breaker_change: Told of every change of the breaker's state.

    Raises:
        ValueError: A value is impossible.
    """
    breaker = Breaker("model", threshold=breaker_threshold, timeout_s=breaker_timeout_s)
    breaker.subscribe(_log_change)
    breaker.subscribe(on_breaker_change)
    client = ModelClient(url, token=token, concurrency=concurrency, ca_file=ca_file)
    return GuardedModel(client, retry, breaker, RetryBudget(), on_call, timeout_s=timeout_s)


def _log_change(change: BreakerChange) -> None:
    match change.state:
        case BreakerState.OPEN:
            _log.warning("breaker.opened", name=change.name, failures=change.failures)
        case BreakerState.HALF_OPEN:
            _log.info("breaker.half_opened", name=change.name)
        case BreakerState.CLOSED:
            _log.info("breaker.closed", name=change.name)
