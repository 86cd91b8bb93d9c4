"""What `ticketstream forget` found and did, for people and for programs. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from consumer.commands.forget_held import Held, Keeping
from schemas.field_rules import EARLIEST_MS, LATEST_MS
from terminal.safe_text import printable
from terminal.tables import Grid, laid_out


class Outcome(NamedTuple):
    """What was found and done.

    Attributes:
        ticket_ids: that were asked for.
        unknown: those of them of which nothing is known.
        rows: of ClickHouse, by table.
        records: of Kafka.
        keeping: how long the topics keep them.
        overrides: how many overrides were decided again without them, and changed.
        is_dry: whether nothing was changed.
    """

    ticket_ids: Sequence[str]
    unknown: Sequence[str]
    rows: Counter[str]
    records: Sequence[Held]
    keeping: Mapping[str, Keeping]
    overrides: int
    is_dry: bool

    def ends(self, record: Held) -> str:
        """The day on which a record's retention ends."""
        kept = self.keeping.get(record.topic, Keeping(None, is_compacted=False))
        ends_at = kept.ends_at(record.at_ms)
        if ends_at is not None:
            return f"{ends_at:%Y-%m-%d}"
        return "never" if kept.retention_ms is not None and kept.retention_ms < 0 else "unknown"


def as_json(outcome: Outcome) -> dict[str, Any]:
    """One document."""
    return {
        "dry_run": outcome.is_dry,
        "tickets": list(outcome.ticket_ids),
        "unknown": list(outcome.unknown),
        "clickhouse_rows": dict(sorted(outcome.rows.items())),
        "overrides_changed": outcome.overrides,
        "kafka_records": [
            {
                "ticket_id": record.ticket_id,
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
                "written_at": _time(record.at_ms),
                "retention_ends": outcome.ends(record),
                "compacted": outcome.keeping.get(record.topic, Keeping(None, is_compacted=False)).is_compacted,
            }
            for record in outcome.records
        ],
    }


def as_text(outcome: Outcome) -> str:
    """Sentences and a table."""
    return laid_out(*_parts(outcome))


def _parts(outcome: Outcome) -> Iterator[str | Grid]:
    known = len(outcome.ticket_ids) - len(outcome.unknown)
    yield f"{'would forget' if outcome.is_dry else 'forgot'} {_counted(known, 'ticket')}"
    if outcome.rows:
        yield "ClickHouse holds, and would hold no more:" if outcome.is_dry else "Deleted from ClickHouse:"
        yield "\n".join(f"  {table}: {_counted(number, 'row')}" for table, number in sorted(outcome.rows.items()))
    else:
        yield "ClickHouse held nothing of them."
    if outcome.overrides:
        yield (
            f"{_counted(outcome.overrides, 'override')} that stood on them changed or went. The earlier records, which"
            " name no ticket, stay in their topic until Kafka compacts it."
        )
    if not outcome.records:
        yield "Kafka holds nothing of them."
        return
    yield f"Kafka still holds {_counted(len(outcome.records), 'record')}, until its retention deletes them:"
    yield Grid(
        ("topic", "partition", "offset", "ticket", "written", "retention ends"),
        tuple(
            (
                record.topic,
                str(record.partition),
                str(record.offset),
                printable(record.ticket_id),
                _time(record.at_ms) or "unknown",
                outcome.ends(record),
            )
            for record in outcome.records
        ),
        numeric=frozenset({"partition", "offset"}),
    )
    yield from _remarks(outcome)


def _remarks(outcome: Outcome) -> Iterator[str]:
    topics = {record.topic for record in outcome.records}
    yield "Kafka deletes whole segments: a record may stay up to the topic's segment.ms longer."
    if compacted := sorted(
        topic for topic in topics if topic in outcome.keeping and outcome.keeping[topic].is_compacted
    ):
        yield f"Compacted, so that a record stays until a later one has its key: {', '.join(compacted)}."
    if any(outcome.ends(record) == "never" for record in outcome.records):
        yield "Records that stay for ever go when you lower the topic's retention.ms, or delete the topic."


def _time(at_ms: int) -> str | None:
    if not EARLIEST_MS <= at_ms < LATEST_MS:
        return None
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
