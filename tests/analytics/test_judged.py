"""Answers to judged tickets are found beside each other, whoever stored what first."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from analytics.judged import MOST_BYTES, _pieces, copy_judged
from analytics.migrate import migrate, shipped
from analytics.reports.accuracy import accuracy
from analytics.rows import TABLES, columns
from analytics.sink import Sink
from tests.analytics.events import NOON_MS, categorized, corrected

if TYPE_CHECKING:
    from analytics.client import Client
    from analytics.rows import Record

_SINCE = dt.datetime.fromtimestamp(NOON_MS / 1000, dt.UTC)


def _only_stored(client: Client, record: Record) -> None:
    """What a process has done that was killed, or is slow, before it copies anything."""
    client.insert(TABLES[record.name], columns(record.name, [record]), token=record.event["event_id"])


def _judged(client: Client) -> tuple[int, int]:
    found = accuracy(client, _SINCE).all
    return found.n, found.reviewed


def test_two_processes_at_once_miss_nothing(client: Client) -> None:
    """Each stores before it looks, so that the one that looks last sees both, whichever that is."""
    answer, said = categorized(), corrected(at_ms=NOON_MS + 1000)
    _only_stored(client, answer)
    Sink(client).write([said])
    first = _judged(client)
    copy_judged(client, [answer])

    assert first == _judged(client) == (1, 1)


def test_the_later_to_look_may_be_the_answers_process(client: Client) -> None:
    """The same the other way round."""
    answer, said = categorized(), corrected(at_ms=NOON_MS + 1000)
    _only_stored(client, said)
    Sink(client).write([answer])

    assert _judged(client) == (1, 1)


def test_only_judged_tickets_are_copied(client: Client) -> None:
    """All answers of a ticket that was judged, and no others."""
    Sink(client).write(
        [
            *(categorized(f"T-{number}", number) for number in range(50)),
            categorized("T-7", 7, revision=1),
            corrected("T-7"),
        ]
    )

    assert client.rows("SELECT ticket_id, revision FROM judged_answer_store FINAL ORDER BY revision") == [
        {"ticket_id": "T-7", "revision": 0},
        {"ticket_id": "T-7", "revision": 1},
    ]


def test_what_was_stored_before_is_copied_by_the_migration(empty: Client) -> None:
    """A database of an older version knows what was judged."""
    migrate(empty, [each for each in shipped() if each.number < 8])
    for record in (categorized(), corrected(at_ms=NOON_MS + 1000)):
        _only_stored(empty, record)
    migrate(empty)

    assert _judged(empty) == (1, 1)


def test_many_ids_are_asked_for_in_pieces() -> None:
    """ClickHouse takes parameters of a bounded size; every id is asked for once."""
    ids = {f"TKT-{number:0200}" for number in range(1000)}
    pieces = list(_pieces(ids))

    assert sorted(ids) == [one for piece in pieces for one in piece]
    assert all(sum(len(one) + 3 for one in piece) <= MOST_BYTES for piece in pieces)
    assert len(pieces) > 1
