"""Watches the answers' quality in ClickHouse, in whichever sink holds the first partition of the answers."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from analytics.clickhouse.client import Client
from analytics.clickhouse.errors import AnalyticsError
from analytics.reports.quality import Worsening, accuracy_drop, confidence_drift
from consumer.monitoring.alerts import Alerts
from consumer.monitoring.degradation import WINDOW_S, Kind, Measured, Watch

log = structlog.get_logger()

LOOK_EVERY_S = 30.0
OPERATION = "categorization"
NOTHING = Measured(0.0, 0)

Measuring = Callable[[Client, datetime], Worsening]


class QualityWatch:
    """A thread that asks ClickHouse now and then; ClickHouse down silences it and nothing else.

    Args:
        connect: opens a connection of its own.
        alerts: told of every turn.
        is_ours: whether this process is the one that watches now.
        thresholds: what may be exceeded by how much; 0 switches one off.
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
        """End it; a question that is being answered is not waited for."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            if not self._is_ours():
                self.stand_by(time.monotonic())
            else:
                try:
                    with self._connect() as client:
                        self.look(client, datetime.now(UTC))
                except AnalyticsError as error:
                    log.warning("quality.not_watched", detail=str(error))

    def stand_by(self, now_s: float) -> None:
        """Another process watches: what is degraded here ends after a while, as what nobody uses does."""
        for kind, watch in self._watches.items():
            self._alerts.turn(watch.judge(NOTHING, now_s), kind, OPERATION, NOTHING, watch.threshold)

    def look(self, client: Client, now: datetime) -> None:
        """Judge everything once.

        Raises:
            analytics.clickhouse.errors.AnalyticsError: ClickHouse does not answer.
        """
        since = now - timedelta(seconds=WINDOW_S)
        for kind, watch in self._watches.items():
            measured = Measured(*_MEASURING[kind](client, since))
            turn = watch.judge(measured, time.monotonic())
            self._alerts.turn(turn, kind, OPERATION, measured, watch.threshold)


_MEASURING: dict[Kind, Measuring] = {Kind.ACCURACY_DROP: accuracy_drop, Kind.CONFIDENCE_DRIFT: confidence_drift}
