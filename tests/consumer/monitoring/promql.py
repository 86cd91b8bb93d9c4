"""What queries of Prometheus name: metrics, the labels that are asked for, and by which they are summed. Pure."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from consumer.monitoring.catalogue import BY_NAME
from consumer.monitoring.metric_info import MetricInfo

# Prometheus puts them on every series that it scrapes.
SCRAPED = {"instance", "job"}
_SELECTED = re.compile(r"\b(ticketstream_[a-z0-9_]+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_SUMMED = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)\s*\(")
_PARTS = re.compile(r"_(bucket|sum|count)$")
# Of a pattern, its alternatives; others than these are no fixed values.
_ALTERNATIVES = re.compile(r"[\w|]+")


class Named(NamedTuple):
    """One metric in a query, with the labels that it is asked for and the values they are compared with."""

    metric: str
    labels: dict[str, tuple[str, ...]]


def metric_of(name: str) -> MetricInfo | None:
    """The metric of a series: that of a histogram has three endings."""
    return BY_NAME.get(name) or BY_NAME.get(_PARTS.sub("", name))


def labels_of(name: str) -> set[str]:
    """Every label that a series of this name can have."""
    found = metric_of(name)
    return SCRAPED | ({*found.labels} if found else set()) | ({"le"} if name.endswith("_bucket") else set())


def named(query: str) -> Iterator[Named]:
    """Each metric of a query. A pattern that is no list of values gives no value to compare."""
    for name, matchers in _SELECTED.findall(query):
        labels = {}
        for label, how, value in _MATCHER.findall(matchers):
            alternatives = how in {"=", "!="} or _ALTERNATIVES.fullmatch(value)
            labels[label] = tuple(value.split("|")) if alternatives else ()
        yield Named(name, labels)


def summed(query: str) -> Iterator[tuple[str, str]]:
    """Each label by which is summed, with each metric within that sum."""
    for found in _SUMMED.finditer(query):
        inner = _inside(query, found.end() - 1)
        for label in re.findall(r"\w+", found[1]):
            yield from ((label, each.metric) for each in named(inner))


def kept_labels(query: str) -> set[str]:
    """The labels that the result of a query has: those of its outermost sum, or all of its metrics'."""
    outer = re.search(r"\bby\s*\(([^)]*)\)", query)
    if outer:
        return set(re.findall(r"\w+", outer[1]))
    metrics = [labels_of(each.metric) for each in named(query)]
    return set.intersection(*metrics) if metrics else set(SCRAPED)


def _inside(query: str, opening: int) -> str:
    """What stands between a bracket and its other half."""
    depth = 0
    for place in range(opening, len(query)):
        depth += {"(": 1, ")": -1}.get(query[place], 0)
        if not depth:
            return query[opening + 1 : place]
    return query[opening + 1 :]
