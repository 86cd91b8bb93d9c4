"""Answers for benchmarks of the sink: events as the categorizer writes them, on a topic."""

from collections.abc import Iterator

from confluent_kafka import Producer

from benchmarks.errors import BenchmarkFailed
from schemas.encoder import Encoder
from schemas.events import TicketCategorized
from schemas.identity import event_id

FLUSH_S = 60.0
# All of them are in one month, and a few hundred in each minute.
FIRST_AT_MS = 1_795_348_800_000
_APART_MS = 5
_FLUSH_EVERY = 50_000
_AHEAD = 2 * _FLUSH_EVERY
_CATEGORIES = ("billing", "cards", "transfers", "account", "security", "cash", "fees", "identity")


def answer(number: int) -> TicketCategorized:
    """One answer of the model, with two alternatives."""
    at_ms = FIRST_AT_MS + _APART_MS * number
    first, second, third = (_CATEGORIES[(number + step) % len(_CATEGORIES)] for step in range(3))
    return {
        "event_id": event_id("ticket-created", number % 3, number // 3, 0),
        "ticket_event_id": event_id("publisher", 0, number, 0),
        "ticket_id": f"TICKET-{number:09}",
        "revision": 0,
        "language": "en" if number % 3 else "es",
        "channel": "web",
        "category": first,
        "subcategory": f"{first}_other",
        "confidence": 0.5 + number % 500 / 1000,
        "subcategory_confidence": 0.9,
        "decision": "AUTO" if number % 2 else "SUGGEST",
        "method": "MODEL" if number % 4 else "CACHE",
        "provisional": False,
        "alternatives": [
            {"category": second, "confidence": 0.05, "subcategory": None, "subcategory_confidence": None},
            {"category": third, "confidence": 0.02, "subcategory": f"{third}_other", "subcategory_confidence": 0.5},
        ],
        "model": "reference-1",
        "taxonomy": "2026-11",
        "policy": "default",
        "threshold_auto": 0.6,
        "threshold_suggest": 0.3,
        "fingerprint": f"v2:{number * 2654435761 % 2**128:032x}",
        "explanation": ["model.answered"],
        "source": {
            "topic": "ticket-created", "partition": number % 3, "offset": number // 3, "timestamp": at_ms - 50,
        },
        "timings": {
            "received_at": (at_ms - 40) * 1000,
            "decode_us": 20,
            "lookup_us": 10,
            "queue_us": 1_000 + number % 700,
            "model_us": 25_000 + number % 9_000,
            "rules_us": 0,
            "wait_us": 2_000,
            "total_us": 28_030 + number % 9_700,
        },
        "model_outcome": "answered",
        "model_call_id": event_id("call", 0, number // 32, 0),
        "attempts": 1,
        "audit_probability": 0.0,
        "service_version": "0.1.0",
        "created_at": at_ms - 60,
        "categorized_at": at_ms,
        "text_removed_chars": 0,
    }  # fmt: skip


def encoded(answers: int, first: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of the records of so many answers, from this one on."""
    encoder = Encoder("TicketCategorized", "single-object", "")
    for number in range(first, first + answers):
        event = answer(number)
        yield event["ticket_id"].encode(), encoder.encode(event)


def load(kafka: str, topic: str, answers: int, first: int = 0) -> float:
    """Put so many answers on a topic, from this one on; the mean size of a value in bytes.

    Raises:
        BenchmarkFailed: the broker did not take them.
    """
    producer = Producer({"bootstrap.servers": kafka, "linger.ms": 20, "queue.buffering.max.messages": _AHEAD})
    size = 0
    for number, (key, value) in enumerate(encoded(answers, first)):
        size += len(value)
        producer.produce(topic, value, key)
        if number % _FLUSH_EVERY == 0:
            producer.flush(FLUSH_S)
    if producer.flush(FLUSH_S):
        raise BenchmarkFailed(f"{topic}: the broker did not take all answers within {FLUSH_S:g} s")
    return size / answers
