"""The views say what the contract says, with raw repeats in the tables and events in any order."""

import random
from typing import Any

import pytest

from analytics.clickhouse.client import Client
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from schemas.identity import event_id
from tests.analytics import oracle
from tests.support.stored_events import NOON_MS, categorized, corrected, operation

_FINAL = ("final_category", "final_subcategory", "label_state", "subcategory_state", "judged_revision")


def _store(client: Client, *records: Row) -> None:
    RowWriter(client).write(records)


def _ticket(client: Client, *columns: str) -> tuple[Any, ...]:
    (row,) = client.rows("SELECT * FROM tickets")
    return tuple(row[column] for column in columns or _FINAL)


def _everything(client: Client, view: str) -> list[dict[str, Any]]:
    return client.rows("SELECT * FROM {view:Identifier} ORDER BY ALL", {"view": view})


def test_a_ticket_nobody_looked_at(client: Client) -> None:
    """Without corrections the answer's own labels are final and unreviewed."""
    _store(client, categorized())

    assert _ticket(client) == ("billing", "payment_issue", "unreviewed", "unreviewed", None)


def test_a_correction_of_the_category_alone(client: Client) -> None:
    """A correction without a subcategory judges only the category; the wrong category's subcategory is gone."""
    _store(client, categorized(), corrected(category="account"))

    assert _ticket(client) == ("account", None, "corrected", "unreviewed", 0)


def test_a_confirmation_of_the_category_keeps_the_subcategory(client: Client) -> None:
    """Naming the judged category confirms it and leaves the subcategory as answered, unreviewed."""
    _store(client, categorized(), corrected(category="billing"))

    assert _ticket(client) == ("billing", "payment_issue", "confirmed", "unreviewed", 0)


@pytest.mark.parametrize(
    ("category", "subcategory", "expected"),
    [
        ("billing", "payment_issue", ("billing", "payment_issue", "confirmed", "confirmed", 0)),
        ("billing", "refund", ("billing", "refund", "confirmed", "corrected", 0)),
        ("account", "payment_issue", ("account", "payment_issue", "corrected", "corrected", 0)),
    ],
)
def test_a_correction_of_both_labels(
    client: Client, category: str, subcategory: str, expected: tuple[object, ...]
) -> None:
    """A subcategory is right only under the right category."""
    _store(client, categorized(), corrected(category=category, subcategory=subcategory))

    assert expected == _ticket(client)


def test_a_later_revision_never_changes_what_was_judged(client: Client) -> None:
    """A provisional answer that was corrected stays judged when the model answers as the person did."""
    provisional = categorized(category="account", method="RULES", provisional=True)
    _store(client, provisional, corrected(category="billing", at_ms=NOON_MS + 1000))
    _store(client, categorized(revision=1, at_ms=NOON_MS + 2000, source=provisional.event["source"]))

    assert _ticket(client) == ("billing", "payment_issue", "corrected", "unreviewed", 0)
    assert _ticket(client, "category", "revision", "judged_category", "judged_method") == (
        "billing",
        1,
        "account",
        "RULES",
    )


def test_a_correction_judges_the_latest_answer_there_was(client: Client) -> None:
    """Without a named answer, a correction judges the highest revision at its time, that instant included."""
    source = categorized().event["source"]
    revisions = [categorized(revision=r, at_ms=NOON_MS + 1000 * r, source=source, category=f"c{r}") for r in range(3)]
    _store(client, *revisions, corrected(category="c1", at_ms=NOON_MS + 1000))

    assert _ticket(client, "category", "final_category", "label_state", "judged_revision") == (
        "c2",
        "c1",
        "confirmed",
        1,
    )


def test_a_correction_may_name_the_answer_it_judges(client: Client) -> None:
    """judged_event_id wins over the time of the correction."""
    first = categorized(category="account")
    second = categorized(revision=1, at_ms=NOON_MS + 10, source=first.event["source"])
    _store(client, first, second, corrected(category="account", judged_event_id=first.event["event_id"]))

    assert _ticket(client, "label_state", "judged_revision", "judged_event_id") == (
        "confirmed",
        0,
        first.event["event_id"],
    )


def test_a_correction_that_names_an_unknown_answer_is_placed_by_its_time(client: Client) -> None:
    """A judged_event_id that is not stored does not lose the correction."""
    _store(client, categorized(), corrected(judged_event_id=event_id("elsewhere", 0, 0, 0)))

    assert _ticket(client, "label_state", "judged_revision") == ("confirmed", 0)


def test_a_correction_older_than_every_answer_judges_revision_0(client: Client) -> None:
    """Clocks differ: a correction from before the first answer belongs to the first."""
    source = categorized().event["source"]
    _store(client, categorized(revision=1, at_ms=NOON_MS + 5, source=source), categorized())
    _store(client, corrected(at_ms=NOON_MS - 60_000))

    assert _ticket(client, "label_state", "judged_revision") == ("confirmed", 0)


def test_a_correction_may_come_before_its_ticket(client: Client) -> None:
    """Topics are not in step: the correction is there, unmatched, and finds its answer when it comes."""
    _store(client, corrected(category="account"))
    before = client.rows("SELECT label_state, judged_revision FROM corrections")
    no_ticket = client.rows("SELECT count() AS n FROM tickets")
    _store(client, categorized())

    assert before == [{"label_state": "unmatched", "judged_revision": None}]
    assert no_ticket == [{"n": 0}]
    assert _ticket(client, "final_category", "label_state") == ("account", "corrected")


def test_the_latest_correction_stands(client: Client) -> None:
    """Latest by corrected_at, then by place in the topic, whatever order they arrive in."""
    late = corrected(category="late", offset=0, at_ms=NOON_MS + 9000)
    early = corrected(category="early", offset=1, at_ms=NOON_MS + 1000)
    _store(client, categorized(), late)
    _store(client, early)
    by_time = _ticket(client, "final_category")
    _store(client, corrected(category="tied", offset=2, at_ms=NOON_MS + 9000))

    assert [by_time, _ticket(client, "final_category")] == [("late",), ("tied",)]


@pytest.mark.parametrize("order", [1, -1])
def test_a_correction_published_twice_is_one(client: Client, order: int) -> None:
    """Equal event_ids at two places of the topic are one correction: the last of them, in whatever order they come."""
    _store(client, categorized())
    for category, offset in [("a", 3), ("b", 4)][::order]:
        _store(client, corrected(category=category, offset=offset, event_id="same"))

    assert client.rows("SELECT category FROM corrections") == [{"category": "b"}]
    assert _ticket(client, "final_category") == ("b",)


@pytest.mark.parametrize("order", [1, -1])
def test_an_answer_that_a_zombie_gave_again_is_one(client: Client, order: int) -> None:
    """Two different events with one key, as a process gives that was fenced too late, are one row: the later one."""
    early = categorized(category="early")
    late = categorized(category="late", at_ms=NOON_MS + 5, source=early.event["source"])
    for twin in [early, late][::order]:
        _store(client, twin)
    _store(client, corrected(category="late"))

    assert client.rows("SELECT category FROM categorizations") == [{"category": "late"}]
    assert _ticket(client, "category", "label_state") == ("late", "confirmed")


def test_the_newest_input_record_of_a_ticket_counts(client: Client) -> None:
    """Of two records of one ticket the newer by source time counts, even when an old one is answered again later."""
    old = categorized(offset=1, category="old")
    new = categorized(offset=2, at_ms=NOON_MS + 1000, category="new")
    healed = categorized(offset=1, revision=1, at_ms=NOON_MS + 9000, source=old.event["source"], category="healed")
    _store(client, new, healed, old)

    assert _ticket(client, "category", "source_offset", "revision") == ("new", 2, 0)


def test_writing_everything_again_changes_nothing(client: Client) -> None:
    """Replays in other batches leave raw repeats in the tables and the views as they were."""
    records = [
        *(categorized(f"T-{index}", index, partition=index % 3) for index in range(50)),
        *(corrected(f"T-{index}", "account", index) for index in range(20)),
        *(operation(offset=index) for index in range(10)),
    ]
    views = ("categorizations", "tickets", "corrections", "operations")
    _store(client, *records)
    first = {view: _everything(client, view) for view in views}
    for size in (7, 11, len(records)):
        for start in range(0, len(records), size):
            _store(client, *records[start : start + size])

    assert first == {view: _everything(client, view) for view in views}
    assert tuple(len(first[view]) for view in views[:3]) == (50, 50, 20)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3))])
def test_any_history_comes_out_as_the_contract_says(client: Client, seed: int) -> None:
    """Hundreds of tickets with random revisions, corrections and repeats, shuffled, equal the plain computation."""
    random_ = random.Random(seed)
    records = [record for number in range(150) for record in _history(random_, number)]
    records += random_.sample(records, len(records) // 3)
    random_.shuffle(records)
    for start in range(0, len(records), 97):
        _store(client, *records[start : start + 97])

    rows = client.rows(
        "SELECT ticket_id, event_id, final_category, final_subcategory, label_state, subcategory_state,"
        " judged_event_id, judged_revision FROM tickets"
    )

    assert oracle.tickets(records) == {row["ticket_id"]: oracle.Ticket(**row) for row in rows}


def _history(random_: random.Random, number: int) -> list[Row]:
    """Up to two input records with up to three revisions each, and up to three corrections, of one ticket."""
    ticket_id, categories, subcategories = f"T-{number}", ["a", "b"], ["x", "y", None]
    answers = []
    for record in range(random_.randint(1, 2)):
        offset, began_ms = number * 10 + record, NOON_MS + random_.randint(0, 5) * 1000
        for revision in range(random_.randint(1, 3)):
            labels: dict[str, Any] = {
                "category": random_.choice(categories),
                "subcategory": random_.choice(subcategories),
            }
            at_ms = began_ms + revision * random_.randint(1, 3) * 1000
            source = {"timestamp": began_ms}
            answers.append(categorized(ticket_id, offset, revision, at_ms=at_ms, source=source, **labels))
    corrections = []
    for index in range(random_.randint(0, 3)):
        named = random_.choice([None, None, random_.choice(answers).event["event_id"], "unknown"])
        corrections.append(
            corrected(
                ticket_id,
                random_.choice(categories),
                number * 10 + index,
                at_ms=NOON_MS + random_.randint(-2, 12) * 1000,
                subcategory=random_.choice(subcategories),
                judged_event_id=named,
            )
        )
    return answers + corrections


@pytest.mark.parametrize("setting", ["SETTINGS join_use_nulls = 0", "SETTINGS join_use_nulls = 1"])
def test_the_views_do_not_depend_on_the_readers_settings(client: Client, setting: str) -> None:
    """An analyst's join_use_nulls changes no NULL in the views."""
    _store(client, categorized("T-1", 1), categorized("T-2", 2), corrected("T-3"), corrected("T-2", offset=1))

    tickets = client.rows(f"SELECT ticket_id, label_state, judged_revision FROM tickets ORDER BY 1 {setting}")  # noqa: S608 - ours
    corrections = client.rows(f"SELECT ticket_id, judged_revision FROM corrections ORDER BY 1 {setting}")  # noqa: S608 - ours

    assert [tuple(row.values()) for row in tickets] == [("T-1", "unreviewed", None), ("T-2", "confirmed", 0)]
    assert [tuple(row.values()) for row in corrections] == [("T-2", 0), ("T-3", None)]
