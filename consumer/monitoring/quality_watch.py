"""Watches the answers' quality in ClickHouse. Of several sinks, the one with the answers' first partition does it."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from analytics.clickhouse.client import Client
from analytics.clickhouse.errors import AnalyticsError
from analytics.reports.quality import Worsening, accuracy_drop, confidence_drift
from consumer.monitoring.alerts import Alerts
from consumer.monitoring.degradation import WINDOW_S, Kind, Measurement, Watch

log = structlog.get_logger()

LOOK_EVERY_S = 30.0
OPERATION = "categorization"
NOTHING = Measurement(0.0, 0)

Measuring = Callable[[Client, datetime], Worsening]


class QualityWatch:
    """A thread that asks ClickHouse every 30 seconds. While ClickHouse is down it only logs a warning.

    Args:
        connect: opens a connection for this thread alone.
        alerts: receives every transition.
        is_ours: whether this process is the one that watches at the moment.
        thresholds: by kind; 0 switches a kind off.
    """

    def __init__(
        self,
        connect: Callable[[], Client],
        alerts: Alerts,
        is_ours: Callable[[], bool],
        thresholds: dict[Kind, float],
    ) -> None:
        self._connect = connect
        self._alerts = alerts
        self._is_ours = is_ours
        now = time.monotonic()
        self._watches = {kind: Watch(threshold, now) for kind, threshold in thresholds.items() if threshold}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="quality-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop the thread; a running query is not waited for."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            if not self._is_ours():
                self.stand_by(time.monotonic())
            else:
                try:
                    with self._connect() as client:
                        self.look(client, datetime.now(UTC))
                except (AnalyticsError, OSError) as error:
                    log.warning("quality.not_watched", detail=str(error))

    def stand_by(self, now_s: float) -> None:
        """End the alerts of this process after a while without measurements: another process watches now."""
        for kind in self._watches:
            self.judge(kind, NOTHING, now_s)

    def look(self, client: Client, now: datetime) -> None:
        """Measure and judge each kind once.

        Raises:
            analytics.clickhouse.errors.AnalyticsError: ClickHouse does not answer.
        """
        since = now - timedelta(seconds=WINDOW_S)
        for kind in self._watches:
            self.judge(kind, Measurement(*_MEASURING[kind](client, since)), time.monotonic())

    def judge(self, kind: Kind, measured: Measurement, now_s: float) -> None:
        """Judge one measurement, and report the transition that it causes."""
        watch = self._watches[kind]
        self._alerts.report(watch.judge(measured, now_s), kind, OPERATION, measured, watch.threshold)


_MEASURING: dict[Kind, Measuring] = {Kind.ACCURACY_DROP: accuracy_drop, Kind.CONFIDENCE_DRIFT: confidence_drift}
