"""Rules, dashboard and docs for operators name metrics that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from consumer.monitoring.catalogue import BY_NAME

ROOT = Path(__file__).parents[3]
_METRIC = re.compile(r"\bticketstream_[a-z0-9_]+")
# Of a histogram Prometheus shows these.
_PARTS = re.compile(r"_(bucket|sum|count)$")
RULES, TRIALS, DASHBOARD = (
    "prometheus/alerts.yml",
    "prometheus/alerts_test.yml",
    "grafana/dashboards/operators.json",
)


def section(name: str) -> str:
    """A section of docs/OPERATING.md."""
    text = (ROOT / "docs" / "OPERATING.md").read_text(encoding="utf-8")
    [found] = re.findall(rf"^## {name}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return str(found)


def deployed(file: str) -> str:
    return (ROOT / "deploy" / file).read_text(encoding="utf-8")


def named() -> Iterator[tuple[str, str]]:
    """Each metric that is named, with where."""
    texts = {file: deployed(file) for file in (RULES, TRIALS, DASHBOARD)}
    texts |= {f"OPERATING.md, {name}": section(name) for name in ("Metrics", "Alerts")}
    for where, text in texts.items():
        yield from ((name, where) for name in _METRIC.findall(text))


def test_every_metric_that_is_named_is_in_the_catalogue() -> None:
    """A rule about a metric that is not there would never fire, and nobody would see that."""
    known = BY_NAME.keys()
    unknown = {(name, where) for name, where in named() if not {name, _PARTS.sub("", name)} & known}

    assert unknown == set()


def test_the_table_of_alerts_says_when_they_fire() -> None:
    """Its second column is the time for which the cause of an alert has to last, where the rule has one."""
    rules = [each for group in yaml.safe_load(deployed(RULES))["groups"] for each in group["rules"]]
    units = {"m": "min", "h": "h"}
    lasting = {each["alert"]: f"{each['for'][:-1]} {units[each['for'][-1]]}" for each in rules if "for" in each}
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section("Alerts"), re.MULTILINE))

    assert {alert: told[alert] for alert in lasting} == lasting
    assert {after for alert, after in told.items() if alert not in lasting and re.fullmatch(r"\d+ min", after)} == set()


def test_every_alert_is_explained_and_tried() -> None:
    """Each has a row in docs/OPERATING.md, and fires in one of promtool's tests."""
    alerts = re.findall(r"- alert: (\w+)", deployed(RULES))
    explained = re.findall(r"^\| `(\w+)` \|", section("Alerts"), re.MULTILINE)
    tried = re.findall(r'alertname="(\w+)"|alertname: (\w+)', deployed(TRIALS))

    assert len(set(alerts)) == len(alerts)
    assert explained == alerts
    assert {first or second for first, second in tried} == set(alerts)
