"""What the service says of itself over HTTP."""

import json

from tests.system.service import fetched
from tests.system.waiting import until
from tests.system.world import World, a_ticket


def test_a_healthy_service_is_alive_and_ready(ordinary: World) -> None:
    """Both probes answer 200 with no problems once the workers work."""
    until(lambda: fetched(f"{ordinary.http}/readyz")[0] == 200)

    assert json.loads(ordinary.page("/readyz")) == {"ok": True, "problems": {}}
    assert json.loads(ordinary.page("/livez")) == {"ok": True, "problems": {}}


def test_metrics_count_answers_and_rows(ordinary: World) -> None:
    """The metrics of all workers are on one page, and a ticket moves them."""
    ordinary.publish([a_ticket("metrics")])
    ordinary.answers_to(["metrics"])
    page = until(lambda: page if 'table="categorization_store"' in (page := ordinary.page("/metrics")) else "")

    assert "ticketstream_answers_total{" in page
    assert "ticketstream_transaction_seconds_count" in page
    assert "ticketstream_breaker_open 0.0" in page
