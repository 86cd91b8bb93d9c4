"""The Avro encoding of TicketCategorized, field by field in the order of its schema.

One such event is written for every ticket, and fastavro takes three times as long, because it checks the type of each
value. These functions fail on every value that they do not expect; the caller then uses fastavro, which decides.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from schemas.avro_primitives import (
    BOOLEANS,
    END,
    double,
    long,
    optional_double,
    optional_text,
    optional_word,
    text,
    word,
)
from schemas.catalog import current_text

_TYPES: Final = {field["name"]: field["type"] for field in json.loads(current_text("TicketCategorized"))["fields"]}
_DECISIONS: Final = {symbol: long(index) for index, symbol in enumerate(_TYPES["decision"]["symbols"])}
_METHODS: Final = {symbol: long(index) for index, symbol in enumerate(_TYPES["method"]["symbols"])}
# Larger values are not expected. For them fastavro checks whether they fit into 32 bits.
_INTS: Final = {value: long(value) for value in range(1024)}

MAX_INT: Final = 2**31

UNFORESEEN: Final = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError)
"""The errors that the functions below raise for unexpected values."""


def answer(fields: Mapping[str, Any]) -> bytes:
    """Encode the run `category` to `explanation`."""
    parts = [
        word(fields["category"]),
        optional_word(fields["subcategory"]),
        double(fields["confidence"]),
        optional_double(fields["subcategory_confidence"]),
        _DECISIONS[fields["decision"]],
        _METHODS[fields["method"]],
        BOOLEANS[fields["provisional"]],
    ]
    alternatives = fields["alternatives"]
    if alternatives:
        parts.append(long(len(alternatives)))
        for alternative in alternatives:
            parts += (
                word(alternative["category"]),
                double(alternative["confidence"]),
                optional_word(alternative["subcategory"]),
                optional_double(alternative["subcategory_confidence"]),
            )
    parts += (
        END,
        optional_word(fields["model"]),
        word(fields["taxonomy"]),
        word(fields["policy"]),
        double(fields["threshold_auto"]),
        double(fields["threshold_suggest"]),
        text(fields["fingerprint"]),
        _words(fields["explanation"]),
    )
    return b"".join(parts)


def event(header: bytes, head: Mapping[str, Any], encoded_answer: bytes, tail: Mapping[str, Any]) -> bytes:
    """Encode `event_id` to `channel` and `source` to `text_removed_chars` around an encoded answer."""
    source, timings = tail["source"], tail["timings"]
    return b"".join(
        (
            header,
            text(head["event_id"]),
            text(head["ticket_event_id"]),
            text(head["ticket_id"]),
            _INTS[head["revision"]],
            optional_text(head["language"]),
            optional_text(head["channel"]),
            encoded_answer,
            word(source["topic"]),
            _INTS[source["partition"]],
            long(source["offset"]),
            long(source["timestamp"]),
            long(timings["received_at"]),
            long(timings["decode_us"]),
            long(timings["lookup_us"]),
            long(timings["queue_us"]),
            long(timings["model_us"]),
            long(timings["rules_us"]),
            long(timings["wait_us"]),
            long(timings["total_us"]),
            word(tail["model_outcome"]),
            optional_text(tail["model_call_id"]),
            _INTS[tail["attempts"]],
            double(tail["audit_probability"]),
            word(tail["service_version"]),
            long(tail["created_at"]),
            long(tail["categorized_at"]),
            _INTS.get(tail["text_removed_chars"]) or _rare_int(tail["text_removed_chars"]),
        )
    )


def _rare_int(value: int) -> bytes:
    if not 0 <= value < MAX_INT:
        raise ValueError(value)
    return long(value)


def _words(values: Iterable[str]) -> bytes:
    encoded = list(map(word, values))
    return b"".join((long(len(encoded)), *encoded, END)) if encoded else END
