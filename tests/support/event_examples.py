"""One good event of each kind, strategies for any number more, and a registry to keep schemas in."""

import json
from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any

from fastavro import schemaless_writer
from hypothesis import settings
from hypothesis import strategies as st

from schemas.catalog import EVENTS, Schema, current_text, parse
from schemas.codec import RegistryUnavailable
from schemas.events import EventName
from schemas.field_rules import EARLIEST_MS, IDENTIFIERS, LATEST_MS
from schemas.position import Position

# Long enough for a busy machine, short enough to notice an input that hangs.
unhurried = settings(deadline=timedelta(seconds=5))

POSITION = Position("ticket-created", 3, 41, 1_763_842_000_123)

CREATED: dict[str, Any] = {
    "event_id": "5f0c6f0e-2a9b-4b3f-8f3e-0d8f2b7f9a10",
    "ticket_id": "T-1",
    "subject": "Problema con pago",
    "description": "No puedo pagar mi factura",
    "language": "es",
    "channel": None,
    "attributes": {"plan": "básico"},
    "created_at": 1_763_842_000_000,
}

CORRECTED: dict[str, Any] = {
    "event_id": "c-1",
    "ticket_id": "T-1",
    "category": "billing",
    "subcategory": None,
    "judged_event_id": None,
    "origin": "AUDIT",
    "corrected_by": "ana",
    "reason": None,
    "corrected_at": 1_763_842_000_000,
}

HEAD: dict[str, Any] = {
    "event_id": "5f0c6f0e-2a9b-5b3f-8f3e-0d8f2b7f9a11",
    "ticket_event_id": "5f0c6f0e-2a9b-4b3f-8f3e-0d8f2b7f9a10",
    "ticket_id": "T-1",
    "revision": 0,
    "language": "es",
    "channel": None,
}

ANSWER: dict[str, Any] = {
    "category": "billing",
    "subcategory": "payment_issue",
    "confidence": 0.93,
    "subcategory_confidence": None,
    "decision": "AUTO",
    "method": "MODEL",
    "provisional": False,
    "alternatives": [
        {"category": "account", "confidence": 0.05, "subcategory": None, "subcategory_confidence": None},
        {"category": "card", "confidence": 0.01, "subcategory": "lost", "subcategory_confidence": 0.5},
    ],
    "model": "tickets-2026-11-22",
    "taxonomy": "1",
    "policy": "none",
    "threshold_auto": 0.6,
    "threshold_suggest": 0.3,
    "fingerprint": "v2:00ff",
    "explanation": ["rule.keyword:refund"],
}

TAIL: dict[str, Any] = {
    "source": {"topic": "ticket-created", "partition": 3, "offset": 41, "timestamp": 1_763_842_000_123},
    "timings": {
        "received_at": 1_763_842_000_123_456,
        "decode_us": 7,
        "lookup_us": 5,
        "queue_us": 1200,
        "model_us": 48_000,
        "rules_us": 0,
        "wait_us": 300,
        "total_us": 49_600,
    },
    "model_outcome": "answered",
    "model_call_id": "call-1",
    "attempts": 1,
    "audit_probability": 0.02,
    "text_removed_chars": 480,
    "service_version": "0.1.0",
    "created_at": 1_763_842_000_000,
    "categorized_at": 1_763_842_000_200,
}

OPERATION: dict[str, Any] = {
    "kind": "TIMING",
    "event_id": "o-1",
    "operation": "model_call",
    "outcome": "answered",
    "started_at": 1_763_842_000_123_457,
    "duration_us": 48_000,
    "attempts": 2,
    "ticket_id": None,
    "instance": "host-0",
    "detail": {"tickets": "32"},
    "service_version": "0.1.0",
    "input_tokens": 346,
    "cached_tokens": 0,
    "output_tokens": 1,
    "cost": 6e-05,
}

ALERT: dict[str, Any] = {
    "alert_id": "a-1",
    "state": "BEGAN",
    "kind": "p95",
    "operation": "model_call",
    "instance": "host-0",
    "began_at": 1_763_842_000_000,
    "ended_at": None,
    "value": 6.25,
    "threshold": 5.0,
    "samples": 100,
    "detail": "Slower than agreed.",
    "service_version": "0.1.0",
}

CATEGORIZED: dict[str, Any] = HEAD | ANSWER | TAIL

EXAMPLES: dict[EventName, dict[str, Any]] = {
    "TicketCreated": CREATED,
    "TicketCorrected": CORRECTED,
    "TicketCategorized": CATEGORIZED,
    "Operation": OPERATION,
    "Alert": ALERT,
}


class KeptSchemas:
    """A schema registry in memory, which counts what it is asked and can be switched off."""

    def __init__(self, *texts: str) -> None:
        self.texts = dict(enumerate(texts, start=1))
        self.subjects: list[str] = []
        self.asked = 0
        self.up = True

    def schema(self, schema_id: int) -> str:
        self.asked += 1
        if not self.up:
            raise RegistryUnavailable
        return self.texts[schema_id]

    def register(self, subject: str, schema: str) -> int:
        if not self.up:
            raise RegistryUnavailable
        self.subjects.append(subject)
        self.texts[len(self.texts) + 1] = schema
        return len(self.texts)


def changed(event: EventName, **changes: Any) -> dict[str, Any]:
    """Return the example of an event with some fields replaced."""
    return EXAMPLES[event] | changes


def as_json(document: Any) -> bytes:
    return json.dumps(document).encode()


def written_with(schema_text: str, fields: Mapping[str, Any], header: bytes) -> bytes:
    """Encode as a foreign program would, with a schema of its own."""
    buffer = BytesIO()
    buffer.write(header)
    schemaless_writer(buffer, parse(json.loads(schema_text)), fields)
    return buffer.getvalue()


def any_event(event: EventName) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for every event that the schema and the rules allow."""
    strategy: st.SearchStrategy[dict[str, Any]] = _values("", json.loads(current_text(event)))
    return strategy


any_named_event = st.sampled_from(EVENTS).flatmap(lambda event: st.tuples(st.just(event), any_event(event)))

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_identifiers = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40)
_milliseconds = st.integers(EARLIEST_MS, LATEST_MS - 1)
_microseconds = st.integers(EARLIEST_MS * 1000, LATEST_MS * 1000 - 1)
_primitives: dict[str, st.SearchStrategy[Any]] = {
    "string": _text,
    "boolean": st.booleans(),
    "int": st.integers(-(1 << 31), (1 << 31) - 1),
    "long": st.integers(-(1 << 63), (1 << 63) - 1),
    "double": st.floats(allow_nan=False, allow_infinity=False),
}


def _values(name: str, schema: Schema) -> st.SearchStrategy[Any]:
    match schema:
        case ["null", inner]:
            return st.none() | _values(name, inner)
        case {"type": "record", "fields": fields}:
            parts = {field["name"]: _values(field["name"], field["type"]) for field in fields}
            return st.fixed_dictionaries(parts)
        case {"type": "array", "items": item}:
            return st.lists(_values("", item), max_size=3)
        case {"type": "map", "values": values}:
            return st.dictionaries(_text, _values("", values), max_size=3)
        case _:
            return _leaves(name, schema)


def _leaves(name: str, schema: Schema) -> st.SearchStrategy[Any]:
    match schema:
        case {"type": "enum", "symbols": symbols}:
            return st.sampled_from(symbols)
        case {"logicalType": logical}:
            return _milliseconds if logical == "timestamp-millis" else _microseconds
        case _:
            return _identifiers if name in IDENTIFIERS else _primitives[schema]
