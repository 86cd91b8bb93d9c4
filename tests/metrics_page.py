"""docs/METRICS.md from the catalogue: `python -m tests.metrics_page --write` writes the page."""

import sys
from collections.abc import Iterator
from pathlib import Path

from consumer.monitoring.catalogue import CATALOGUE, MetricInfo

PAGE = Path(__file__).parents[1] / "docs" / "METRICS.md"
_HEAD = """\
# Metrics

`/metrics` of `ticketstream run` shows these, in the text format of Prometheus; the values of all workers are one.
This page is made from `consumer/monitoring/catalogue.py` by `python -m tests.metrics_page --write`. What to look at
when, and which alerts there are, is in [OPERATING.md](OPERATING.md).

- A counter and a histogram only grow, also over the death of a worker; they begin at 0 when `ticketstream run` starts.
- A gauge is of workers that run now. Of several workers it is the sum or the highest value, as its row says.
- A worker's values are there until the worker's process ends. A series with labels appears when something was counted.
- Behind a label stand its values, where it has no others.
- A histogram `NAME` has `NAME_bucket` with the label `le`, `NAME_sum` and `NAME_count`.
"""
_TITLES = {
    "categorizer": "Categorizer",
    "sink": "Sink",
    "worker": "Every worker, of both roles",
    "service": "The process of `ticketstream run`",
    "learner": "Learner",
}
_MERGED = {"livesum": "gauge, sum", "livemax": "gauge, highest"}


def page() -> str:
    """The whole page."""
    return "\n".join((_HEAD, *_sections()))


def _sections() -> Iterator[str]:
    for source, title in _TITLES.items():
        found = [each for each in CATALOGUE if each.source == source]
        if found:
            yield f"## {title}\n\n| metric | type | unit | labels | meaning |\n|---|---|---|---|---|"
            yield from map(_row, found)
            yield ""


def _row(each: MetricInfo) -> str:
    # What the service process tells is there once: nothing is merged.
    kind = _MERGED[each.merging] if each.kind == "gauge" and each.source not in {"service", "learner"} else each.kind
    labels = ", ".join(_label(each, label) for label in each.labels)
    return f"| `{each.name}` | {kind} | {each.unit} | {labels} | {each.meaning} |"


def _label(each: MetricInfo, label: str) -> str:
    values = each.values.get(label, ())
    return f"`{label}` ({', '.join(values)})" if values else f"`{label}`"


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())
