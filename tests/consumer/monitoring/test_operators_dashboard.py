"""The operators' dashboard: its parts fit together, and it knows what Prometheus is told of."""

import json
import re
from pathlib import Path
from typing import Any

DEPLOY = Path(__file__).parents[3] / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "operators.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
SOURCE = (DEPLOY / "grafana" / "provisioning" / "datasources" / "prometheus.yaml").read_text(encoding="utf-8")


def test_its_panels_ask_the_datasource_that_is_provisioned() -> None:
    """Every panel has an id of its own, and says in words what it shows."""
    asking = [panel for panel in PANELS if panel["type"] != "row"]
    sources = [target["datasource"] for panel in asking for target in panel["targets"]]

    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert all(f"uid: {each['uid']}\n" in SOURCE and f"type: {each['type']}\n" in SOURCE for each in sources)
    assert [panel["title"] for panel in asking if not panel["description"]] == []


def test_its_panels_lie_beside_each_other() -> None:
    """None covers another, and none is wider than the page."""
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        place = panel["gridPos"]
        columns, rows = range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
        cells = {(x, y) for x in columns for y in rows}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        taken |= cells


def test_its_variables_are_those_that_the_queries_name() -> None:
    """A variable that no query takes would choose nothing; one that is not there would be sent as it is written."""
    text = json.dumps([panel.get("targets") for panel in PANELS])
    named = set(re.findall(r"\$(\w+)", text)) - {"__rate_interval"}

    assert named == {each["name"] for each in DASHBOARD["templating"]["list"]}
    assert DASHBOARD["timezone"] == "browser"
