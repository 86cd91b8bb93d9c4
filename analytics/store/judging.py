"""Corrections, stored with the answers that they judged, so that reports need not look for them.

Which answer a correction judged may change when an older answer or correction arrives late. So all corrections of a
ticket are matched again whenever an answer or a correction of it was stored. If two processes store an answer and its
correction at the same time, the one that matches last sees both, and its rows stay. Matching again changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

from analytics.clickhouse.queries import read
from analytics.store.spans import Spans

# ClickHouse takes parameters of 128 KiB (its setting http_max_field_value_size); an id may double when it is escaped.
MOST_BYTES: Final = 48 * 1024


class StatementRunner(Protocol):
    """What this module needs of `analytics.clickhouse.client.Client`."""

    def command(self, statement: str, parameters: Mapping[str, object] | None = None) -> None: ...

    def rows(self, query: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]: ...


def corrected(client: StatementRunner, answers: Spans) -> set[str]:
    """Return the tickets with answers in these records that were corrected too. The answers have to be stored already.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    if not answers:
        return set()
    topics = {topic: f"topic_{number}" for number, topic in enumerate({topic for topic, _ in answers})}
    # ClickHouse finds rows by their key in conditions of this form, and not in lists of tuples.
    spans = " OR ".join(
        f"(record_topic = {{{topics[topic]}:String}} AND record_partition = {partition}"
        f" AND record_offset BETWEEN {span.first} AND {span.last})"
        for (topic, partition), span in answers.items()
    )
    query = read("corrected_tickets").replace("$spans", spans)
    return {row["ticket_id"] for row in client.rows(query, {name: topic for topic, name in topics.items()})}


def judge(client: StatementRunner, tickets: Iterable[str]) -> None:
    """Match the corrections of some tickets with the answers that they judged. All of them have to be stored already.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may do it later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    for piece in pieces(tickets):
        client.command(read("store_judgements"), {"tickets": piece})


def pieces(ticket_ids: Iterable[str]) -> Iterator[list[str]]:
    """Yield ids of tickets in lists that are short enough for one parameter."""
    piece: list[str] = []
    size = 0
    for ticket_id in sorted(ticket_ids):
        more = len(ticket_id.encode()) + len("'',")
        if piece and size + more > MOST_BYTES:
            yield piece
            piece, size = [], 0
        piece.append(ticket_id)
        size += more
    if piece:
        yield piece
