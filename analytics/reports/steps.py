"""Answers counted by steps of their confidence: what thresholds are chosen from."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read
from analytics.reports.question import Question

# The confidences at which steps begin, as in the migrations. `step` 1 is the first.
STEPS: Final = (
    *(0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95),
    *(0.96, 0.97, 0.98, 0.99, 0.995),
)


class Step(NamedTuple):
    """Answers of one category, source and decision whose confidence reaches one step and not the next.

    Attributes:
        category: in labels in use today.
        by_rules: whether the rules answered; else the model or its cache.
        decision: AUTO, SUGGEST, REVIEW.
        step: number in STEPS, from 1 on.
        n: answers.
        reviewed: how many a person judged.
        confirmed: how many of those were right.
        audited: how many were drawn at random and judged.
        audit_confirmed: how many of those were right.
    """

    category: str
    by_rules: bool
    decision: str
    step: int
    n: int
    reviewed: int
    confirmed: int
    audited: int
    audit_confirmed: int


def steps(client: Client, question: Question) -> tuple[Step, ...]:
    """Count a question's answers, always at the level of the category."""
    with ThreadPoolExecutor() as threads:
        asked = [
            threads.submit(client.rows, read(name), question.parameters())
            for name in ("unjudged_steps", "judged_steps")
        ]
    unjudged, judged = ({_key(row): row for row in rows.result()} for rows in asked)
    found = (_step(key, unjudged.get(key, {}), judged.get(key, {})) for key in sorted(unjudged.keys() | judged.keys()))
    return tuple(step for step in found if step.n or step.audited)


def unjudged(client: Client, question: Question) -> tuple[Step, ...]:
    """Count only the answers that nobody judged."""
    return tuple(_step(_key(row), row, {}) for row in client.rows(read("unjudged_steps"), question.parameters()))


def _key(row: Mapping[str, Any]) -> tuple[str, bool, str, int]:
    return row["category"], bool(row["by_rules"]), row["decision"], row["step"]


def _step(key: tuple[str, bool, str, int], unjudged: Mapping[str, int], judged: Mapping[str, int]) -> Step:
    """Add judged and unjudged answers, which are counted by two queries."""
    reviewed, confirmed, audited, right = (
        judged.get(name, 0) for name in ("reviewed", "confirmed", "audited", "audit_confirmed")
    )
    return Step(*key, unjudged.get("n", 0) + reviewed, reviewed, confirmed, audited, right)
