"""What was judged is stored with what was said, in any order of storing."""

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import pytest

from analytics.clickhouse.client import Client
from analytics.reports.accuracy import accuracy
from analytics.store.judging import MOST_BYTES, judge, pieces
from analytics.store.row_writer import RowWriter
from analytics.store.rows import TABLES, Row, columns
from tests.analytics import oracle
from tests.support.stored_events import NOON_MS, categorized, corrected

_SINCE = dt.datetime.fromtimestamp(NOON_MS / 1000, dt.UTC)
_DAY_MS = 86_400_000


def _only_stored(client: Client, record: Row) -> None:
    """What a process has done that was killed, or is slow, before it copies anything."""
    client.insert(TABLES[record.name], columns(record.name, [record]), token=record.event["event_id"])


def _judged(client: Client) -> tuple[int, int]:
    found = accuracy(client, _SINCE).all
    return found.n, found.reviewed


def test_two_processes_at_once_miss_nothing(client: Client) -> None:
    """Each stores before it looks, so that the one that looks last sees both, whichever that is."""
    answer, said = categorized(), corrected(at_ms=NOON_MS + 1000)
    _only_stored(client, answer)
    RowWriter(client).write([said])
    first = _judged(client)
    judge(client, [answer.event["ticket_id"]])

    assert first == _judged(client) == (1, 1)


def test_the_later_to_look_may_be_the_answers_process(client: Client) -> None:
    """The same the other way round."""
    answer, said = categorized(), corrected(at_ms=NOON_MS + 1000)
    _only_stored(client, said)
    RowWriter(client).write([answer])

    assert _judged(client) == (1, 1)


def test_only_what_was_judged_is_stored(client: Client) -> None:
    """One row per correction, with the answer that was looked at; nothing of the other tickets."""
    RowWriter(client).write(
        [
            *(categorized(f"T-{number}", number) for number in range(50)),
            categorized("T-7", 7, revision=1, at_ms=NOON_MS + 5000),
            corrected("T-7"),
        ]
    )

    assert client.rows("SELECT ticket_id, revision, stands FROM _judgements FINAL") == [
        {"ticket_id": "T-7", "revision": 0, "stands": True}
    ]


def test_a_judgement_that_moves_to_an_earlier_month_leaves_the_later(client: Client) -> None:
    """The answer that was looked at came last: in the month of the other answer nothing is judged any more."""
    looked_at = categorized(offset=0, at_ms=NOON_MS - 30 * _DAY_MS, category="account")
    other = categorized(offset=1, at_ms=NOON_MS)
    said = corrected(category="account", at_ms=NOON_MS - 29 * _DAY_MS)
    RowWriter(client).write([other, said])
    before = _judged(client)
    RowWriter(client).write([looked_at])

    assert before == (1, 1)
    assert _judged(client) == (1, 0)
    found = accuracy(client, _SINCE - dt.timedelta(days=31)).all
    assert (found.n, found.reviewed, found.corrected) == (2, 1, 0)


def test_an_answer_that_was_given_again_in_another_month_is_judged_once(client: Client) -> None:
    """Offsets that went back: one answer under one key, whose later row is the one that counts."""
    first, again = categorized(at_ms=NOON_MS - 30 * _DAY_MS), categorized(category="account")
    RowWriter(client).write([first, corrected()])
    RowWriter(client).write([again])
    found = accuracy(client, _SINCE - dt.timedelta(days=31)).all

    assert client.rows("SELECT month, category FROM _judgements FINAL WHERE month = toYYYYMM(categorized_at)") == [
        {"month": 202611, "category": "account"}
    ]
    assert (found.reviewed, found.corrected) == (1, 1)


def test_who_knew_less_does_not_win_by_being_late(client: Client) -> None:
    """A process that looked before the answer came, and writes after it was judged, changes nothing."""
    answer, named = categorized(offset=0), categorized(offset=1, category="account")
    RowWriter(client).write([answer, corrected(category="account", judged_event_id=named.event["event_id"])])
    client.command("CREATE TABLE late AS _judgements")
    client.command("INSERT INTO late SELECT * FROM _judgements")
    RowWriter(client).write([named])
    client.command("INSERT INTO _judgements SELECT * FROM late")
    client.command("DROP TABLE late")

    assert client.rows("SELECT event_id FROM _judgements FINAL") == [{"event_id": named.event["event_id"]}]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_order_the_rows_are_those_of_the_rule(client: Client, seed: int) -> None:
    """Answers in two months, corrections and repeats of both, in batches of any order, beside plain loops."""
    random_ = random.Random(seed)
    records = [record for number in range(30) for record in _history(random_, number)]
    waiting = records + random_.sample(records, len(records) // 4)
    random_.shuffle(waiting)
    while waiting:
        batch = random_.randint(1, 40)
        RowWriter(client).write(sorted(waiting[:batch], key=lambda record: record.position.offset))
        waiting = waiting[batch:]
    rows = client.rows(
        "SELECT correction_id, event_id, stands, audits FROM _judgements FINAL WHERE month = toYYYYMM(categorized_at)"
    )

    assert sorted(tuple(row.values()) for row in rows) == sorted(_expected(records))


def _history(random_: random.Random, number: int) -> list[Row]:
    """A ticket that was published once to three times, answered again at times, and looked at up to three times."""
    ticket_id = f"T-{number}"
    answers: list[Row] = []
    for offset in range(number * 3, number * 3 + random_.randint(1, 3)):
        at_ms = NOON_MS - random_.randint(0, 40 * _DAY_MS)
        answers.extend(
            categorized(
                ticket_id,
                offset,
                revision,
                at_ms=at_ms + revision * random_.randint(1, _DAY_MS),
                source={"timestamp": at_ms},
                audit_probability=random_.choice([0.0, 0.3]),
            )
            for revision in range(random_.randint(1, 2))
        )
    said = [
        corrected(
            ticket_id,
            "account",
            number * 3 + index,
            at_ms=NOON_MS - random_.randint(-1, 41) * _DAY_MS,
            judged_event_id=random_.choice([None, None, random_.choice(answers).event["event_id"]]),
            origin=random_.choice(["AGENT", "AUDIT"]),
        )
        for index in range(random_.randint(0, 3))
    ]
    return answers + said


def _expected(records: list[Row]) -> Iterator[tuple[str, str, bool, bool]]:
    """Each correction's event_id, that of the answer that it judged, whether it stands, whether it audits."""
    answers: dict[str, list[Any]] = {}
    for record in oracle.distinct(records, "TicketCategorized"):
        answers.setdefault(record.event["ticket_id"], []).append(record.event)
    last: dict[tuple[str, int], str] = {}
    last_audit: dict[str, str] = {}
    found: list[tuple[Any, Any]] = []
    for record in sorted(
        oracle.distinct(records, "TicketCorrected"), key=lambda r: (r.event["corrected_at"], r.position.offset)
    ):
        said = record.event
        answer = oracle.judged(said, answers[said["ticket_id"]])
        assert answer is not None
        found.append((said, answer))
        last[answer["source"]["topic"], answer["source"]["offset"]] = said["event_id"]
        if said["origin"] == "AUDIT" and answer["audit_probability"]:
            last_audit[answer["event_id"]] = said["event_id"]
    for said, answer in found:
        source = answer["source"]["topic"], answer["source"]["offset"]
        yield (
            said["event_id"],
            answer["event_id"],
            last[source] == said["event_id"],
            last_audit.get(answer["event_id"]) == said["event_id"],
        )


def test_many_ids_are_asked_for_in_pieces() -> None:
    """ClickHouse takes parameters of a bounded size; every id is asked for once."""
    ids = {f"TKT-{number:0200}" for number in range(1000)}
    found = list(pieces(ids))

    assert sorted(ids) == [one for piece in found for one in piece]
    assert all(sum(len(one) + 3 for one in piece) <= MOST_BYTES for piece in found)
    assert len(found) > 1


def test_a_long_list_of_ids_reaches_clickhouse(client: Client) -> None:
    """As many as one batch of the sink may have, of signs that take three times their room in an address."""
    said = [corrected(f"ñ'%&{number:07}", offset=number, at_ms=NOON_MS + 1000) for number in range(2, 5_000)]
    answer = categorized(said[-1].event["ticket_id"])
    _only_stored(client, answer)
    RowWriter(client).write(said)

    assert _judged(client) == (1, 1)
