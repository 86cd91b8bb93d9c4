"""Which records are never stored again, because their ticket was forgotten (`ticketstream forget`).

A ticket is known by the SHA-256 of its id, and forgotten up to where the topics ended then. What is published under its
id later is stored like that of any other ticket.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from analytics.clickhouse.queries import read
from schemas.position import Position

Partition = tuple[str, int]
Ends = Mapping[Partition, int]

TABLE: Final = "_forgotten_tickets"


class Asking(Protocol):
    """What is needed of `analytics.clickhouse.client.Client`."""

    def rows(self, query: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]: ...


class Inserting(Protocol):
    """The same."""

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]], token: str) -> None: ...


class Listed(NamedTuple):
    """A ticket of the list.

    Attributes:
        ticket_hash: of its id.
        run: of the command that forgot it.
        ends: up to which offset of each partition.
        forgotten_at: when, in milliseconds since the epoch.
    """

    ticket_hash: str
    run: str
    ends: tuple[tuple[str, int, int], ...]
    forgotten_at: int


class Forgotten:
    """The tickets that were forgotten.

    Args:
        ends: of each, by the hash of its id, up to which offset of each partition it was.
    """

    def __init__(self, ends: Mapping[str, Ends]) -> None:
        self._ends = ends
        self._highest: dict[Partition, int] = {}
        for of_ticket in {id(each): each for each in ends.values()}.values():
            for partition, end in of_ticket.items():
                self._highest[partition] = max(end, self._highest.get(partition, 0))

    def __bool__(self) -> bool:
        return bool(self._ends)

    def concerns(self, position: Position) -> bool:
        """Whether a record stands where it could be one of theirs; most do not, and their ids need not be looked at."""
        return position[2] < self._highest.get(position[:2], 0)

    def holds(self, ticket_id: str, position: Position) -> bool:
        """Whether this record of a ticket is forgotten."""
        ends = self._ends.get(hashed(ticket_id))
        return ends is not None and position[2] < ends.get(position[:2], 0)


NOTHING_FORGOTTEN: Final = Forgotten({})


def hashed(ticket_id: str) -> str:
    """The name of a ticket in the list: SHA-256 of its id, in hex."""
    return hashlib.sha256(ticket_id.encode("utf-8", "surrogatepass")).hexdigest()


def forgotten(client: Asking) -> Forgotten:
    """Read the list, to leave out what it names.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
    """
    # The tickets of one run have the same ends: thousands of them share one mapping.
    shared: dict[tuple[tuple[str, int, int], ...], Ends] = {}
    made: dict[str, Ends] = {}
    for each in listed(client):
        made[each.ticket_hash] = shared.setdefault(
            each.ends, {(topic, partition): end for topic, partition, end in each.ends}
        )
    return Forgotten(made)


def listed(client: Asking) -> list[Listed]:
    """Read the list."""
    return [
        Listed(row["ticket_hash"], row["run"], tuple(_end(end) for end in row["ends"]), row["forgotten_at"])
        for row in client.rows(read("forgotten_tickets"))
    ]


def enter(client: Inserting, tickets: Sequence[Listed]) -> None:
    """Put tickets on the list; a ticket that is on it already is forgotten up to the later ends."""
    if tickets:
        columns: dict[str, Sequence[Any]] = {
            "ticket_hash": [each.ticket_hash for each in tickets],
            "run": [each.run for each in tickets],
            "ends": [each.ends for each in tickets],
            "forgotten_at": [each.forgotten_at for each in tickets],
        }
        client.insert(TABLE, columns, token=f"forget:{uuid.uuid4().hex}")


def _end(end: Any) -> tuple[str, int, int]:
    # The driver gives a named tuple as a dictionary.
    topic, partition, offset = end.values() if isinstance(end, dict) else end
    return topic, partition, offset
