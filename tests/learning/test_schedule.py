"""When to learn again."""

import datetime as dt

import pytest

from learning.schedule import AFTER_A_FAILURE, Past, Plan, why_now
from tests.learning.judged import NOON

DAY = dt.timedelta(days=1)
PLAN = Plan(DAY, 200)
SECOND = dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("plan", "past", "judgements", "after", "why"),
    [
        (PLAN, None, 0, SECOND, None),
        (PLAN, None, 1, SECOND, "nothing was learned yet"),
        (PLAN, Past(NOON, 50), 249, DAY - SECOND, None),
        (PLAN, Past(NOON, 50), 250, SECOND, "200 new judgements"),
        (PLAN, Past(NOON, 50), 51, DAY, "1 new judgements since 2026-11-22 12:00 UTC"),
        (PLAN, Past(NOON, 50), 50, 9 * DAY, None),
        (PLAN, Past(NOON, 50), 40, 9 * DAY, None),
        (Plan(None, 200), Past(NOON, 50), 249, 9 * DAY, None),
        (Plan(DAY, None), Past(NOON, 50), 5000, DAY - SECOND, None),
        (PLAN, Past(NOON, 50, failed=True), 50, AFTER_A_FAILURE - SECOND, None),
        (PLAN, Past(NOON, 50, failed=True), 50, AFTER_A_FAILURE, "the last round failed"),
    ],
    ids=[
        "nothing judged",
        "the first",
        "too few and too soon",
        "enough",
        "time is up",
        "nothing new",
        "some were forgotten",
        "never by time",
        "never by number",
        "just failed",
        "failed a while ago",
    ],
)
def test_a_round_is_due(plan: Plan, past: Past | None, judgements: int, after: dt.timedelta, why: str | None) -> None:
    """After enough new judgements, or after a while with any; soon after a failure."""
    assert why_now(plan, past, judgements, NOON + after, has_champion=True) == why


def test_a_folder_without_a_champion_gets_one_at_once() -> None:
    """So that there is something to serve, whether or not anybody judged."""
    assert why_now(PLAN, None, 0, NOON, has_champion=False) == "there is no champion yet"
