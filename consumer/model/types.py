"""What goes to the model, what comes back of it, and what is told about one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple

from msgspec import Meta, Struct

if TYPE_CHECKING:
    from schemas.events import ModelOutcome


class ModelTicket(NamedTuple):
    """The part of a ticket that the model sees."""

    subject: str
    description: str
    language: str | None = None


# Labels are remembered for each cached text; events hold no longer ones either (schemas/field_rules.py).
_Text = Annotated[str, Meta(min_length=1, max_length=256)]
_Probability = Annotated[float, Meta(ge=0, le=1)]


class Label(Struct, frozen=True, gc=False):
    """One category the model holds possible; read as it is from the model's answer.

    Attributes:
        category: As the model names it; whether the taxonomy knows it is decided elsewhere.
        confidence: P(category), 0 to 1.
        subcategory: The best subcategory of the category, if the model names one.
        subcategory_confidence: P(subcategory given the category), 0 to 1.
    """

    category: _Text
    confidence: _Probability
    subcategory: _Text | None = None
    subcategory_confidence: _Probability | None = None


class ModelReply(NamedTuple):
    """What asking the model about one ticket came to.

    Attributes:
        outcome: `answered`, or why there is no answer.
        labels: One per category, best first; empty unless answered.
        model: Name and version of the model that answered, if it gave one.
        call_id: The HTTP call that decided this ticket; None when none was made.
        attempts: Tries of that call.
        duration_us: How long that call took, with all its tries and the waits between them.
    """

    outcome: ModelOutcome
    labels: tuple[Label, ...] = ()
    model: str | None = None
    call_id: str | None = None
    attempts: int = 0
    duration_us: int = 0


@dataclass(frozen=True, slots=True)
class CallReport:
    """One HTTP call with all its tries, told once, when it has ended.

    Attributes:
        call_id: The `model_call_id` of every ticket that this call decided.
        outcome: The outcome of the whole call.
        attempts: How many times the request was sent.
        started_at_us: Wall clock, microseconds since the epoch.
        duration_us: With all tries and the waits between them, by the monotonic clock.
        tickets: How many tickets the call carried.
        reason: A short code for the last try that failed (`http_503`, `not_json`), never the model's words.
        operation: Its name among the timed operations.
    """

    call_id: str
    outcome: ModelOutcome
    attempts: int
    started_at_us: int
    duration_us: int
    tickets: int
    reason: str | None = None
    operation: str = "model_call"
