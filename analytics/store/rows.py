"""Events as columns of the tables. Pure.

ClickHouse's Native format takes rows column by column. Picking one field of all events at a time leaves the loop over
the rows to C.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, Literal, NamedTuple

from schemas.position import Position

SinkEvent = Literal["TicketCategorized", "TicketCorrected", "Operation", "Alert"]
"""Events that are stored as they are."""

StoredEvent = Literal[SinkEvent, "TicketText"]
"""The same, and of a TicketCreated its cleaned text."""


class Row(NamedTuple):
    """A decoded event, and the position of its record.

    Attributes:
        name: the kind of event.
        event: its fields, as the codec gives them.
        position: topic, partition and offset of its record.
    """

    name: StoredEvent
    event: Mapping[str, Any]
    position: Position


TABLES: Final[Mapping[StoredEvent, str]] = {
    "TicketCategorized": "_categorizations",
    "TicketCorrected": "_corrections",
    "Operation": "_telemetry",
    "Alert": "_alert_events",
    "TicketText": "_ticket_texts",
}

_PLAIN: Final[Mapping[StoredEvent, tuple[str, ...]]] = {
    "TicketCategorized": (
        "event_id",
        "ticket_event_id",
        "ticket_id",
        "revision",
        "language",
        "channel",
        "category",
        "subcategory",
        "confidence",
        "subcategory_confidence",
        "decision",
        "method",
        "provisional",
        "model",
        "taxonomy",
        "policy",
        "threshold_auto",
        "threshold_suggest",
        "fingerprint",
        "explanation",
        "model_outcome",
        "model_call_id",
        "attempts",
        "audit_probability",
        "service_version",
        "created_at",
        "categorized_at",
        "text_removed_chars",
    ),
    "TicketCorrected": (
        "event_id",
        "ticket_id",
        "category",
        "subcategory",
        "judged_event_id",
        "origin",
        "corrected_by",
        "reason",
        "corrected_at",
    ),
    "Operation": (
        "kind",
        "event_id",
        "operation",
        "outcome",
        "started_at",
        "duration_us",
        "attempts",
        "ticket_id",
        "instance",
        "detail",
        "service_version",
        "input_tokens",
        "cached_tokens",
        "output_tokens",
        "cost",
    ),
    "Alert": (
        "alert_id",
        "state",
        "kind",
        "operation",
        "instance",
        "began_at",
        "ended_at",
        "value",
        "threshold",
        "samples",
        "detail",
        "service_version",
    ),
    "TicketText": ("ticket_id", "received_at", "subject", "description"),
}
SOURCE_COLUMNS: Final = {
    "topic": "source_topic",
    "partition": "source_partition",
    "offset": "source_offset",
    "timestamp": "source_timestamp_ms",
}
_TIMINGS: Final = ("received_at", "decode_us", "lookup_us", "queue_us", "model_us", "rules_us", "wait_us", "total_us")
_ALTERNATIVE: Final = itemgetter("category", "confidence", "subcategory", "subcategory_confidence")

Columns = dict[str, "Sequence[Any]"]


def columns(name: StoredEvent, rows: Sequence[Row]) -> Columns:
    """Return rows of one kind as columns of their table.

    Args:
        name: the kind of all these rows.
        rows: at least one.

    Returns:
        The values by column name, each column as long as `rows`. Times are ints in the column's unit.
    """
    events = [row.event for row in rows]
    made = _picked(events, _PLAIN[name])
    if name == "TicketCategorized":
        source = _picked(map(itemgetter("source"), events), tuple(SOURCE_COLUMNS))
        made |= {SOURCE_COLUMNS[field]: values for field, values in source.items()}
        made |= _picked(map(itemgetter("timings"), events), _TIMINGS)
        made["alternatives"] = [[_ALTERNATIVE(label) for label in event["alternatives"]] for event in events]
    topics, partitions, offsets, _ = zip(*(row.position for row in rows), strict=True)
    return made | {"record_topic": topics, "record_partition": partitions, "record_offset": offsets}


def _picked(events: Iterable[Mapping[str, Any]], fields: tuple[str, ...]) -> Columns:
    return dict(zip(fields, zip(*map(itemgetter(*fields), events), strict=True), strict=True))
