"""Overrides as a table, as JSON and for a spreadsheet."""

import csv
import io
import json

from msgspec import structs

from consumer.answer.override_record import Override
from ticketstream.overrides_shown import override_json, overrides_csv, overrides_table

AN_OVERRIDE = Override(
    scope="tickets",
    fingerprint="v2:" + "a" * 32,
    category="billing",
    subcategory=None,
    people=2,
    state="retired",
    reason="contradicted",
    correction_id="=1+2",
    corrected_at=1_764_500_000_000,
)


def test_json_has_every_field() -> None:
    assert json.loads(override_json(AN_OVERRIDE)) == {
        "scope": "tickets",
        "fingerprint": AN_OVERRIDE.fingerprint,
        "category": "billing",
        "subcategory": None,
        "people": 2,
        "state": "retired",
        "reason": "contradicted",
        "correction_id": "=1+2",
        "corrected_at": "2025-11-30T10:53:20Z",
    }


def test_a_spreadsheet_runs_nothing_of_it() -> None:
    """An id that a publisher chose is no formula."""
    [row] = csv.DictReader(io.StringIO(overrides_csv([AN_OVERRIDE])))

    assert (row["fingerprint"], row["people"], row["reason"]) == (AN_OVERRIDE.fingerprint, "2", "contradicted")
    assert not row["correction_id"].startswith("=")


def test_the_table_has_a_row_for_each() -> None:
    second = AN_OVERRIDE.fingerprint.replace("a", "b")
    rows = overrides_table([AN_OVERRIDE, structs.replace(AN_OVERRIDE, fingerprint=second)])

    assert AN_OVERRIDE.fingerprint in rows
    assert second in rows


def test_a_time_that_is_none_is_left_out() -> None:
    assert json.loads(override_json(structs.replace(AN_OVERRIDE, corrected_at=10**15)))["corrected_at"] is None
