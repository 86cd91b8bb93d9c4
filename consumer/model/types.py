"""What goes to the model, what comes back, and the report of one call."""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from consumer.model.usage import Usage
from schemas.events import ModelOutcome


class ModelTicket(NamedTuple):
    """The part of a ticket that the model sees."""

    subject: str
    description: str
    language: str | None = None


# The length is limited because the cache keeps the labels of each text. Events have the same limit
# (schemas/field_rules.py).
LabelText = Annotated[str, Meta(min_length=1, max_length=256)]
_Probability = Annotated[float, Meta(ge=0, le=1)]


class Label(Struct, frozen=True, gc=False):
    """One category that the model thinks possible; read straight from its answer.

    Attributes:
        category: The model's name for it; whether the taxonomy knows it is decided elsewhere.
        confidence: P(category), 0 to 1.
        subcategory: The best subcategory of the category, if the model names one.
        subcategory_confidence: P(subcategory given the category), 0 to 1.
    """

    category: LabelText
    confidence: _Probability
    subcategory: LabelText | None = None
    subcategory_confidence: _Probability | None = None


class ModelReply(NamedTuple):
    """The outcome for one ticket.

    Attributes:
        outcome: `answered`, or the reason why there is no answer.
        labels: One per category, best first; empty unless answered.
        model: Name and version of the model that answered, if it gave one.
        call_id: The id of the call that decided this ticket; None when none was made.
        attempts: The tries of that call.
        duration_us: The time of that call, with all its tries and the pauses between them.
        calibrated: Whether the confidences are probabilities; those that are not never make an answer automatic.
    """

    outcome: ModelOutcome
    labels: tuple[Label, ...] = ()
    model: str | None = None
    call_id: str | None = None
    attempts: int = 0
    duration_us: int = 0
    calibrated: bool = True


@dataclass(frozen=True, slots=True)
class CallReport:
    """One call with all its tries; reported once, at its end.

    Attributes:
        call_id: The `model_call_id` of every ticket that this call decided.
        outcome: Of the whole call.
        attempts: How often the request was sent.
        started_at_us: Wall clock, microseconds since the epoch.
        duration_us: With all tries and the pauses between them, by the monotonic clock.
        tickets: The number of tickets in the call.
        reason: A short code for the last try that failed (`http_503`, `not_json`), or for the first ticket whose labels
            are garbled in an answer; never the model's words.
        operation: Its name among the timed operations.
        detail: Of the way to the model, for the log and `doctor`: a sentence; empty where there is no more to say.
        usage: Of all tries; None when the model told nothing.
    """

    call_id: str
    outcome: ModelOutcome
    attempts: int
    started_at_us: int
    duration_us: int
    tickets: int
    reason: str | None = None
    operation: str = "model_call"
    detail: str = ""
    usage: Usage | None = None
