"""When the gate has its judgements."""

import pytest

from learning.outlook import Rates, days_until, share_for

# 1,000 tickets a day, 2 % drawn, all judged, half of them for the gate: 10 a day.
RATES = Rates(1000, 0.02, 1.0, 0.5)


def test_the_missing_judgements_come_at_the_rate_of_the_audit() -> None:
    """300 at 10 a day are 30 days; three times the share brings them in ten."""
    assert days_until(300, RATES) == 30
    assert days_until(0, RATES) == 0
    assert share_for(300, 10, RATES) == pytest.approx(0.06)
    assert days_until(300, RATES._replace(audit_share=share_for(300, 10, RATES) or 0)) == pytest.approx(10)


@pytest.mark.parametrize(
    "nothing", [RATES._replace(tickets_per_day=0), RATES._replace(audit_share=0), RATES._replace(judged_share=0)]
)
def test_where_nothing_is_judged_there_is_no_day(nothing: Rates) -> None:
    """None, and no division by zero."""
    assert days_until(1, nothing) is None


def test_what_even_a_full_audit_does_not_bring_has_no_share() -> None:
    """And a share is rounded up, so that it is enough."""
    assert share_for(5001, 10, RATES) is None
    assert share_for(5000, 10, RATES) == 1.0
    assert share_for(301, 10, RATES) == pytest.approx(0.061)
