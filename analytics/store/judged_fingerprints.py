"""Judgements by the text whose answers they judged: what `ticket-overrides` is decided from."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from analytics.clickhouse.queries import read
from analytics.store.forgotten import Inserting, hashed
from analytics.store.judging import pieces
from analytics.store.persons import MOST_NAME_CHARACTERS

REMOVED: Final = "_removed_overrides"


class Asking(Protocol):
    """What is needed of `analytics.clickhouse.client.Client`."""

    def rows(self, query: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]: ...


class Removing(Asking, Inserting, Protocol):
    """The same, and to note what was removed."""


class JudgedText(NamedTuple):
    """How one person judged one answer.

    Attributes:
        fingerprint: of the text that was answered.
        ticket_id: of the ticket.
        correction_id: the event_id of the judgement.
        corrected_by: who judged; None where nobody is named.
        corrected_at_ms: when, in milliseconds since the epoch.
        category: what the person named.
        subcategory: the same; None where they named none.
        answered_category: what had been answered.
        answered_subcategory: the same.
        method: of the answer.
    """

    fingerprint: str
    ticket_id: str
    correction_id: str
    corrected_by: str | None
    corrected_at_ms: int
    category: str
    subcategory: str | None
    answered_category: str
    answered_subcategory: str | None
    method: str


class Corrections(NamedTuple):
    """How many tickets somebody has corrected to a label.

    Attributes:
        corrected_by: who; None where nobody is named.
        label: that they gave, as `category` or `category/subcategory`.
        now: of all tickets.
        before: the same without some tickets.
    """

    corrected_by: str | None
    label: str
    now: int
    before: int


def texts_of(client: Asking, tickets: Sequence[str]) -> dict[str, set[str]]:
    """Which tickets were answered for each text, by fingerprint.

    Args:
        client: of the database.
        tickets: as many as `analytics.store.judging.pieces` puts together.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in client.rows(read("texts_of_tickets"), {"tickets": list(tickets)}):
        found[row["fingerprint"]].add(row["ticket_id"])
    return dict(found)


def judged_texts(client: Asking, fingerprints: Iterable[str]) -> dict[str, list[JudgedText]]:
    """All judgements of the answers to some texts, by fingerprint; texts that nobody judged are left out.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
    """
    found: defaultdict[str, list[JudgedText]] = defaultdict(list)
    for piece in pieces(fingerprints):
        for row in client.rows(read("judged_fingerprints"), {"fingerprints": piece}):
            found[row["fingerprint"]].append(JudgedText(**row))
    return dict(found)


def names_of_persons(client: Asking) -> list[str | None]:
    """Everybody who has judged an answer, as they were named.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
    """
    asked = {"longest": MOST_NAME_CHARACTERS}
    return [row["corrected_by"] for row in client.rows(read("names_of_persons"), asked)]


def corrections_of_persons(
    client: Asking, persons: Collection[str | None], tickets: Sequence[str], since_ms: int
) -> list[Corrections]:
    """How many tickets some persons have corrected since a moment, with and without some tickets.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
    """
    found: list[Corrections] = []
    for piece in pieces({who or "" for who in persons}):
        asked = {"persons": piece, "tickets": list(tickets), "since_ms": since_ms}
        found += [Corrections(**row) for row in client.rows(read("corrections_of_persons"), asked)]
    return found


def texts_of_forgotten(client: Asking, hashes: Sequence[str]) -> list[str]:
    """The fingerprints of the texts for which answers to these tickets were judged.

    Args:
        client: of the database.
        hashes: of the tickets (`analytics.store.forgotten.hashed`).

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
    """
    found: set[str] = set()
    for piece in pieces(hashes):
        found.update(row["fingerprint"] for row in client.rows(read("judged_of_hashes"), {"hashes": piece}))
    return sorted(found)


def texts_of_persons(client: Asking, persons: Collection[str | None], since_ms: int, most: int) -> list[str]:
    """The fingerprints of the texts that some persons judged since a moment: of more than `most`, those judged last.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
    """
    last: dict[str, int] = {}
    for piece in pieces({who or "" for who in persons}):
        asked = {"persons": piece, "since_ms": since_ms, "most": most}
        for row in client.rows(read("fingerprints_of_persons"), asked):
            last[row["fingerprint"]] = max(row["last_ms"], last.get(row["fingerprint"], 0))
    return sorted(last, key=lambda text: (-last[text], text))[:most]


def removed(client: Asking, keys: Iterable[bytes]) -> dict[bytes, int]:
    """When overrides were taken away, by the key of their record; in milliseconds since the epoch.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
    """
    by_hash = {hashed(key.decode()): key for key in keys}
    found: dict[bytes, int] = {}
    for piece in pieces(by_hash):
        for row in client.rows(read("removed_overrides"), {"hashes": piece}):
            found[by_hash[row["key_hash"]]] = row["removed_at_ms"]
    return found


def note_removed(client: Inserting, removed_at_ms: Mapping[bytes, int]) -> None:
    """Note that overrides were taken away at these times; a second time changes nothing."""
    if removed_at_ms:
        columns: dict[str, Sequence[Any]] = {
            "key_hash": [hashed(key.decode()) for key in removed_at_ms],
            "removed_at": list(removed_at_ms.values()),
        }
        client.insert(REMOVED, columns, token=f"removed:{uuid.uuid4().hex}")
