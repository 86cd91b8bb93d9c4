"""What the service says of itself over HTTP."""

import json
from pathlib import Path

from consumer import http_server
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


def test_a_worker_that_has_just_begun_disturbs_no_probe(tmp_path: Path) -> None:
    """A file of metrics that its worker has made and not yet filled holds nothing, and is no failure."""
    (tmp_path / "gauge_livemax_1.db").touch()
    (tmp_path / "counter_1.db").touch()

    assert http_server.progress(str(tmp_path)) == []
