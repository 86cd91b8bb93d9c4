"""The state of the service now, from its workers' metrics."""

from consumer.service.live_state import live_state
from consumer.service.worker_metrics import WorkerMetrics
from tests.support.counting import counted

WORKER = """
import sys
from consumer.monitoring import metrics
metrics.ANSWERS.labels("MODEL", "false").inc(5)
metrics.ANSWERS.labels("RULES", "true").inc(2)
metrics.DEAD_LETTERS.labels("tombstone").inc()
metrics.WINDOW.set(3)
metrics.WAITING.set(2)
metrics.BREAKER.set(int(sys.argv[1]))
metrics.LAG.labels("ticket-created").set(40)
metrics.LAG.labels(sys.argv[2]).set(1)
"""


def test_all_workers_are_put_together() -> None:
    """Counts and lags add up; one open breaker is open."""
    metrics = WorkerMetrics()
    for breaker, topic in (("0", "ticket-recategorize"), ("1", "ticket-categorized")):
        counted(metrics, WORKER, breaker, topic)
    live = live_state(metrics.collect(), {"categorizer-0": ""})

    assert live.lag == {"ticket-created": 80, "ticket-recategorize": 1, "ticket-categorized": 1}
    assert (live.answered, live.dead, live.in_flight, live.waiting) == (14, 2, 6, 4)
    assert (live.breaker_open, live.stopped) == (True, False)
    assert live.workers == {"categorizer-0": ""}


def test_a_service_that_has_counted_nothing_yet_is_quiet() -> None:
    """Nothing is wrong with it and nothing is known."""
    live = live_state(WorkerMetrics().collect(), {})

    assert live == ({}, {}, False, False, 0, 0, 0, 0)
