"""What was judged is found from any moment on, whatever the order in which answers and corrections come."""

import datetime as dt
import itertools
from typing import Any

import pytest

from analytics.clickhouse.client import Client
from analytics.reports.accuracy import accuracy
from analytics.reports.question import Question
from analytics.store.row_writer import RowWriter
from consumer.answer.taxonomy import from_document
from consumer.answer.taxonomy_file import parse
from tests.support.stored_events import NOON_MS, categorized, corrected

_SINCE = dt.datetime.fromtimestamp(NOON_MS / 1000, dt.UTC)
_DAY_MS = 86_400_000


def _counts(client: Client, **asked: Any) -> tuple[int, int, int]:
    found = accuracy(client, _SINCE, **asked).all
    return found.n, found.corrected, found.reviewed


def test_every_order_ends_in_the_same_state(client: Client) -> None:
    """A correction before its ticket, twice, or after a later revision: the answer that was looked at is judged."""
    orders = sorted(set(itertools.permutations([0, 1, 2, 2])))
    records = []
    for number in range(len(orders)):
        first = categorized(f"T-{number}", number, category="account", method="RULES", provisional=True)
        second = categorized(f"T-{number}", number, revision=1, at_ms=NOON_MS + 60_000, source=first.event["source"])
        records.append([first, second, corrected(f"T-{number}", "billing", number, at_ms=NOON_MS + 1000)])
    for turn in range(4):
        RowWriter(client).write([own[order[turn]] for own, order in zip(records, orders, strict=True)])
    found = accuracy(client, _SINCE)

    assert (found.all.n, found.all.corrected) == (12, 12)
    assert [group.name for group in found.methods] == ["RULES"]


def test_a_correction_may_be_older_than_its_ticket(client: Client) -> None:
    """Gold labels of last year judge today's first answer, and so does one whose publisher's clock was wrong."""
    records = [categorized(f"T-{number}", number) for number in range(3)]
    imported = corrected("T-0", "account", 0, at_ms=NOON_MS - 300 * _DAY_MS, origin="IMPORT")
    RowWriter(client).write([*records, imported, corrected("T-1", "account", 1, at_ms=NOON_MS - 300 * _DAY_MS)])

    assert _counts(client) == (3, 2, 2)


def test_an_answer_before_the_window_is_judged_there(client: Client) -> None:
    """A correction of an answer from before the window does not fall upon the revision within it."""
    first = categorized(category="account", at_ms=NOON_MS - _DAY_MS)
    second = categorized(revision=1, at_ms=NOON_MS + 60_000, source=first.event["source"])
    RowWriter(client).write([first, second, corrected(category="billing", at_ms=NOON_MS - _DAY_MS + 1000)])

    assert _counts(client) == (0, 0, 0)


def test_only_the_last_of_many_revisions_counts(client: Client) -> None:
    """A record that was answered three times is one answer."""
    source = categorized().event["source"]
    for revision in (2, 0, 1):
        RowWriter(client).write(
            [categorized(revision=revision, at_ms=NOON_MS + revision, source=source, method="MODEL")]
        )

    assert _counts(client) == (1, 0, 0)


@pytest.mark.parametrize("judged", [1, 2])
def test_a_judged_revision_counts_instead_of_the_last(client: Client, judged: int) -> None:
    """Whichever revision a person looked at is the one that counts, once."""
    source = categorized().event["source"]
    answers = [categorized(revision=r, at_ms=NOON_MS + r, source=source, category=f"c{r}") for r in range(3)]
    said = corrected(category="c1", judged_event_id=answers[judged].event["event_id"])
    RowWriter(client).write([*answers, said])

    assert _counts(client) == (1, int(judged != 1), 1)


def test_labels_that_were_renamed_stay_comparable(client: Client) -> None:
    """An answer under the earlier name, and a correction under the later one, are of one category."""
    taxonomy = from_document(
        parse(
            """
            version = "t-2"
            languages = ["en"]
            [default]
            category = "cards"
            precision = 0.5
            n = 100
            [renamed]
            invoices = "billing"
            "billing/pay" = "billing/payment"
            [categories.billing]
            name = { en = "Billing" }
            [categories.billing.subcategories]
            payment = { en = "Payment" }
            [categories.cards]
            name = { en = "Cards" }
            """,
            "of the tests",
        )
    )
    assert taxonomy.renamed == {
        "invoices": "billing",
        "billing/pay": "billing/payment",
        "invoices/pay": "billing/payment",
        "invoices/payment": "billing/payment",
    }
    RowWriter(client).write(
        [
            categorized("T-0", 0, category="invoices", subcategory="pay"),
            categorized("T-1", 1, category="billing", subcategory="pay"),
            categorized("T-2", 2, category="billing", subcategory="payment"),
            corrected("T-0", "billing", 0, subcategory="payment"),
            corrected("T-1", "invoices", 1, subcategory="payment"),
        ]
    )
    for level in ("category", "subcategory"):
        found = accuracy(client, *Question(_SINCE, level, None, taxonomy.renamed))
        assert (found.all.n, found.all.corrected, found.all.reviewed) == (3, 0, 2)
        name = "billing" if level == "category" else "billing/payment"
        assert [(group.name, group.n) for group in found.categories] == [(name, 3)]
