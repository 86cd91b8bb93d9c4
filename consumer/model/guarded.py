"""The client that the pipeline asks: tickets in, one reply for each ticket, and no exceptions."""

import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import structlog

from analytics.forks import begins_anew
from consumer.guards.breaker import Breaker, BreakerChange, BreakerState
from consumer.guards.clock import Clock, SystemClock
from consumer.guards.retry import RetryPolicy
from consumer.guards.retry_budget import RetryBudget
from consumer.model.attempt import ModelPort
from consumer.model.call import Request, RetryingClient
from consumer.model.client import NO_CERTIFICATES, ModelClient
from consumer.model.randomness import new_generator
from consumer.model.types import CallReport, ModelReply, ModelTicket
from network.proxies import NO_PROXIES, Proxies
from network.tls import Certificates

log = structlog.get_logger(__name__)

_AT_FAULT = frozenset({"refused", "garbled"})


class _Batch(NamedTuple):
    """A part of the tickets, asked in one call.

    A batch that was garbled in every try will be garbled again in one of its halves. So halves are tried once, and only
    a ticket that stands alone gets all its tries again.

    Attributes:
        indexes: Of the tickets.
        retries_garbled: Whether to try again after a garbled answer.
        singled_out: Whether the model answered the other tickets of its batch.
    """

    indexes: range
    retries_garbled: bool
    singled_out: bool = False

    def halves(self) -> list["_Batch"]:
        middle = len(self.indexes) // 2
        halves = self.indexes[:middle], self.indexes[middle:]
        return [_Batch(half, retries_garbled=len(half) == 1) for half in halves]

    def garbled(self, answers: Sequence[ModelReply]) -> Iterator["_Batch"]:
        """Each ticket that was garbled beside others that were answered."""
        for index, answer in zip(self.indexes, answers, strict=True):
            if answer.outcome == "garbled":
                yield _Batch(range(index, index + 1), retries_garbled=True, singled_out=True)


class GuardedClient:
    """Asks the model, and gives a reply for every ticket. Thread-safe.

    Args:
        client: Sends one attempt.
        retry: The number of tries and the pauses between them.
        breaker: Of this model.
        budget: Of this model's retries.
        on_call: Receives a report of every call that was sent, at its end, in the thread that asked.
        timeout_s: The most that one attempt may take.
        clock: The source of the time.
        rng: Draws the jitter and the ids of calls.
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
        self._budget = budget
        self._client = client
        self._retrying = RetryingClient(
            client,
            retry,
            breaker,
            budget,
            on_call,
            timeout_s,
            clock or SystemClock(),
            rng or new_generator(),
        )
        begins_anew(self)

    def begin_anew(self) -> None:
        """Draw other ids and pauses than the parent; see `analytics.forks.Forkable`."""
        self._retrying.rng.seed()

    @property
    def breaker(self) -> Breaker:
        """For its `state(now)` and `would_permit(now)`."""
        return self._breaker

    @property
    def budget(self) -> RetryBudget:
        """For its `used(now)`."""
        return self._budget

    def ask(
        self, tickets: Sequence[ModelTicket], deadline: float, *, traceparent: str | None = None
    ) -> list[ModelReply]:
        """Ask the model about some tickets, in one call or, if necessary, in several smaller ones.

        A batch that is refused, or garbled in every try, is halved until each ticket at fault stands alone. So only
        those tickets are `refused` or `garbled`. Where the model garbles some tickets of a batch and answers the rest,
        the rest keeps its answers, and each of the garbled ones is asked about alone. Every other outcome is that of
        the whole call.

        Args:
            tickets: At most as many as one call may carry.
            deadline: Monotonic seconds; no try begins after it, and a try under way is cut at it.
            traceparent: Passed on to the model.

        Returns:
            One reply for each ticket, in the order of the tickets.
        """
        replies: dict[int, ModelReply] = {}
        # Breadth first: the good halves of a level are answered between its failures. So one ticket that garbles its
        # batches does not cause five failed calls in a row.
        waiting = deque([_Batch(range(len(tickets)), retries_garbled=True)] if tickets else [])
        while waiting:
            batch = waiting.popleft()
            part = [tickets[index] for index in batch.indexes]
            request = Request(part, deadline, traceparent, batch.retries_garbled, batch.singled_out)
            answers = self._retrying.call(request)
            outcomes = {answer.outcome for answer in answers}
            replies.update(zip(batch.indexes, answers, strict=True))
            if len(part) > 1 and outcomes <= _AT_FAULT:
                waiting.extend(batch.halves())
            elif len(part) > 1 and "garbled" in outcomes:
                waiting.extend(batch.garbled(answers))
        return [replies[index] for index in range(len(tickets))]

    def close(self) -> None:
        """End every call that is in flight or pauses between tries, and refuse new ones; for shutdown.

        The outcomes of those calls say nothing about the model.
        """
        self._breaker.shut()
        self._client.close()


def build(
    url: str,
    *,
    token: str | None = None,
    certificates: Certificates = NO_CERTIFICATES,
    proxies: Proxies = NO_PROXIES,
    timeout_s: float,
    concurrency: int,
    retry: RetryPolicy,
    breaker_threshold: int,
    breaker_timeout_s: float,
    on_call: Callable[[CallReport], None],
    on_breaker_change: Callable[[BreakerChange], None],
) -> GuardedClient:
    """Put the model's client and its guards together.

    Args:
        url: Of the model's API.
        token: Sent as a bearer token.
        certificates: Whom to trust beside the system's store, and what to show.
        proxies: Those that may be on the way.
        timeout_s: The most that one attempt may take.
        concurrency: The most threads that ask at once.
        retry: The number of tries and the pauses between them.
        breaker_threshold: This many failed calls in a row open the breaker; 0 switches it off.
        breaker_timeout_s: How long it stays open before it lets probes through.
        on_call: Receives a report of every call.
        on_breaker_change: Receives every change of the breaker's state.

    Raises:
        ValueError: A value is out of range, or the address or token cannot be sent.
    """
    breaker = Breaker("model", threshold=breaker_threshold, timeout_s=breaker_timeout_s)
    breaker.subscribe(_log_change)
    breaker.subscribe(on_breaker_change)
    client = ModelClient(url, token=token, concurrency=concurrency, certificates=certificates, proxies=proxies)
    return GuardedClient(client, retry, breaker, RetryBudget(), on_call, timeout_s=timeout_s)


def _log_change(change: BreakerChange) -> None:
    match change.state:
        case BreakerState.OPEN:
            log.warning("breaker.opened", name=change.name, failures=change.failures)
        case BreakerState.HALF_OPEN:
            log.info("breaker.half_opened", name=change.name)
        case BreakerState.CLOSED:
            log.info("breaker.closed", name=change.name)
