"""Events as the codec gives them, for tests that store and count them."""

from typing import TYPE_CHECKING, Any

from analytics.store.rows import Row
from schemas.identity import event_id
from schemas.position import Position

if TYPE_CHECKING:
    from schemas.events import Operation, TicketCategorized, TicketCorrected

# 2026-11-22T12:00:00Z
NOON_MS = 1_795_348_800_000


def categorized(
    ticket_id: str = "T-1",
    offset: int = 0,
    revision: int = 0,
    *,
    at_ms: int = NOON_MS,
    partition: int = 0,
    **changed: Any,
) -> Row:
    """One answer; `changed` replaces fields of the event, `timings` those of its timings."""
    event: TicketCategorized = {
        "event_id": event_id("ticket-created", partition, offset, revision),
        "ticket_event_id": f"input-{partition}-{offset}",
        "ticket_id": ticket_id,
        "revision": revision,
        "language": "es",
        "channel": None,
        "category": "billing",
        "subcategory": "payment_issue",
        "confidence": 0.93,
        "subcategory_confidence": 0.98,
        "decision": "AUTO",
        "method": "MODEL",
        "provisional": False,
        "alternatives": [
            {"category": "account", "confidence": 0.05, "subcategory": None, "subcategory_confidence": None},
            {"category": "cards", "confidence": 0.02, "subcategory": "lost", "subcategory_confidence": 0.5},
        ],
        "model": "tickets-1",
        "taxonomy": "2026-11",
        "policy": "default",
        "threshold_auto": 0.6,
        "threshold_suggest": 0.3,
        "fingerprint": f"v2:{offset:032x}",
        "explanation": ["model.answered"],
        "source": {"topic": "ticket-created", "partition": partition, "offset": offset, "timestamp": at_ms - 50},
        "timings": {
            "received_at": (at_ms - 40) * 1000,
            "decode_us": 20,
            "lookup_us": 10,
            "queue_us": 1_000,
            "model_us": 25_000,
            "rules_us": 0,
            "wait_us": 2_000,
            "total_us": 28_030,
        },
        "model_outcome": "answered",
        "model_call_id": "c0ffee00-0000-4000-8000-000000000000",
        "attempts": 1,
        "audit_probability": 0.0,
        "text_removed_chars": 0,
        "service_version": "0.1.0",
        "created_at": at_ms - 60,
        "categorized_at": at_ms,
    }
    event["timings"].update(changed.pop("timings", {}))
    event["source"].update(changed.pop("source", {}))
    event.update(changed)  # type: ignore[typeddict-item]
    return Row("TicketCategorized", event, Position("ticket-categorized", partition, offset * 10 + revision, at_ms))


def corrected(
    ticket_id: str = "T-1", category: str = "billing", offset: int = 0, *, at_ms: int = NOON_MS + 1000, **changed: Any
) -> Row:
    """One correction; `changed` replaces fields of the event."""
    event: TicketCorrected = {
        "event_id": f"correction-{offset}",
        "ticket_id": ticket_id,
        "category": category,
        "subcategory": None,
        "judged_event_id": None,
        "origin": "AGENT",
        "corrected_by": "ana",
        "reason": None,
        "corrected_at": at_ms,
    }
    event.update(changed)  # type: ignore[typeddict-item]
    return Row("TicketCorrected", event, Position("ticket-corrected", 0, offset, at_ms))


def operation(name: str = "model_call", offset: int = 0, **changed: Any) -> Row:
    """One telemetry event; `changed` replaces its fields."""
    event: Operation = {
        "kind": "TIMING",
        "event_id": f"operation-{offset}",
        "operation": name,
        "outcome": "answered",
        "started_at": NOON_MS * 1000,
        "duration_us": 25_000,
        "attempts": 1,
        "ticket_id": None,
        "instance": "host-0",
        "detail": {"tickets": "32"},
        "service_version": "0.1.0",
        "input_tokens": 346,
        "cached_tokens": 0,
        "output_tokens": 1,
        "cost": 6e-05,
    }
    event.update(changed)  # type: ignore[typeddict-item]
    return Row("Operation", event, Position("ticket-telemetry", 0, offset, NOON_MS))
