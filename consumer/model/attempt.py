"""The possible outcomes of one HTTP attempt at the model: a closed set, so nothing the model does is an exception."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from consumer.model.types import Label, ModelTicket
from consumer.model.usage import FoundUsage


@dataclass(frozen=True, slots=True)
class Answered:
    """A valid answer to at least one of the tickets.

    Attributes:
        model: Name and version of the model, if it gave one.
        labels: Of each ticket, best first, in the order of the tickets in the request; none for a ticket whose own
            prediction is garbled.
        fault: Why the first of these predictions is garbled, as a short code; None when all are valid.
        calibrated: Whether the confidences are probabilities.
        usage: What the call cost, if the model says so. So it is in all outcomes.
    """

    model: str | None
    labels: tuple[tuple[Label, ...], ...]
    fault: str | None = None
    calibrated: bool = True
    usage: FoundUsage = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The model did not answer, or its answer is no valid one.

    Attributes:
        outcome: `timeout`, `unavailable` (no answer) or `garbled` (no valid answer).
        reason: A short code without any of the model's words.
        retryable: Whether a further try might end differently.
        retry_after_s: The seconds of the model's Retry-After, if it sent one.
        detail: Of the way to the model, a sentence with its mend; empty where there is no more to say.
    """

    outcome: Literal["timeout", "unavailable", "garbled"]
    reason: str
    retryable: bool = True
    retry_after_s: float | None = None
    detail: str = field(default="", compare=False)
    usage: FoundUsage = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The model says that the request itself is at fault (400, 413, 422)."""

    status: int
    usage: FoundUsage = None


@dataclass(frozen=True, slots=True)
class Denied:
    """The model refuses our token or does not know the address (401, 403, 404): no request of ours can succeed.

    Attributes:
        status: Of the answer.
        detail: Who else may have answered; empty where nobody else can.
    """

    status: int
    detail: str = field(default="", compare=False)
    usage: FoundUsage = None


Attempt: TypeAlias = Answered | Failed | Refused | Denied


class ModelPort(Protocol):
    """One HTTP attempt at the model."""

    def attempt(self, tickets: Sequence[ModelTicket], timeout_s: float, traceparent: str | None) -> Attempt:
        """Ask once; return after `timeout_s` at the latest."""

    def close(self) -> None:
        """End the attempts in flight and close the connections; for shutdown."""
