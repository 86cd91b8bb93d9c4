"""Which records a batch consists of, by topic and partition. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from schemas.position import Position


class Span(NamedTuple):
    """Records of one partition.

    Attributes:
        first: the lowest offset.
        last: the highest offset.
        records: how many they are.
    """

    first: int
    last: int
    records: int


Spans = dict[tuple[str, int], Span]


def spans(positions: Iterable[Position]) -> Spans:
    """Return the spans of records."""
    offsets: dict[tuple[str, int], list[int]] = {}
    for topic, partition, offset, _ in positions:
        offsets.setdefault((topic, partition), []).append(offset)
    return {partition: Span(min(found), max(found), len(found)) for partition, found in offsets.items()}


def in_words(found: Spans) -> str:
    """Write spans as `topic:partition:first:last:count`, joined by commas."""
    return ",".join(f"{topic}:{at}:{span.first}:{span.last}:{span.records}" for (topic, at), span in found.items())
