"""What people said of answers comes with the texts, once for each person and ticket."""

import datetime as dt

from analytics.clickhouse.client import Client
from analytics.store.row_writer import RowWriter
from learning.judged_tickets import JudgedTicket, judged_tickets, texts_are_stored
from learning.texts import text_id_of
from tests.learning.stored import judgement, text_row, ticket
from tests.support.stored_events import NOON_MS


def _found(client: Client) -> dict[tuple[str, str | None], JudgedTicket]:
    return {(one.description, one.by): one for one in judged_tickets(client).tickets}


def test_a_judged_ticket_has_everything_that_a_round_needs(client: Client) -> None:
    """Texts come from their own table, names from the corrections, all else from the judgements."""
    RowWriter(client).write(ticket(7, "where is my parcel", "shipping", "ben", is_audit=True, answered="billing"))
    found = judged_tickets(client)

    (one,) = found.tickets
    assert one._replace(event_id="") == JudgedTicket(
        correction_id="correction-700",
        event_id="",
        text_id=text_id_of("", "where is my parcel", None),
        subject="",
        description="where is my parcel",
        language="es",
        category="shipping",
        subcategory=None,
        answered=("billing", None),
        likely_subcategory=None,
        by="ben",
        is_audit=True,
        method="MODEL",
        model="tickets-1",
        corrected_at=dt.datetime.fromtimestamp(NOON_MS / 1000 + 7.5, dt.UTC),
        categorized_at=dt.datetime.fromtimestamp(NOON_MS / 1000 + 7, dt.UTC),
    )
    assert (found.without_text, found.judgements) == (0, 1)


def test_of_each_person_the_last_word_on_a_ticket_counts(client: Client) -> None:
    """Several people are several judgements, also where the last correction alone stands."""
    rows = [*ticket(1, "my parcel", "shipping", "ana"), judgement(1, "account", "ana", later=1)]
    RowWriter(client).write([*rows, judgement(1, "cards", "ben", later=2)])
    found = _found(client)

    assert {key: one.category for key, one in found.items()} == {
        ("my parcel", "ana"): "account",
        ("my parcel", "ben"): "cards",
    }


def test_a_person_is_one_however_the_name_is_written(client: Client) -> None:
    """As for overrides; a typed name is nobody's."""
    rows = [*ticket(1, "my parcel", "shipping", " Ana  Lee"), *ticket(2, "my card", "cards", "Typed:ana lee")]
    RowWriter(client).write(rows)

    assert {one.description: one.by for one in judged_tickets(client).tickets} == {
        "my parcel": "ana lee",
        "my card": None,
    }


def test_rows_that_are_written_twice_are_one(client: Client) -> None:
    """As after a death of the sink."""
    rows = ticket(1, "my parcel", "shipping")
    for _ in range(2):
        for row in rows:
            RowWriter(client).write([row])

    found = judged_tickets(client)
    assert (len(found.tickets), found.judgements) == (1, 1)


def test_a_judged_ticket_without_a_text_is_counted(client: Client) -> None:
    """Its days are over, or it was answered before texts were kept."""
    RowWriter(client).write([*ticket(1, None, "shipping"), *ticket(2, "my parcel", "shipping")])
    found = judged_tickets(client)

    assert [one.description for one in found.tickets] == ["my parcel"]
    assert found.without_text == 1


def test_since_is_about_the_answer(client: Client) -> None:
    """Judgements of earlier answers are left out."""
    RowWriter(client).write([*ticket(1, "early", "shipping"), *ticket(9, "late", "shipping")])
    since = dt.datetime.fromtimestamp(NOON_MS / 1000 + 5, dt.UTC)

    assert [one.description for one in judged_tickets(client, since).tickets] == ["late"]


def test_what_the_answer_said_of_the_category_is_its_likely_subcategory(client: Client) -> None:
    """From the answer itself, or from its alternatives."""
    RowWriter(client).write(
        [
            *ticket(1, "confirmed", "billing", subcategory="payment_issue"),
            *ticket(2, "alternative", "cards"),
            *ticket(3, "neither", "shipping"),
        ]
    )
    found = {text: one.likely_subcategory for (text, _), one in _found(client).items()}

    assert found == {"confirmed": "payment_issue", "alternative": "lost", "neither": None}


def test_a_judgement_of_an_answer_that_was_not_drawn_is_no_audit(client: Client) -> None:
    """Somebody may look at any ticket and call that an audit."""
    RowWriter(client).write(
        [*ticket(1, "drawn", "shipping", is_audit=True), *ticket(2, "chosen", "shipping"), text_row(3, "nobody")]
    )
    RowWriter(client).write([judgement(2, "account", "ben", is_audit=True, later=1)])

    found = {(text, by): one.is_audit for (text, by), one in _found(client).items()}
    assert found == {("drawn", "ana"): True, ("chosen", "ana"): False, ("chosen", "ben"): False}


def test_whether_any_text_is_stored(client: Client) -> None:
    """Judged or not."""
    before = texts_are_stored(client)
    RowWriter(client).write([text_row(1, "my parcel")])

    assert (before, texts_are_stored(client)) == (False, True)
