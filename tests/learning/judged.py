"""Judged tickets and seed rows for these tests."""

import datetime as dt

from consumer.answer.taxonomy import Taxonomy, from_document
from consumer.answer.taxonomy_file import parse
from learning.choosing import Row
from learning.judged_tickets import JudgedTicket
from learning.texts import is_for_gate, text_id_of

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)

TAXONOMY = """
version = "2026-11"
languages = ["en"]

[default]
category = "other"
precision = 0.2
n = 10

[categories.billing]
name.en = "Billing"
subcategories.invoice.en = "Invoice"
subcategories.refund.en = "Refund"

[categories.shipping]
name.en = "Shipping"

[categories.access]
name.en = "Access"

[categories.other]
name.en = "Other"

[renamed]
delivery = "shipping"
"""
GATE_WORDS = "abcdefghijklmnopqrstuvwxyz"


def taxonomy() -> Taxonomy:
    return from_document(parse(TAXONOMY, "of the tests"))


def said(
    text: str,
    category: str = "billing",
    by: str | None = "ana",
    *,
    number: int = 0,
    subcategory: str | None = None,
    answered: tuple[str, str | None] = ("other", None),
    is_audit: bool = False,
    likely: str | None = None,
) -> JudgedTicket:
    """What somebody said of a ticket; a higher number is a later ticket, judged later."""
    return JudgedTicket(
        correction_id=f"correction-{number}-{by}",
        event_id=f"answer-{number}",
        text_id=text_id_of("", text, None),
        subject="",
        description=text,
        language="en",
        category=category,
        subcategory=subcategory,
        answered=answered,
        likely_subcategory=likely,
        by=by,
        is_audit=is_audit,
        method="MODEL",
        model="tickets-1",
        corrected_at=NOON + dt.timedelta(minutes=number),
        categorized_at=NOON + dt.timedelta(seconds=number),
    )


def seed_row(text: str, category: str, subcategory: str | None = None) -> Row:
    return Row("seed", "", text_id_of("", text, None), "", text, category, subcategory)


def texts(*, for_gate: bool, count: int = 1) -> list[str]:
    """Texts that belong to the gate once they are audited, or never do."""
    words = (f"{one}{two} question 0" for one in GATE_WORDS for two in GATE_WORDS)
    return [text for text in words if is_for_gate(text_id_of("", text, None)) is for_gate][:count]


def again(text: str, number: int) -> str:
    """Another ticket of the same text."""
    return text.replace(" 0", f" {number}")
