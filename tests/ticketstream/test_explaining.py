"""How a ticket's history reads."""

import datetime as dt
from typing import Any

import pytest

from analytics.reports.explain import Explanation
from tests.support.stored_events import categorized
from ticketstream.explaining import explanation_text


def answered(*explanation: str) -> dict[str, Any]:
    """An answer as it is read from ClickHouse."""
    event: Any = categorized("T-2", method="OVERRIDE", model=None, alternatives=[], explanation=list(explanation)).event
    source = {f"source_{name}": event["source"][name] for name in ("topic", "partition", "offset")}
    at = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)
    return {**event, **source, "categorized_at": at, "timings_ms": {"total": 1.0}}


CORRECTION = {
    "ticket_id": "T-1",
    "category": "account",
    "subcategory": None,
    "origin": "AGENT",
    "corrected_by": "ana",
    "corrected_at": dt.datetime(2026, 11, 29, tzinfo=dt.UTC),
}


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"c-1": CORRECTION}, "an equal text, of ticket T-1, by AGENT ana at 2026-11-29T00:00:00"),
        ({"c-1": CORRECTION | {"corrected_by": None}}, "of ticket T-1, by AGENT at 2026-11-29T00:00:00"),
        ({}, "the correction c-1 is not stored (any more)"),
    ],
    ids=["stored", "by nobody named", "forgotten"],
)
def test_an_answer_by_a_correction_says_whose(overrides: dict[str, Any], said: str) -> None:
    """Who corrected an equal text, when and on which ticket; as far as ClickHouse still knows."""
    told = explanation_text(Explanation("T-2", (answered("override:c-1", "override.people:1"),), (), overrides), {})

    assert said in told


def test_other_answers_name_no_correction() -> None:
    assert "corrected" not in explanation_text(Explanation("T-2", (answered("model.confident"),), (), {}), {})
