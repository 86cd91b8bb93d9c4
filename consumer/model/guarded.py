"""The model behind its guards: breaker, retries within the deadline, and batches split to find the ticket at fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from consumer.guards.breaker import Breaker, BreakerChange
    from consumer.guards.retry import RetryPolicy
    from consumer.model.types import CallReport, ModelReply, ModelTicket


class GuardedModel:
    """Asks the model, and answers for whatever it does."""

    @property
    def breaker(self) -> Breaker:
        """For its `state(now)` and `would_permit(now)`."""
        raise NotImplementedError

    def ask(
        self, tickets: Sequence[ModelTicket], deadline: float, *, traceparent: str | None = None
    ) -> list[ModelReply]:
        """Ask the model about some tickets; one reply for each, in their order."""
        raise NotImplementedError

    def close(self) -> None:
        """End every call in flight or asleep, and refuse new ones; for shutdown."""
        raise NotImplementedError


def build(
    url: str,
    *,
    token: str | None,
    timeout_s: float,
    concurrency: int,
    retry: RetryPolicy,
    breaker_threshold: int,
    breaker_timeout_s: float,
    on_call: Callable[[CallReport], None],
    on_breaker_change: Callable[[BreakerChange], None],
) -> GuardedModel:
    """Put the model's client and its guards together."""
    raise NotImplementedError
