"""What people said, stored with the answers that it judged, so that reports need not look for them.

Which answer a correction judged may change when an answer or a correction that is older comes late, so all of a
ticket's are found again whenever one is stored. Whoever stores rows does so afterwards: of two processes that store an
answer and its correction at the same time, the one that looks last sees both, and its rows stay. Doing it again
changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from analytics.clickhouse.queries import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from analytics.store.rows import Row

# ClickHouse takes parameters of 128 KiB (its setting http_max_field_value_size); an id may double when it is escaped.
MOST_BYTES: Final = 48 * 1024


class Commanding(Protocol):
    """What judging needs of a client: `analytics.clickhouse.client.Client` has it."""

    def command(self, statement: str, parameters: Mapping[str, object] | None = None) -> None: ...


def concerned(records: Iterable[Row]) -> set[str]:
    """The tickets of which these are answers and corrections."""
    return {record.event["ticket_id"] for record in records if record.name in {"TicketCategorized", "TicketCorrected"}}


def judge(client: Commanding, tickets: Iterable[str]) -> None:
    """Find again what was judged in some tickets, whose answers and corrections are stored.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may do it later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    for piece in _pieces(tickets):
        client.command(read("store_judgements"), {"tickets": piece})


def _pieces(ticket_ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids in lists, each short enough for one parameter."""
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
