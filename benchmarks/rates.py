"""The time from a ticket's publication to its committed answer and to its row in a view, at several rates."""

import sys
import threading
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, Self

from pydantic import SecretStr

from analytics.clickhouse.migrate import migrate
from benchmarks.apache import APACHE, FETCH, is_fetched, on_apache
from benchmarks.latency import CONSTANT, OWN_TARGETS_MS, SHARES, Reader, joined, latencies, publish
from benchmarks.model import model
from benchmarks.processes import READY_S, Machine
from benchmarks.report import Section, Table, Verdict, number, percentile
from benchmarks.screen import Screen
from benchmarks.tickets import Publisher, different
from consumer.config.clickhouse import clickhouse_of
from consumer.config.settings import Settings

# Tickets a second; above, there is no target.
TARGETS_UP_TO = 200
MODEL_S = 0.02
LOOK_EVERY_S = 0.02
ROWS_S = 60.0
COUNTED = "SELECT count() AS number FROM categorizations"


class Size(NamedTuple):
    """The amount of work.

    Attributes:
        rates: Tickets a second, one after the other.
        seconds: Of each rate.
        warm_up_seconds: Time before it, whose tickets do not count.
        apache: Whether Apache Kafka takes part, where `make test-kafka` has fetched it.
    """

    rates: tuple[int, ...] = (20, 200, 2000)
    seconds: int = 20
    warm_up_seconds: int = 2
    apache: bool = True


class Found(NamedTuple):
    """One rate on one broker; milliseconds beyond the model, one figure for each ticket.

    Attributes:
        answered: Until the committed answer.
        visible: Until the row in the view `categorizations`.
        through: Tickets a second from the first publication to the last row.
    """

    answered: list[float]
    visible: list[float]
    through: float


class Rows:
    """Counts the rows of a view again and again, in a thread of its own; a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seen: list[tuple[float, int]] = [(time.monotonic(), 0)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, name="rows")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def number(self) -> int:
        """How many there are."""
        return self._seen[-1][1]

    def times(self) -> list[float]:
        """When each row was seen first, in the order in which they came."""
        return [at_s for (_, before), (at_s, after) in pairwise(self._seen) for _ in range(after - before)]

    def _look(self) -> None:
        with clickhouse_of(self._settings) as client:
            while not self._stop.wait(LOOK_EVERY_S):
                found = int(client.rows(COUNTED)[0]["number"])
                if found > self.number:
                    self._seen.append((time.monotonic(), found))


def rates(machine: Machine, size: Size, screen: Screen) -> Section:
    """Everything at once: publisher, model, broker, categorizer, sink, ClickHouse and both readers, on this machine.

    Raises:
        BenchmarkFailed: Answers or rows are missing.
    """
    found = _at_all_rates(machine, size, screen)
    if size.apache and is_fetched():
        with on_apache(machine) as apache:
            found |= _at_all_rates(apache, size, screen)
    return _section(size, found)


def _at_all_rates(machine: Machine, size: Size, screen: Screen) -> dict[tuple[str, int], Found]:
    found: dict[tuple[str, int], Found] = {}
    for rate in size.rates:
        at = found[machine.broker, rate] = _measured(machine, size, rate, screen)
        answered, visible = (percentile(values, 0.5) for values in (at.answered, at.visible))
        screen.say(f"{machine.broker}, {rate}/s: p50 {answered:.1f} ms, to the row {visible:.0f} ms")
    return found


def _measured(machine: Machine, size: Size, rate: int, screen: Screen) -> Found:
    warm_up = max(1, size.warm_up_seconds * rate)
    tickets = list(different(warm_up + size.seconds * rate))
    data = machine.folder / machine.unique("clickhouse-data")
    with (
        machine.part("clickhouse", [sys.executable, "-m", "sandbox.clickhouse", "--data", str(data)]) as engine,
        model(machine, CONSTANT.latency) as served,
        machine.topics("rates") as on_topics,
    ):
        url = f"http://127.0.0.1:{engine.wait_until(lambda: engine.json_line('port'), READY_S)['port']}"
        settings = on_topics.model_copy(update={"clickhouse_url": SecretStr(url)})
        with clickhouse_of(settings) as client:
            migrate(client)
        extra = {"ML_API_URL": served.url, "CLICKHOUSE_URL": url}
        publisher = Publisher(settings.kafka_bootstrap_servers, settings.topics.created, linger_ms=0)
        with (
            machine.service(settings, "all", extra) as part,
            Reader(settings) as reader,
            Rows(settings) as rows,
            screen.bar(f"rates, {rate}", len(tickets)) as bar,
        ):
            published = publish(publisher, tickets[:1], rate)
            reader.wait_for(1, part, bar)
            part.wait_until(lambda: rows.number >= 1, ROWS_S)
            began_s = time.monotonic()
            published |= publish(publisher, tickets[1:], rate)
            reader.wait_for(len(tickets), part, bar)
            part.wait_until(lambda: rows.number >= len(tickets), ROWS_S)
            seen_s = rows.times()
        trips = joined(tickets, published, reader.answers, served.calls())
    answered = latencies(trips, warm_up).beyond_model
    through = (len(tickets) - 1) / (seen_s[-1] - began_s)
    return Found(answered, _visible(published, seen_s)[warm_up:], through)


def _visible(published: Mapping[str, float], seen_s: Sequence[float]) -> list[float]:
    """Milliseconds beyond the model: the row that came as the n-th is taken for that of the n-th ticket."""
    return [1000 * (at_s - began_s - MODEL_S) for began_s, at_s in zip(published.values(), seen_s, strict=False)]


def _section(size: Size, found: dict[tuple[str, int], Found]) -> Section:
    def row(kind: str, name: str, rate: int, values: Sequence[float]) -> tuple[str, ...]:
        return kind, name, f"{rate:,}", *(f"{percentile(values, share):.1f}" for share in SHARES), f"{max(values):.1f}"

    rows = [
        row(kind, name, rate, values)
        for (name, rate), told in found.items()
        for kind, values in (("committed answer", told.answered), ("row in the view", told.visible))
    ]
    through = [(name, f"{rate:,}", number(told.through)) for (name, rate), told in found.items()]
    verdicts = [
        Verdict(
            f"p{round(100 * share)} beyond the model, {name}, {rate}/s, ms", percentile(told.answered, share), ms, False
        )
        for (name, rate), told in found.items()
        if rate <= TARGETS_UP_TO
        for share, ms in OWN_TARGETS_MS[name].items()
    ]
    tables = [
        Table(("ms beyond the model, until the", "broker", "tickets/s", "p50", "p95", "p99", "max"), rows),
        Table(("broker", "tickets/s published", "tickets/s from publication to row"), through),
    ]
    return Section("Latency at several rates, to the row", _method(size, found), tables, verdicts)


def _method(size: Size, found: dict[tuple[str, int], Found]) -> str:
    left_out = "" if any(name == APACHE for name, _ in found) else f" Apache Kafka was left out. {FETCH}"
    return (
        f"For {size.seconds} s at each rate different texts are published; the model takes a constant 20 ms, "
        "which is left out. Everything runs at once on this machine: publisher, model, broker, `ticketstream run` "
        "with both roles, the ClickHouse engine, a reader of committed answers, and one that counts the view "
        f"`categorizations` every {1000 * LOOK_EVERY_S:.0f} ms: the n-th row is taken for that of the n-th "
        f"ticket.{left_out}"
    )
