"""What the service says of itself over HTTP."""

import json
import re
from typing import Any

import pytest

from tests.support.service import fetched
from tests.support.waiting import until
from tests.support.world import World, a_ticket

pytestmark = pytest.mark.long
# Each is counted in another place.
SHOWN = (
    'ticketstream_stage_seconds_count{stage="end_to_end"}',
    'ticketstream_stage_seconds_count{stage="insert"}',
    'ticketstream_transactions_total{outcome="committed"}',
    'ticketstream_rebalances_total{event="assigned"}',
    'ticketstream_sink_delay_seconds_count{table="categorization_store"}',
    "ticketstream_transaction_records_count",
    "ticketstream_sink_batches_total",
)


def test_a_healthy_service_is_alive_and_ready(ordinary: World) -> None:
    """Both probes answer 200 with no problems once the workers work."""
    until(lambda: fetched(f"{ordinary.http}/readyz")[0] == 200)
    # A group that is new has not settled yet, which keeps nobody from being ready.
    ready = until(lambda: found if _is_settled(found := json.loads(ordinary.page("/readyz"))) else {})

    assert (ready["ok"], ready["problems"]) == (True, {})
    assert set(ready["workers"].values()) == {"ok"}
    assert {name: part["state"] for name, part in ready["parts"].items()} == {
        "kafka": "ok",
        "assignment": "ok",
        "model": "ok",
        "clickhouse": "ok",
        "registry": "unused",
        "taxonomy": "ok",
    }
    assert json.loads(ordinary.page("/livez")) == {"ok": True, "problems": {}}


def _is_settled(ready: dict[str, Any]) -> bool:
    return bool(ready["parts"]["assignment"]["state"] == "ok")


def test_metrics_count_answers_and_rows(ordinary: World) -> None:
    """The metrics of all workers are on one page, and a ticket moves them."""
    ordinary.publish([a_ticket("metrics")])
    ordinary.answers_to(["metrics"])
    page = until(lambda: page if all(_counts(page := ordinary.page("/metrics"), each) for each in SHOWN) else "")

    assert "ticketstream_answers_total{" in page
    assert "ticketstream_transaction_seconds_count" in page
    assert "ticketstream_breaker_open 0.0" in page
    assert "ticketstream_build_info{" in page


def _counts(page: str, shown: str) -> bool:
    return re.search(rf"^{re.escape(shown)} [1-9]", page, re.MULTILINE) is not None


def test_the_page_shows_the_service_that_serves_it(ordinary: World) -> None:
    """Its workers, what they have not read of each topic, and a ticket as soon as it is stored."""
    ordinary.publish([a_ticket("on-the-page")])
    found = until(lambda: json.loads(ordinary.page("/api/ticket?id=on-the-page"))["answers"])
    live = json.loads(ordinary.page("/api/live"))

    assert "<title>Overview" in ordinary.page("/?lang=en")
    assert [answer["revision"] for answer in found] == [0]
    assert set(live["workers"].values()) == {""}
    assert {ordinary.topics.created, ordinary.topics.recategorize, ordinary.topics.categorized} <= set(live["lag"])
    assert until(lambda: not any(json.loads(ordinary.page("/api/live"))["lag"].values()))
