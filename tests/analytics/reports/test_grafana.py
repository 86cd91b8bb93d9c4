"""Every query of the dashboard runs against the views and shows what is stored."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest

from analytics.clickhouse.client import Client
from analytics.store.rollups import roll_up
from analytics.store.row_writer import RowWriter
from tests.support.stored_events import NOON_MS, categorized, corrected, operation

_FOLDER = Path(__file__).parents[3] / "deploy" / "grafana"
_DASHBOARD = json.loads((_FOLDER / "dashboards" / "ticketstream.json").read_text(encoding="utf-8"))
_PANELS: list[dict[str, Any]] = _DASHBOARD["panels"]
# What is chosen of each variable, as Grafana writes it into a query.
_CHOSEN = {"category": ["billing", "account"], "channel": ["email", "none"]}
_FROM_S, _TO_S = NOON_MS // 1000 - 600, NOON_MS // 1000 + 600


def _expanded(sql: str) -> str:
    """The query as Grafana's plugin sends it (grafana/clickhouse-datasource, pkg/macros/macros.go)."""
    first, last = f"toDateTime({_FROM_S})", f"toDateTime({_TO_S})"
    sql = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 >= {first} AND \1 <= {last}", sql)
    sql = re.sub(r"\$__timeInterval\((\w+)\)", r"toStartOfInterval(toDateTime(\1), INTERVAL 60 second)", sql)
    for name, values in _CHOSEN.items():
        sql = sql.replace(f"${{{name}:singlequote}}", ",".join(f"'{value}'" for value in values))
    return sql.replace("$__fromTime", first).replace("$__toTime", last)


@pytest.fixture
def stored(client: Client) -> Client:
    """Answers, a correction, calls and a breaker around noon; a part of them is rolled up."""
    RowWriter(client).write([*(categorized(f"T-{n}", n, attempts=2) for n in range(10)), corrected("T-1", "account")])
    assert sum(roll_up(client, settle_s=0)) > 0
    RowWriter(client).write(
        [operation(attempts=3, outcome="timeout"), operation("model", 1, kind="BREAKER", outcome="open", attempts=5)]
    )
    return client


def test_every_query_of_the_dashboard(stored: Client) -> None:
    """Each panel shows rows; a series begins with an aware time."""
    shown = {}
    for panel in _PANELS:
        (target,) = panel["targets"]
        sql = _expanded(target["rawSql"])
        assert "$" not in sql, panel["title"]
        rows = stored.rows(sql)
        assert rows, panel["title"]
        if panel["type"] == "timeseries":
            time = rows[0]["time"]
            assert isinstance(time, dt.datetime)
            assert abs(time.timestamp() - NOON_MS / 1000) < (86_400 if panel["title"].endswith("by day") else 120)
        shown[panel["title"]] = rows

    assert {"time", "tickets", "without_model"} == set(shown["Tickets a minute"][0])
    assert [(row["method"], row["answers"]) for row in shown["How tickets were answered"]] == [("MODEL", 10)]
    calls = {row["operation"]: row["calls"] for row in shown["P50, P95 and P99 over the whole window"]}
    assert (calls["end_to_end"], calls["model_call"]) == (10, 1)
    assert shown["What people said"][0]["label_state"] == "corrected"
    assert shown["Cost of calls to the model"][0]["spent"] == 6e-05
    assert shown["Changes of circuit breakers"][0]["state"] == "open"
    (retries,) = shown["Retries and failures of calls to the model"]
    assert (retries["retries"], retries["failures"]) == (2, 1)
    assert [(row["category"], row["answers"]) for row in shown["Categories of tickets"]] == [("billing", 10)]
    assert [(row["decision"], row["answers"]) for row in shown["What the answers decided"]] == [("AUTO", 10)]
    (accuracy,) = shown["Accuracy by category"]
    assert (accuracy["category"], accuracy["judged"], accuracy["judged_right"]) == ("billing", 1, 0.0)
    assert (accuracy["audited"], accuracy["audited_right"]) == (0, None)


def test_every_variable_offers_what_is_stored(stored: Client) -> None:
    """The choices begin as all of them, and times are those of the browser."""
    variables = {each["name"]: each for each in _DASHBOARD["templating"]["list"]}
    offered = {name: {*stored.rows(each["query"])[0].values()} for name, each in variables.items()}

    assert variables.keys() == _CHOSEN.keys()
    assert all(offered[name] <= {*_CHOSEN[name]} for name in offered)
    assert _DASHBOARD["timezone"] == "browser"


def test_the_dashboard_asks_the_datasource_that_is_provisioned() -> None:
    """The names in the dashboard are those of the provisioning."""
    provisioned = (_FOLDER / "provisioning" / "datasources" / "clickhouse.yaml").read_text(encoding="utf-8")

    assert len({panel["id"] for panel in _PANELS}) == len(_PANELS)
    for panel in _PANELS:
        assert f"uid: {panel['datasource']['uid']}\n" in provisioned
        assert f"type: {panel['datasource']['type']}\n" in provisioned
