"""Everything that was measured, by streams."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from benchmarks.learning.again import Line
from benchmarks.learning.packs import Source
from benchmarks.learning.rounds import Grown

Models = Mapping[str, Line]
"""The models of one stream, by their names."""
Streams = Mapping[int, Models]
"""The streams of one set, by their seeds."""


class Measured(NamedTuple):
    """Everything that was measured, by the names of the sources."""

    sources: Mapping[str, Source]
    streams: Mapping[str, Streams]
    grown: Sequence[Grown]


def by_stream(lines: Sequence[Line]) -> dict[str, dict[int, dict[str, Line]]]:
    """By set, seed and model."""
    found: dict[str, dict[int, dict[str, Line]]] = {}
    for line in lines:
        found.setdefault(line.pack, {}).setdefault(line.seed, {})[line.model] = line
    return found


def having(streams: Streams, *models: str) -> dict[int, Models]:
    """The streams that have all of these models."""
    return {seed: of for seed, of in streams.items() if set(models) <= of.keys()}


def gains(streams: Streams, before: str, after: str) -> list[float]:
    """By how much the accuracy of one model is above the other's, in each stream that has both; -1 to 1."""
    return [of[after].rights.accuracy - of[before].rights.accuracy for of in having(streams, before, after).values()]
