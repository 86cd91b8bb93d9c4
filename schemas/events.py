"""The events of the contract as plain dictionaries.

The `.avsc` files beside this module are the source of truth; these types follow them field by field.
Every `_at` and every `timestamp` is an int: milliseconds since the epoch where the schema says
`timestamp-millis`, microseconds where it says `timestamp-micros`.
"""

from typing import Literal, TypedDict

EventName = Literal["TicketCreated", "TicketCorrected", "TicketCategorized", "Operation", "Alert"]

Origin = Literal["AGENT", "AUDIT", "IMPORT", "UNKNOWN"]
Decision = Literal["AUTO", "SUGGEST", "REVIEW", "UNKNOWN"]
Method = Literal["MODEL", "CACHE", "OVERRIDE", "RULES", "UNKNOWN"]
OperationKind = Literal["TIMING", "BREAKER", "UNKNOWN"]
AlertState = Literal["BEGAN", "ENDED", "UNKNOWN"]
ModelOutcome = Literal[
    "answered", "not_asked", "timeout", "unavailable", "refused", "garbled", "breaker_open", "deadline"
]


class TicketCreated(TypedDict):
    """A support ticket as its publisher sent it; `created_at` in milliseconds."""

    event_id: str
    ticket_id: str
    subject: str
    description: str
    language: str | None
    channel: str | None
    attributes: dict[str, str]
    created_at: int


class TicketCorrected(TypedDict):
    """What a person decided about an answer; `corrected_at` in milliseconds."""

    event_id: str
    ticket_id: str
    category: str
    subcategory: str | None
    judged_event_id: str | None
    origin: Origin
    corrected_by: str | None
    reason: str | None
    corrected_at: int


class Alternative(TypedDict):
    """A category that was also considered, with its probabilities."""

    category: str
    confidence: float
    subcategory: str | None
    subcategory_confidence: float | None


class Source(TypedDict):
    """Position of the original input record; `timestamp` in milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int


class Timings(TypedDict):
    """Where the time went, in microseconds; 0 means not run."""

    received_at: int
    decode_us: int
    lookup_us: int
    queue_us: int
    model_us: int
    rules_us: int
    wait_us: int
    total_us: int


class TicketCategorized(TypedDict):
    """One answer to one ticket; `created_at` and `categorized_at` in milliseconds."""

    event_id: str
    ticket_event_id: str
    ticket_id: str
    revision: int
    language: str | None
    channel: str | None
    category: str
    subcategory: str | None
    confidence: float
    subcategory_confidence: float | None
    decision: Decision
    method: Method
    provisional: bool
    alternatives: list[Alternative]
    model: str | None
    taxonomy: str
    policy: str
    threshold_auto: float
    threshold_suggest: float
    fingerprint: str
    explanation: list[str]
    source: Source
    timings: Timings
    model_outcome: str
    model_call_id: str | None
    attempts: int
    audit_probability: float
    service_version: str
    created_at: int
    categorized_at: int
    text_removed_chars: int


class Operation(TypedDict):
    """A timed operation that belongs to no ticket's answer, or a breaker's new state.

    `started_at` and `duration_us` are in microseconds. For kind BREAKER, `operation` is the breaker's
    name, `outcome` its state (closed, open, half_open), `attempts` the failures in a row and
    `started_at` since when the state holds. Tokens and cost are those of a call of the model, None
    where it tells none.
    """

    kind: OperationKind
    event_id: str
    operation: str
    outcome: str
    started_at: int
    duration_us: int
    attempts: int
    ticket_id: str | None
    instance: str
    detail: dict[str, str]
    service_version: str
    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    cost: float | None


class Alert(TypedDict):
    """A degradation began or ended; `began_at` and `ended_at` in milliseconds."""

    alert_id: str
    state: AlertState
    kind: str
    operation: str
    instance: str
    began_at: int
    ended_at: int | None
    value: float
    threshold: float
    samples: int
    detail: str
    service_version: str
