"""When the gate has its judgements: arithmetic that the page and the gate share."""

import pytest

from analytics.reports.outlook import Rates, days_until, missing_tickets, share_for

# 5,000 tickets a day, 2 % drawn, half of those judged, half of these for the gate: 25 a day.
RATES = Rates(tickets_per_day=5000, audit_share=0.02, judged_share=0.5, gate_share=0.5)


@pytest.mark.parametrize(
    ("judged", "since_last", "missing"),
    [(0, 0, 300), (299, 299, 1), (300, 300, 0), (300, 99, 1), (250, 20, 80), (900, 0, 100), (900, 400, 0)],
)
def test_whichever_lacks_more_is_missing(judged: int, since_last: int, missing: int) -> None:
    """A comparison needs 300 tickets, and 100 that the last one did not have."""
    assert missing_tickets(judged, since_last) == missing


def test_the_judgements_come_at_the_rate_of_tickets() -> None:
    """Nothing is missing at once; where nothing comes, there is no day."""
    assert days_until(75, RATES) == 3.0
    assert days_until(0, RATES) == 0.0
    assert days_until(1, RATES._replace(judged_share=0.0)) is None


def test_the_share_that_is_needed_gives_what_is_missing() -> None:
    """As it would be written into the setting: rounded up, so that it is enough."""
    wanted = share_for(77, 3, RATES)

    assert wanted == pytest.approx(0.021)
    assert 0 < (days_until(77, RATES._replace(audit_share=wanted or 0.0)) or 9) <= 3
    assert share_for(0, 3, RATES) == 0.0
    assert share_for(100_000, 3, RATES) is None
    assert share_for(1, 3, RATES._replace(tickets_per_day=0)) is None
