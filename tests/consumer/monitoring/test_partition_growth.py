"""A topic that grows: who warns of it, and how often."""

from typing import NamedTuple

import pytest
import structlog

from consumer.monitoring.partition_growth import Counts, GrowthWatch

TOPIC = "tickets"


class Case(NamedTuple):
    """What is assigned, with the counts at that moment; and each growth that is told."""

    name: str
    assignments: list[tuple[list[int], Counts | None]]
    told: list[tuple[int, int]]


FOUR, EIGHT = Counts(4, 4), Counts(8, 4)
CASES = [
    Case("grows while it runs", [([0, 1, 2, 3], FOUR), ([4, 5, 6, 7], EIGHT), ([0], EIGHT)], [(4, 8)]),
    Case("grows twice", [([0, 1, 2, 3], FOUR), ([4, 5], Counts(6, 4)), ([6, 7], EIGHT)], [(4, 6), (6, 8)]),
    Case("grew while nobody ran", [(list(range(8)), EIGHT), ([0], EIGHT)], [(4, 8)]),
    Case("repeats have grown too", [(list(range(8)), Counts(8, 8))], []),
    Case("never grew", [([0, 1], FOUR), ([2, 3], FOUR)], []),
    Case("another worker has the first new partition", [([0, 1, 2, 3], FOUR), ([6, 7], EIGHT)], []),
    Case("no repeats are remembered", [([0], Counts(4, 0)), ([4], Counts(5, 0))], [(4, 5)]),
    Case("the broker did not answer at first", [([0, 1, 2, 3], None), ([4, 5, 6, 7], EIGHT)], [(4, 8)]),
    Case("the topic is not there", [([], Counts(0, 0))], []),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_growth_is_told_once(case: Case) -> None:
    """With both counts, and by one of the workers only."""
    counts = iter([found for _, found in case.assignments])
    watch = GrowthWatch(TOPIC, lambda: next(counts))
    with structlog.testing.capture_logs() as lines:
        for numbers, _ in case.assignments:
            watch.assigned([(TOPIC, number) for number in numbers])

    assert [(line["partitions_before"], line["partitions"]) for line in lines] == case.told
    assert all(line["event"] == "topic.grown" and "answered twice" in line["means"] for line in lines)
