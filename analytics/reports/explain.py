"""The history of a ticket: every answer with its reasons, every correction, and corrections that answered it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read

# The stages of an answer in the order they run.
STAGES = ("decode", "lookup", "queue", "model", "rules", "wait", "total")
# Stands in an answer's explanation before the event_id of the correction that it follows.
CORRECTION_PREFIX = "override:"


class Explanation(NamedTuple):
    """The history of one ticket.

    Attributes:
        ticket_id: of the ticket.
        answers: the fields of every answer, in the order they count; `timings_ms` holds the stages that ran.
        corrections: the corrections in the order they count, each with the answer that it judged.
        overrides: the corrections of equal texts that answers name, as far as they are stored; by event_id.
    """

    ticket_id: str
    answers: tuple[dict[str, Any], ...]
    corrections: tuple[dict[str, Any], ...]
    overrides: dict[str, dict[str, Any]]


def explain(client: Client, ticket_id: str) -> Explanation:
    """Collect what is stored of a ticket. Both parts are empty for an unknown ticket.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    asked = {"ticket_id": ticket_id}
    answers = tuple(_readable(row) for row in client.rows(read("explain_answers"), asked))
    corrections = tuple(client.rows(read("explain_corrections"), asked))
    return Explanation(ticket_id, answers, corrections, _overrides(client, answers))


def correction_of(answer: dict[str, Any]) -> str | None:
    """The event_id of the correction that an answer follows; None where it follows none."""
    named = (code for code in answer["explanation"] if code.startswith(CORRECTION_PREFIX))
    return next((code.removeprefix(CORRECTION_PREFIX) for code in named), None)


def _overrides(client: Client, answers: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    named = sorted({found for answer in answers if (found := correction_of(answer)) is not None})
    rows = client.rows(read("explain_overrides"), {"corrections": named}) if named else []
    return {row["event_id"]: row for row in rows}


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    durations_us = {stage: row.pop(f"{stage}_us") for stage in STAGES}
    del row["source_timestamp_ms"]
    return row | {"timings_ms": {stage: us / 1000 for stage, us in durations_us.items() if us}}
