"""The answers to tickets that people have judged, copied beside each other, so that reports need not look for them.

A correction brings the answers of its ticket along, and an answer comes along when its ticket has a correction.
Whoever stores rows copies afterwards: of two processes that store an answer and its correction at the same time, the
one that looks last sees both. Copying again changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from analytics.queries import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from analytics.rows import Record

# ClickHouse takes parameters of 128 KiB (its setting http_max_field_value_size); an id may double when it is escaped.
MOST_BYTES: Final = 48 * 1024


class Commanding(Protocol):
    """What copying needs of a client: `analytics.client.Client` has it."""

    def command(self, statement: str, parameters: Mapping[str, object] | None = None) -> None: ...


def copy_judged(client: Commanding, records: Iterable[Record]) -> None:
    """Copy what these records, which are stored, make worth copying.

    Raises:
        analytics.errors.Unavailable: when ClickHouse may do it later.
        analytics.errors.Misconfigured: when something has to be changed first.
    """
    tickets: dict[str, set[str]] = {"TicketCorrected": set(), "TicketCategorized": set()}
    for record in records:
        if record.name in tickets:
            tickets[record.name].add(record.event["ticket_id"])
    for corrected in _pieces(tickets["TicketCorrected"]):
        client.command(read("copy_judged"), {"corrected": corrected, "answered": []})
    for answered in _pieces(tickets["TicketCategorized"] - tickets["TicketCorrected"]):
        client.command(read("copy_judged"), {"corrected": [], "answered": answered})


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
