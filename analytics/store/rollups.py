"""Figures of the operations by minute, hour and day: which are out of date, and how they are computed again.

A span is dirty while more operations were stored in it than its figures have seen (table `_rollup_progress`, which the
feeds fill as rows are stored). Late rows, repeats, a crash between two steps and two processes at once have the
same effect: the span is computed once more, from deduplicated rows. The views never wait for that; they read dirty
minutes from the rows.
"""

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

from analytics.clickhouse.client import Client
from analytics.clickhouse.parameters import in_sql
from analytics.clickhouse.queries import read

MINUTE_S: Final = 60
HOUR_S: Final = 3600
DAY_S: Final = 86400
# Of which shorter spans the figures of a span are made, by its length.
_MADE_OF: Final = {MINUTE_S: MINUTE_S, HOUR_S: MINUTE_S, DAY_S: HOUR_S}
# How many operations one step reads at most. It bounds the time of a step and the memory that ClickHouse needs.
STEP_STORED = 1_000_000
# Two days of minutes. As a list they take a quarter of the size that ClickHouse allows for a parameter.
STEP_SPANS = 2_880
# Pause after nothing was found. Meanwhile the views are right, and a little slower.
REST_S = 10.0
_LOOK_AHEAD = 50_000
# A query may read the figures just before they are written and the receipts just after. So figures stand without a
# receipt for longer than any query needs from one to the other.
SETTLE_S = 2.0
_NAP_S = 0.05
# The end of DateTime64: later than any receipt.
_NO_TIME_US: Final = 10_413_791_999_999_999


class Due(NamedTuple):
    """A span whose figures are out of date.

    Attributes:
        begins_s: its beginning, seconds since the epoch.
        stored: how many operations had been stored in it.
        stored_up_to: how many had been stored in it and all spans before it.
    """

    begins_s: int
    stored: int
    stored_up_to: int


def roll_up(client: Client, settle_s: float = SETTLE_S) -> Iterator[int]:
    """Bring the figures of all spans that are over up to date, in steps. Call `next` when there is time for one.

    It may be abandoned after any step, and run by several processes at once.

    Args:
        client: of the database.
        settle_s: how many seconds pass between figures and their receipts.

    Yields:
        The number of spans that a step has computed; 0 while figures settle.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later; then begin again.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    for span_s in _MADE_OF:
        while due := _due(client, span_s):
            for step in steps(due):
                _compute(client, span_s, step)
                yield len(step)
            settled_s = time.monotonic() + settle_s
            while time.monotonic() < settled_s:
                time.sleep(min(settle_s, _NAP_S))
                yield 0
            _receipt(client, span_s, due)


class Rolling:
    """Keeps figures up to date beside other work: one step at a time, and a pause when there is nothing to do.

    Args:
        client: of the database; no other thread may use it meanwhile.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._steps: Iterator[int] = iter(())
        self._rests_until_s = 0.0

    def step(self) -> int:
        """Run one step and return the number of spans that it computed.

        Raises:
            analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later. The next step comes after a
                pause.
            analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
        """
        if time.monotonic() < self._rests_until_s:
            return 0
        # A round that ends, also with an error, is followed by a pause.
        self._rests_until_s = time.monotonic() + REST_S
        done = next(self._steps, None)
        if done is None:
            self._steps = roll_up(self._client)
            return 0
        self._rests_until_s = 0.0
        return done


def _due(client: Client, span_s: int) -> list[Due]:
    return [Due(**row) for row in client.rows(read("rollup_due"), {"span_s": span_s, "most": _LOOK_AHEAD})]


def steps(due: Iterable[Due]) -> Iterator[list[Due]]:
    """Cut spans, ordered by time, into pieces that are computed together."""
    step: list[Due] = []
    for span in due:
        # A step also reads what lies between its spans.
        if step and (
            len(step) == STEP_SPANS or span.stored_up_to - step[0].stored_up_to + step[0].stored > STEP_STORED
        ):
            yield step
            step = []
        step.append(span)
    if step:
        yield step


def _compute(client: Client, span_s: int, step: list[Due]) -> None:
    begins_s = [span.begins_s for span in step]
    asked = {
        "span_s": span_s,
        "shorter_s": _MADE_OF[span_s],
        "from": in_sql(datetime.fromtimestamp(begins_s[0], UTC)),
        "to": in_sql(datetime.fromtimestamp(begins_s[-1] + span_s, UTC)),
        "begins_s": begins_s,
        "stored": [span.stored for span in step],
    }
    client.command(read("roll_up"), asked)


def _receipt(client: Client, span_s: int, due: list[Due]) -> None:
    """Mark the spans as clean. Written after the figures, so that a reader who finds a span clean finds them too."""
    receipts = {
        "span_s": [span_s] * len(due),
        "begins": [each.begins_s for each in due],
        "stored": [0] * len(due),
        "seen": [span.stored for span in due],
        "earliest": [_NO_TIME_US] * len(due),
    }
    client.insert("_rollup_progress", receipts, token=f"rolled_up:{span_s}:{due[0].begins_s}:{len(due)}")
