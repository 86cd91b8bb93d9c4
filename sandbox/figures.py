"""The figures at the end of the demo, asked of ClickHouse as an analyst would ask."""

from typing import NamedTuple

from analytics.clickhouse.client import Client

_FIGURES = """
    SELECT
        count() AS rows_in_clickhouse,
        uniqExact(ticket_id) AS categorized,
        countIf(method = 'CACHE') AS cache_hits,
        quantileExact(0.50)(total_ms) AS p50_ms,
        quantileExact(0.95)(total_ms) AS p95_ms,
        quantileExact(0.99)(total_ms) AS p99_ms
    FROM categorizations
"""
# In the demo every wrong answer is corrected, so an answer without a correction is right. Elsewhere that does not hold.
_ACCURACY = """
    SELECT
        avg(final_category = category) AS accuracy,
        avg(final_category = category AND final_subcategory IS NOT DISTINCT FROM subcategory) AS accuracy_subcategory
    FROM tickets
    WHERE language = {language:String}
"""
_CALLS = "SELECT count() AS model_calls FROM operations WHERE operation = 'model_call'"


class Figures(NamedTuple):
    """The demo's result; times in milliseconds, shares from 0 to 1."""

    published: int
    categorized: int
    dead_letters: int
    corrected: int
    accuracy: float
    accuracy_subcategory: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    rows_in_clickhouse: int
    cache_hits: int
    model_calls: int


def figures(client: Client, *, published: int, dead_letters: int, corrected: int, language: str) -> Figures:
    """Ask ClickHouse; the accuracy is that of the tickets in one language."""
    of_rows = client.rows(_FIGURES)[0]
    of_tickets = client.rows(_ACCURACY, {"language": language})[0]
    of_calls = client.rows(_CALLS)[0]
    counted = {"published": published, "dead_letters": dead_letters, "corrected": corrected}
    return Figures(**{**counted, **of_rows, **of_tickets, **of_calls})
