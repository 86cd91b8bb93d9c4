"""The line that tells what a minute's work was."""

from collections.abc import MutableMapping, Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from consumer.service.minute_summary import MinuteSummary
from consumer.service.worker_metrics import WorkerMetrics
from tests.support.counting import counted
from tests.support.waiting import until

WORKER = """
from consumer.monitoring import metrics
metrics.ANSWERS.labels("MODEL", "false").inc(5)
metrics.ANSWERS.labels("RULES", "true").inc(2)
metrics.DEAD_LETTERS.labels("unreadable").inc(1)
metrics.SINK_ROWS.labels("tickets").inc(7)
metrics.REPEATS.inc(3)
metrics.PROGRESS.labels("categorizer-0").set(5)
"""
IDLE = """
from consumer.monitoring import metrics
metrics.ANSWERS.labels("MODEL", "false").inc(0)
metrics.PROGRESS.labels("categorizer-0").set(6)
"""
DONE = {
    "answers": {"MODEL": 5, "RULES": 2},
    "provisional": 2,
    "repeats": 3,
    "dead_letters": {"unreadable": 1},
    "rows": {"tickets": 7},
}


@pytest.fixture(scope="module")
def metrics() -> WorkerMetrics:
    metrics = WorkerMetrics()
    counted(metrics, WORKER)
    return metrics


def _told(lines: Sequence[MutableMapping[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in line.items() if key != "period_s"} for line in lines]


LINE = {"event": "service.summary", "log_level": "info", **DONE}


def test_a_minute_without_work_is_silent() -> None:
    """Workers that go round, and a death, are no work; work after the silence is told as the difference."""
    metrics = WorkerMetrics()
    summaries = MinuteSummary(metrics.collect)
    with capture_logs() as lines:
        summaries.tell(1.0)
        pid = counted(metrics, WORKER)
        summaries.tell(2.0)
        metrics.forget(pid)
        counted(metrics, IDLE)
        summaries.tell(3.0)
        counted(metrics, WORKER)
        summaries.tell(5.5)

    assert _told(lines) == [LINE, LINE]
    assert [line["period_s"] for line in lines] == [1.0, 2.5]


def test_a_summary_comes_by_itself_and_the_rest_at_the_end(metrics: WorkerMetrics) -> None:
    """From a thread; a service that runs for less than a minute says what it did when it stops."""
    with capture_logs() as early:
        often = MinuteSummary(metrics.collect, every_s=0.01)
        often.start()
        until(lambda: early)
        often.close()
    with capture_logs() as late:
        summaries = MinuteSummary(metrics.collect)
        summaries.start()
        summaries.close()

    assert _told(early) == _told(late) == [LINE]
