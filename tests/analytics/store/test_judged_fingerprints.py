"""Judgements by text: what the sink asks before it decides an override."""

from analytics.clickhouse.client import Client
from analytics.store.judged_fingerprints import (
    Corrections,
    JudgedText,
    corrections_of_persons,
    judged_texts,
    names_of_persons,
    note_removed,
    removed,
    texts_of,
    texts_of_persons,
)
from analytics.store.row_writer import RowWriter
from tests.support.stored_events import NOON_MS, categorized, corrected

TEXT, OTHER = "v2:" + "a" * 32, "v2:" + "b" * 32
_DAY_MS = 86_400_000


def test_judgements_of_a_text_are_those_of_all_its_tickets(client: Client) -> None:
    """In whatever month their answers were given, and whichever came first."""
    RowWriter(client).write([corrected("T-1", "account", 1, corrected_by="ana", at_ms=NOON_MS + 5000)])
    RowWriter(client).write([categorized("T-1", 1, fingerprint=TEXT)])
    RowWriter(client).write(
        [
            categorized("T-2", 2, fingerprint=TEXT, method="CACHE", at_ms=NOON_MS - 40 * _DAY_MS),
            categorized("T-3", 3, fingerprint=OTHER),
            categorized("T-4", 4, fingerprint=TEXT),
            corrected("T-2", "billing", 2, subcategory="refund", at_ms=NOON_MS - 39 * _DAY_MS),
            corrected("T-3", "account", 3),
        ]
    )

    assert texts_of(client, ["T-1", "T-3", "T-4", "T-9"]) == {TEXT: {"T-1", "T-4"}, OTHER: {"T-3"}}
    found = {judged.ticket_id: judged for judged in judged_texts(client, [TEXT])[TEXT]}
    assert found.keys() == {"T-1", "T-2"}
    assert found["T-1"] == JudgedText(
        TEXT, "T-1", found["T-1"].correction_id, "ana", NOON_MS + 5000, "account", found["T-1"].subcategory,
        "billing", "payment_issue", "MODEL",
    )  # fmt: skip
    assert (found["T-2"].subcategory, found["T-2"].method) == ("refund", "CACHE")
    assert judged_texts(client, ["v2:unknown"]) == {}


def test_a_judgement_that_moves_to_another_text_has_left_the_first(client: Client) -> None:
    """The answer that was looked at is stored last, after its correction was matched with another."""
    named = categorized("T-1", 2, fingerprint=OTHER)
    said = corrected("T-1", "account", judged_event_id=named.event["event_id"])
    RowWriter(client).write([categorized("T-1", 1, fingerprint=TEXT), said])
    before = judged_texts(client, [TEXT, OTHER])
    RowWriter(client).write([named])

    assert before.keys() == {TEXT}
    assert judged_texts(client, [TEXT, OTHER]).keys() == {OTHER}


def test_what_the_library_answered_is_left_out(client: Client) -> None:
    source = {"topic": "library", "partition": 0, "offset": 1, "timestamp": NOON_MS}
    RowWriter(client).write([categorized("T-1", 1, fingerprint=TEXT, source=source), corrected("T-1", "account")])

    assert texts_of(client, ["T-1"]) == {}
    assert judged_texts(client, [TEXT]) == {}


def test_corrections_of_persons_are_tickets_that_they_changed(client: Client) -> None:
    """Confirmations do not count, nor a ticket twice, nor what is too old. A subcategory makes a label of its own."""
    RowWriter(client).write([categorized(f"T-{number}", number, fingerprint=TEXT) for number in range(7)])
    RowWriter(client).write(
        [
            corrected("T-0", "account", 0, corrected_by="ana", at_ms=NOON_MS + 1),
            corrected("T-0", "account", 1, corrected_by="ana", at_ms=NOON_MS + 2),
            corrected("T-1", "account", 2, corrected_by="ana", at_ms=NOON_MS + 3),
            corrected("T-2", "cards", 3, corrected_by="ana", at_ms=NOON_MS + 4),
            corrected("T-3", "billing", 4, corrected_by="ana", at_ms=NOON_MS + 5),
            corrected("T-4", "account", 5, corrected_by=None, at_ms=NOON_MS + 6),
            corrected("T-5", "account", 6, corrected_by="ana", at_ms=NOON_MS - 1),
            corrected("T-6", "billing", 7, corrected_by="ana", at_ms=NOON_MS + 7, subcategory="refund"),
        ]
    )

    assert sorted(corrections_of_persons(client, ["ana", None], ["T-1", "T-4"], NOON_MS), key=str) == sorted(
        [
            Corrections("ana", "account", 2, 1),
            Corrections("ana", "billing/refund", 1, 1),
            Corrections("ana", "cards", 1, 1),
            Corrections(None, "account", 1, 0),
        ],
        key=str,
    )
    assert {each.corrected_by for each in corrections_of_persons(client, [None, "ben"], [], NOON_MS)} == {None}
    assert sorted(names_of_persons(client), key=str) == [None, "ana"]
    assert texts_of_persons(client, ["ana"], NOON_MS, 10) == [TEXT]
    assert texts_of_persons(client, [None], NOON_MS, 10) == [TEXT]
    assert texts_of_persons(client, [None], NOON_MS + 7, 10) == []
    assert texts_of_persons(client, ["ben"], NOON_MS, 10) == []


def test_the_last_removal_of_an_override_is_known(client: Client) -> None:
    note_removed(client, {b"s|v2:1": 1000, b"s|v2:2": 3000})
    note_removed(client, {b"s|v2:1": 2000})

    assert removed(client, [b"s|v2:1", b"s|v2:2", b"s|v2:3"]) == {b"s|v2:1": 2000, b"s|v2:2": 3000}


def test_long_and_many_names_are_asked_for_in_pieces(client: Client) -> None:
    """A name that is longer than a statement may be is nobody's; of others there may be any number."""
    names = [f"typed:{number:0200}" for number in range(600)]
    RowWriter(client).write([categorized("T-0", 0, fingerprint=TEXT), categorized("T-1", 1, fingerprint=OTHER)])
    RowWriter(client).write(
        [
            *(corrected("T-0", "account", n, corrected_by=name, at_ms=NOON_MS + n) for n, name in enumerate(names)),
            corrected("T-1", "account", 700, corrected_by="x" * 300_000, at_ms=NOON_MS + 700),
        ]
    )

    assert set(names_of_persons(client)) == set(names)
    found = corrections_of_persons(client, names, [], NOON_MS)
    assert sorted(each.corrected_by or "" for each in found) == names
    assert texts_of_persons(client, names, NOON_MS, 10) == [TEXT]
    assert judged_texts(client, [OTHER])[OTHER][0].corrected_by == "x" * 300_000
