"""The history of a ticket: every answer with its reasons, and every correction."""

from typing import Any, NamedTuple

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read

# The stages of an answer in the order they run.
STAGES = ("decode", "lookup", "queue", "model", "rules", "wait", "total")


class Explanation(NamedTuple):
    """The history of one ticket.

    Attributes:
        ticket_id: of the ticket.
        answers: the fields of every answer, in the order they count; `timings_ms` holds the stages that ran.
        corrections: the corrections in the order they count, each with the answer that it judged.
    """

    ticket_id: str
    answers: tuple[dict[str, Any], ...]
    corrections: tuple[dict[str, Any], ...]


def explain(client: Client, ticket_id: str) -> Explanation:
    """Collect what is stored of a ticket. Both parts are empty for an unknown ticket.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    asked = {"ticket_id": ticket_id}
    answers = tuple(_readable(row) for row in client.rows(read("explain_answers"), asked))
    return Explanation(ticket_id, answers, tuple(client.rows(read("explain_corrections"), asked)))


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    durations_us = {stage: row.pop(f"{stage}_us") for stage in STAGES}
    del row["source_timestamp_ms"]
    return row | {"timings_ms": {stage: us / 1000 for stage, us in durations_us.items() if us}}
