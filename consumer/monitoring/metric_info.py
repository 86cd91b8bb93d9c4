"""What is known of a metric beside its values. Free of any library, so that tools read it at once."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]
Source = Literal["categorizer", "sink", "worker", "service", "learner"]
Merging = Literal["livesum", "livemax"]


class MetricInfo(NamedTuple):
    """One metric.

    Attributes:
        name: as Prometheus shows it.
        kind: its type.
        unit: of its values; empty for 0 or 1, and for a gauge that only has labels.
        labels: their names.
        meaning: its help.
        source: the process that counts; `worker` is both roles, `service` the process that serves `/metrics`.
        merging: how the gauges of several workers become one.
        bounds: upper bounds of a histogram's buckets, in its unit.
        values: those that a label can have, of labels that have no other.
    """

    name: str
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    meaning: str
    source: Source
    merging: Merging = "livesum"
    bounds: tuple[float, ...] = ()
    values: Mapping[str, tuple[str, ...]] = {}
