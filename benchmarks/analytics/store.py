"""A ClickHouse with a year of tickets, made within the engine."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from analytics.clickhouse.client import Client
from analytics.clickhouse.migrate import migrate
from analytics.store.judging import judge
from analytics.store.rollups import roll_up
from benchmarks.errors import BenchmarkFailed
from benchmarks.screen import Screen

# As many as one statement makes within the client's patience, also on a busy machine.
CHUNK = 100_000
SETTLE_S = 600.0
# One merge may lead to the next.
QUIET_LOOKS = 5
_FOLDER = Path(__file__).parent


class Year(NamedTuple):
    """What is stored.

    Attributes:
        tickets: how many.
        begins: when the first was received; the others follow at equal distances.
        ends: when the next would be.
    """

    tickets: int
    begins: datetime
    ends: datetime

    @property
    def step_us(self) -> int:
        return int((self.ends - self.begins).total_seconds() * 1_000_000) // self.tickets


def fill(client: Client, year: Year, tickets: range, screen: Screen) -> None:
    """Make the rows of some tickets, one raw row in a hundred twice."""
    migrate(client)
    with screen.bar("tickets", len(tickets)) as bar:
        for first in range(tickets.start, tickets.stop, CHUNK):
            ends = min(first + CHUNK, tickets.stop)
            for statement in _statements(year, first, ends - first):
                client.command(statement)
            # Those of corrections.sql.
            judge(client, (f"TKT-{number}" for number in range(first, ends) if number % 20 == 11))
            bar(ends - tickets.start)


def make_figures(client: Client, screen: Screen) -> None:
    """Roll up all minutes with tickets, and the hours and days that they are in."""
    with screen.bar("spans rolled up", _spans(client)) as bar:
        done = 0
        for spans in roll_up(client):
            done += spans
            bar(done)


def settle(client: Client) -> None:
    """Wait until ClickHouse merges no more: a year that comes in a quarter of an hour keeps it busy for a while.

    Raises:
        BenchmarkFailed: it did not come to rest.
    """
    give_up_s = time.monotonic() + SETTLE_S
    idle = 0
    while idle < QUIET_LOOKS:
        if time.monotonic() > give_up_s:
            raise BenchmarkFailed(f"ClickHouse still merges after {SETTLE_S:g} s")
        time.sleep(1)
        idle = 0 if client.rows("SELECT count() AS n FROM system.merges")[0]["n"] else idle + 1


def _spans(client: Client) -> int:
    return int(client.rows("SELECT uniq(span_s, begins) AS n FROM _rollup_progress")[0]["n"])


def _statements(year: Year, first: int, count: int) -> Iterator[str]:
    values = {
        "first": first,
        "count": count,
        "step_us": year.step_us,
        "begins_us": int(year.begins.timestamp()) * 10**6,
    }
    for name in ("answers", "telemetry", "corrections"):
        text = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
        yield text.format(**values, which="true")
        yield text.format(**values, which="number % 100 = 11")
