"""Every metric is in the catalogue, follows the rules of names, and is documented."""

import re

import pytest

from consumer.monitoring import metrics
from consumer.monitoring.catalogue import CATALOGUE, MetricInfo
from tests.metrics_page import PAGE, page

IN_WORKERS = {"categorizer", "sink", "worker"}
# https://prometheus.io/docs/practices/naming/ and the reserved endings of OpenMetrics.
BASE_UNITS = {"seconds": "_seconds", "ratio": "_ratio", "bytes": "_bytes"}


@pytest.mark.parametrize("each", CATALOGUE, ids=lambda each: each.name)
def test_a_name_says_kind_and_unit(each: MetricInfo) -> None:
    """Counters end with `_total`, and others do not; a base unit stands in the name."""
    stem = each.name.removesuffix("_total")

    assert re.fullmatch(r"ticketstream_[a-z]+(_[a-z0-9]+)*", each.name)
    assert each.name.endswith("_total") == (each.kind == "counter")
    assert not stem.endswith(("_bucket", "_count", "_sum", "_created"))
    assert stem.endswith(BASE_UNITS.get(each.unit, ""))
    assert "le" not in each.labels
    assert each.meaning.endswith(".")
    assert bool(each.bounds) == (each.kind == "histogram")
    assert each.bounds == tuple(sorted(set(each.bounds)))


def test_names_are_there_once() -> None:
    """Two entries of one name would be one metric."""
    assert len({each.name for each in CATALOGUE}) == len(CATALOGUE)


def test_workers_make_what_the_catalogue_has() -> None:
    """Each metric of workers, with its kind, help and labels, and none beside them."""
    made = {}
    for metric in vars(metrics).values():
        if hasattr(metric, "describe") and not isinstance(metric, type):
            [family] = metric.describe()
            name = f"{family.name}_total" if family.type == "counter" else family.name
            made[name] = (family.type, family.documentation, vars(metric)["_labelnames"])

    assert made == {
        each.name: (each.kind, each.meaning, each.labels) for each in CATALOGUE if each.source in IN_WORKERS
    }


def test_the_page_is_that_of_the_catalogue() -> None:
    """docs/METRICS.md is generated."""
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.metrics_page --write"
