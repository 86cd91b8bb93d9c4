"""Everything that is known of one ticket."""

from analytics.clickhouse.client import Client
from analytics.reports.explain import correction_of, explain
from analytics.store.row_writer import RowWriter
from tests.support.stored_events import NOON_MS, categorized, corrected


def test_explain_tells_the_whole_story(client: Client) -> None:
    """Every revision with its reasons and timings, every correction with what it judged, in the order they count."""
    first = categorized("T-1", method="RULES", provisional=True, timings={"model_us": 0, "rules_us": 900})
    second = categorized("T-1", revision=1, at_ms=NOON_MS + 5000, source=first.event["source"])
    comments = [corrected("T-1", "account", 1), corrected("T-1", "billing", 0, at_ms=NOON_MS + 9000)]
    RowWriter(client).write([second, first, *comments, categorized("T-2", 9), corrected("T-2", offset=7)])
    RowWriter(client).write([first])

    told = explain(client, "T-1")

    assert [(a["revision"], a["method"], a["provisional"]) for a in told.answers] == [
        (0, "RULES", True),
        (1, "MODEL", False),
    ]
    assert told.answers[0]["timings_ms"] == {
        "decode": 0.02,
        "lookup": 0.01,
        "queue": 1.0,
        "rules": 0.9,
        "wait": 2.0,
        "total": 28.03,
    }
    assert [(c["category"], c["judged_revision"], c["label_state"]) for c in told.corrections] == [
        ("account", 0, "corrected"),
        ("billing", 1, "confirmed"),
    ]


def test_explain_tells_how_much_of_a_mail_was_left_out(client: Client) -> None:
    """The number comes with the event, into the table of answers and into that of tickets."""
    RowWriter(client).write([categorized("T-1", text_removed_chars=480)])

    assert [answer["text_removed_chars"] for answer in explain(client, "T-1").answers] == [480]
    assert client.rows(
        "SELECT text_removed_chars AS n FROM categorizations UNION ALL SELECT text_removed_chars FROM tickets"
    ) == [
        {"n": 480},
        {"n": 480},
    ]


def test_explain_of_an_unknown_ticket_is_empty(client: Client) -> None:
    """An id that was never seen, whatever it holds, explains nothing and breaks nothing."""
    hostile = "'; DROP TABLE _categorizations_by_ticket; --"

    assert explain(client, hostile) == (hostile, (), (), {})


def test_explain_names_the_correction_that_answered(client: Client) -> None:
    """Who decided it, when, and of which ticket; one that was forgotten is left out."""
    first = categorized("T-1", 1, method="OVERRIDE", explanation=["override:correction-7", "override.people:1"])
    second = categorized("T-1", 2, method="OVERRIDE", explanation=["override:gone", "override.people:2"])
    RowWriter(client).write([first, second, corrected("T-0", "account", 7), corrected("T-0", "cards", 8)])

    told = explain(client, "T-1")

    assert [correction_of(each) for each in told.answers] == ["correction-7", "gone"]
    assert told.corrections == ()
    assert {
        name: (each["ticket_id"], each["corrected_by"], each["category"]) for name, each in told.overrides.items()
    } == {"correction-7": ("T-0", "ana", "account")}
