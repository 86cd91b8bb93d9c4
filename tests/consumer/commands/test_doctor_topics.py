"""What doctor says of topics as a cluster describes them."""

from typing import NamedTuple

import pytest

from consumer.commands.doctor_topics import judged
from consumer.config.settings import settings_of
from consumer.kafka.asking import TopicState

WELL = {"cleanup.policy": "delete", "max.message.bytes": "1048588", "min.insync.replicas": "1"}
COMPACT = {**WELL, "cleanup.policy": "compact"}


class Case(NamedTuple):
    """A topic and what is found; nothing where `says` is empty."""

    topic: str
    properties: dict[str, str]
    state: str = ""
    says: str = ""
    replicas: int = 1


CASES = [
    Case("created", WELL),
    Case("repeats", COMPACT),
    Case("marks", {**COMPACT, "cleanup.policy": "delete"}, "failed", "not compacted"),
    Case("repeats", {**COMPACT, "cleanup.policy": "compact,delete"}, "warning", "compact alone"),
    Case("categorized", COMPACT, "failed", "set its cleanup.policy to delete"),
    Case("dead_letter", {**WELL, "max.message.bytes": "262144"}, "failed", "raise its max.message.bytes to 278528"),
    Case("audit", {**WELL, "max.message.bytes": "262144"}, "warning", "KAFKA_PRODUCER_BATCH_SIZE=262144"),
    Case("alerts", {**WELL, "max.message.bytes": "1000"}, "failed", "takes no more than 1000 bytes"),
    Case("created", {**WELL, "min.insync.replicas": "2"}, "failed", "wants 2 replicas in sync and has 1"),
    Case("created", WELL, "warning", "set its min.insync.replicas to 2", replicas=3),
    Case(
        "created",
        {**WELL, "min.insync.replicas": "2", "unclean.leader.election.enable": "true"},
        "warning",
        "unclean.leader.election.enable to false",
        replicas=3,
    ),
    Case("created", {**WELL, "retention.ms": "1000"}, "warning", "raise its retention.ms"),
    Case("created", {**WELL, "retention.ms": "-1"}),
    Case("overrides", COMPACT),
    Case("overrides", {**COMPACT, "cleanup.policy": "delete"}, "failed", "is not compacted"),
    Case("categorized", {**WELL, "retention.ms": "604800000"}, "warning", "keeps records for 7.0 days"),
    Case("categorized", {**WELL, "retention.ms": "2592000000"}),
    # A cluster that tells nothing.
    Case("created", {}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic}: {case.says or 'well'}")
def test_each_property_that_would_end_or_hurt_the_service(case: Case) -> None:
    """One finding, with the topic and what to set."""
    settings = settings_of({"RETENTION_DAYS": "30"})
    name = getattr(settings.topics, case.topic)
    found = list(judged(settings, name, TopicState(case.properties, case.replicas)))

    assert [finding.state for finding in found] == ([case.state] if case.state else [])
    assert all(case.says in finding.detail and name in finding.detail for finding in found)
