"""Rules, their trials and the operators' dashboard name labels, and values of labels, that metrics have."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest
import yaml

from consumer.categorizer.observer import STAGES_OF_A_TICKET
from consumer.guards.breaker_state import BreakerState
from consumer.kafka.transactions import Outcome
from consumer.monitoring import label_values
from consumer.monitoring.catalogue import CATALOGUE
from consumer.monitoring.degradation import Kind
from consumer.service.part_states import PARTS
from consumer.sink.observer import LABELS
from schemas.errors import Reason
from schemas.events import Method, ModelOutcome
from tests.consumer.monitoring.promql import kept_labels, labels_of, metric_of, named, summed

DEPLOY = Path(__file__).parents[3] / "deploy"


class Query(NamedTuple):
    """A query; what is written around its result; where it stands."""

    text: str
    around: str
    place: str


def rules() -> Iterator[Query]:
    """The alerts, with their annotations."""
    document = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
    for rule in (each for group in document["groups"] for each in group["rules"]):
        yield Query(rule["expr"], " ".join(rule["annotations"].values()), rule["alert"])


def panels() -> Iterator[Query]:
    """The dashboard's panels, with their legends, and the queries of its variables."""
    document: dict[str, Any] = json.loads((DEPLOY / "grafana" / "dashboards" / "operators.json").read_text("utf-8"))
    for panel in document["panels"]:
        for target in panel.get("targets", ()):
            yield Query(target["expr"], target["legendFormat"], panel["title"])


def variables() -> Iterator[tuple[str, str]]:
    """Each label of which a variable offers the values, and the metric that it is looked up in."""
    document = json.loads((DEPLOY / "grafana" / "dashboards" / "operators.json").read_text("utf-8"))
    for each in document["templating"]["list"]:
        query = each["query"] if isinstance(each["query"], str) else each["query"]["query"]
        yield from ((label, metric) for metric, label in re.findall(r"label_values\((\w+)\S*,\s*(\w+)\)", query))


def trials() -> Iterator[Query]:
    """The series of promtool's tests."""
    document = yaml.safe_load((DEPLOY / "prometheus" / "alerts_test.yml").read_text(encoding="utf-8"))
    for test in document["tests"]:
        yield from (Query(each["series"], "", test["name"]) for each in test["input_series"])


QUERIES = [*rules(), *panels(), *trials()]


def test_every_label_that_is_asked_for_is_one_of_the_metric() -> None:
    """A label that is not there would choose nothing, or everything, and nobody would see that."""
    wrong = [
        (query.place, each.metric, label)
        for query in QUERIES
        for each in named(query.text)
        for label in each.labels.keys() - labels_of(each.metric)
    ]

    assert len(QUERIES) > 100
    assert wrong == []


def test_every_value_that_is_asked_for_can_come() -> None:
    """Where the values of a label are fixed, only these are compared with."""
    wrong = [
        (query.place, each.metric, label, value)
        for query in QUERIES
        for each in named(query.text)
        for label, values in each.labels.items()
        for value in values
        if (found := metric_of(each.metric)) and label in found.values and value not in found.values[label]
    ]

    assert wrong == []


def test_sums_are_by_labels_that_their_metrics_have() -> None:
    """A sum by a label that is not there is one sum of all."""
    wrong = [
        (query.place, metric, label)
        for query in QUERIES
        for label, metric in summed(query.text)
        if label not in labels_of(metric)
    ]

    assert wrong == []


def test_what_is_written_around_a_result_is_in_the_result() -> None:
    """Annotations and legends name labels that the query keeps."""
    wrong = [
        (query.place, label)
        for query in QUERIES
        for label in re.findall(r"\$labels\.(\w+)|\{\{(\w+)\}\}", query.around)
        if {*label} - {""} - kept_labels(query.text)
    ]

    assert wrong == []


def test_variables_offer_labels_of_their_metrics() -> None:
    """Grafana looks their choices up in a metric that has the label."""
    found = [*variables()]

    assert len(found) >= 3
    assert [(metric, label) for label, metric in found if label not in labels_of(metric)] == []


def test_fixed_values_are_of_labels_of_the_metric() -> None:
    """A misspelt label would let every value pass."""
    assert [each.name for each in CATALOGUE if not each.values.keys() <= {*each.labels}] == []


@pytest.mark.parametrize(
    ("told", "known"),
    [
        (label_values.METHODS, {*get_args(Method)} - {"UNKNOWN"}),
        (label_values.REASONS, {*get_args(Reason), "crash_loop"}),
        (label_values.STAGES, {*STAGES_OF_A_TICKET, "insert"}),
        (label_values.CALL_OUTCOMES, {*get_args(ModelOutcome)} - {"not_asked"}),
        (label_values.BREAKER_STATES, {*BreakerState}),
        (label_values.TRANSACTION_OUTCOMES, {each.name.lower() for each in Outcome}),
        (label_values.ALERTS, {*Kind}),
        (label_values.TABLES, {*LABELS.values()}),
        (label_values.PARTS, {*PARTS}),
    ],
    ids=("methods", "reasons", "stages", "calls", "breaker", "transactions", "alerts", "tables", "parts"),
)
def test_fixed_values_are_those_that_the_code_knows(told: tuple[str, ...], known: set[str]) -> None:
    """A new kind of alert, say, has to come into the catalogue, and so into the docs."""
    assert {*told} == known
    assert len(told) == len(known)
