"""A service without a model, which writes JSON."""

import json
from collections.abc import Iterator

import pytest

from consumer.kafka.records import Record
from tests.support.world import World, a_ticket
from tests.system.conftest import Worlds


@pytest.fixture(scope="module")
def world(worlds: Worlds) -> Iterator[World]:
    made = worlds(ML_API_URL="", EVENT_FORMAT="json", AUDIT_SHARE="1")
    with made.service("--role", "categorizer"):
        yield made


@pytest.fixture(scope="module")
def record(world: World) -> Record:
    world.publish([a_ticket("R-1", "Problema con pago", "No puedo pagar mi factura")])
    with world.reader(world.topics.categorized) as reader:
        return reader.until(lambda records: records)[0]


def test_events_are_text_when_told_so(world: World, record: Record) -> None:
    """With EVENT_FORMAT=json an event is plain JSON in UTF-8, and so is its audit copy."""
    document = json.loads(record.value or b"")

    assert document["ticket_id"] == "R-1"
    assert {"topic", "partition", "offset", "timestamp"} == set(document["source"])
    assert [record.value] == [copy.value for copy in world.committed(world.topics.audit)]


def test_without_a_model_the_rules_answer_for_good(world: World, record: Record) -> None:
    """Without ML_API_URL answers come from the rules, are final, and are never automatic."""
    answer = json.loads(record.value or b"")

    assert (answer["method"], answer["provisional"], answer["model_outcome"]) == ("RULES", False, "not_asked")
    assert answer["decision"] in {"SUGGEST", "REVIEW"}
    assert answer["category"] == "billing"
    assert answer["model"] is None
    assert world.committed(world.topics.recategorize) == []
