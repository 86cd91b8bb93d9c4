"""The line that tells what a minute's work was."""

import pytest
from structlog.testing import capture_logs

from consumer.service.minute_summary import NOTHING, MinuteSummary, figures, summary
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


def test_a_summary_tells_what_was_done_since_the_last(metrics: WorkerMetrics) -> None:
    """The difference, not the sum since the start."""
    first = figures(metrics.collect())
    counted(metrics, WORKER)

    assert summary(NOTHING, first) == DONE
    assert summary(first, figures(metrics.collect())) == DONE


def test_a_minute_without_work_is_silent() -> None:
    """Workers that go round, and a death, are no work; work after the silence is told."""
    metrics = WorkerMetrics()
    pid = counted(metrics, WORKER)
    with capture_logs() as lines:
        summaries = MinuteSummary(metrics.collect, every_s=0.01)
        summaries.start()
        until(lambda: lines)
        metrics.forget(pid)
        counted(metrics, IDLE)
        counted(metrics, WORKER)
        until(lambda: len(lines) > 1)
        summaries.close()

    told = [{key: value for key, value in line.items() if key != "period_s"} for line in lines]
    assert told == [{"event": "service.summary", "log_level": "info", **DONE}] * 2


def test_the_last_part_of_a_minute_is_told_at_the_end(metrics: WorkerMetrics) -> None:
    """A service that runs for less than a minute says what it did."""
    with capture_logs() as lines:
        summaries = MinuteSummary(metrics.collect)
        summaries.start()
        summaries.close()

    assert [line["event"] for line in lines] == ["service.summary"]
