"""The time from a ticket's publication to its committed answer, at a steady rate."""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self

from confluent_kafka import Consumer, KafkaException

from benchmarks.apache import APACHE, is_fetched, on_apache
from benchmarks.errors import BenchmarkFailed
from benchmarks.model import ModelCall, model
from benchmarks.model_server import checksum
from benchmarks.processes import SANDBOX, Machine
from benchmarks.report import Section, Table, Verdict, percentile
from benchmarks.screen import Advance, Screen
from benchmarks.tickets import Publisher, different
from consumer.config.settings import Settings
from sandbox.parts import Part
from schemas.codec import Decoder
from schemas.events import TicketCreated
from schemas.position import Position

# Milliseconds beyond a model of constant latency, and beyond one that is slow now and then.
OWN_TARGETS_MS = {SANDBOX: {0.50: 20.0, 0.99: 60.0}, APACHE: {0.50: 30.0}}
DRAWN_TARGETS_MS = {0.50: 40.0, 0.99: 120.0}
STALLED_S = 60.0
SHARES = (0.50, 0.95, 0.99)


class Kind(NamedTuple):
    """A model to measure with.

    Attributes:
        name: In words.
        latency: In the form of `benchmarks.model_server`.
        share_per_second: Tickets a second, as a share of the size's.
        settings: Of the service.
    """

    name: str
    latency: str
    share_per_second: float = 1.0
    settings: tuple[tuple[str, str], ...] = ()


CONSTANT = Kind("a model that takes 20 ms", "constant:20")
DRAWN = Kind("a model with log-normal latency, median 50 ms, p99 500 ms", "lognormal:50:500")
# As large language models answer.
SLOW = Kind(
    "a model with log-normal latency, median 2 s, p99 20 s",
    "lognormal:2000:20000",
    0.1,
    (("ML_API_TIMEOUT", "60"), ("ML_DEADLINE", "60"), ("ML_BATCH_SIZE", "1"), ("ML_MAX_CONCURRENCY", "128")),
)


class Size(NamedTuple):
    """The amount of work with every model.

    Attributes:
        per_second: Tickets a second.
        seconds: Duration.
        warm_up_seconds: Time before it, whose tickets do not count.
        models: Measured one after the other.
        apache: Whether they are measured on Apache Kafka too, where `make test-kafka` has fetched it.
    """

    per_second: int = 200
    seconds: int = 60
    warm_up_seconds: int = 2
    models: tuple[Kind, ...] = (CONSTANT, DRAWN, SLOW)
    apache: bool = True


class Trip(NamedTuple):
    """One ticket, in monotonic seconds.

    Attributes:
        published_s: When the producer took it.
        answered_s: When a reader of committed records had its event.
        model_s: The drawn latency of the call that answered it.
    """

    published_s: float
    answered_s: float
    model_s: float


class Latencies(NamedTuple):
    """Milliseconds, one figure for every ticket, in order of publication.

    Attributes:
        total: From publication to the committed answer.
        beyond_model: The same, less the latency of the ticket's own call.
    """

    total: list[float]
    beyond_model: list[float]


class Measured(NamedTuple):
    """One model on one broker.

    Attributes:
        latencies: Of the tickets.
        first_answer_s: From the start of the service until a reader had the answer to a ticket that waited.
    """

    latencies: Latencies
    first_answer_s: float


def latency(machine: Machine, size: Size, screen: Screen) -> Section:
    """Publish at a steady rate and read the answers as a downstream service would.

    Raises:
        BenchmarkFailed: No more answers came, or one was not the model's.
    """
    found = {(machine.broker, kind): _measured(machine, size, kind, screen) for kind in size.models}
    if size.apache and is_fetched():
        with on_apache(machine) as apache:
            found |= {(apache.broker, kind): _measured(apache, size, kind, screen) for kind in size.models}
    return _section(size, found)


def _measured(machine: Machine, size: Size, kind: Kind, screen: Screen) -> Measured:
    per_second = max(1, round(size.per_second * kind.share_per_second))
    trips, first_answer_s = _trips(machine, size._replace(per_second=per_second), kind, screen)
    found = latencies(trips, len(trips) - per_second * size.seconds)
    screen.say(f"{kind.name}, {machine.broker}: p99 {percentile(found.total, 0.99):.0f} ms")
    return Measured(found, first_answer_s)


def _trips(machine: Machine, size: Size, kind: Kind, screen: Screen) -> tuple[list[Trip], float]:
    """The trips, and how many seconds after the start of the service a reader had the first answer."""
    warm_up = max(1, size.warm_up_seconds * size.per_second)
    tickets = list(different(warm_up + size.per_second * size.seconds))
    with model(machine, kind.latency) as served, machine.topics("latency") as settings, Reader(settings) as reader:
        publisher = Publisher(settings.kafka_bootstrap_servers, settings.topics.created, linger_ms=0)
        # The first ticket waits for the service to start, the others follow at their rate.
        published = publish(publisher, tickets[:1], size.per_second)
        began_s = time.monotonic()
        with (
            machine.categorizer(settings, {"ML_API_URL": served.url, **dict(kind.settings)}) as part,
            screen.bar(f"latency, {kind.latency}", len(tickets)) as bar,
        ):
            reader.wait_for(1, part, bar)
            published |= publish(publisher, tickets[1:], size.per_second)
            reader.wait_for(len(tickets), part, bar)
        first_answer_s = reader.answers[tickets[0]["ticket_id"]][0] - began_s
        return joined(tickets, published, reader.answers, served.calls()), first_answer_s


class Reader:
    """A reader of committed records with its own thread; a context manager."""

    def __init__(self, settings: Settings) -> None:
        self.answers: dict[str, tuple[float, dict[str, Any]]] = {}
        self._failure = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name="reader")
        self._decoder = Decoder("TicketCategorized")
        self._consumer = Consumer(
            {
                "bootstrap.servers": settings.kafka_bootstrap_servers,
                "group.id": f"{settings.kafka_group_id}-reader",
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 10,
            }
        )
        self._consumer.subscribe([settings.topics.categorized])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._consumer.close()

    def wait_for(self, count: int, part: Part, advance: Advance) -> None:
        """Wait until this many tickets were answered."""
        seen, moved_s = 0, time.monotonic()
        while (now := len(self.answers)) < count:
            part.check()
            advance(now)
            if now > seen:
                seen, moved_s = now, time.monotonic()
            if self._failure or time.monotonic() - moved_s > STALLED_S:
                raise BenchmarkFailed(self._failure or f"{seen} of {count} tickets were answered, then no more came")
            # A pause between two looks: longer ones would only make the bar jump.
            time.sleep(0.05)
        advance(count)

    def _read(self) -> None:
        while not self._stop.is_set():
            message = self._consumer.poll(0.1)
            if message is None:
                continue
            answered_s = time.monotonic()
            error = message.error()
            if error is not None:
                self._failure = str(KafkaException(error))
                return
            event = self._decoder.decode(message.value(), Position("", 0, 0, 0))
            if event["ticket_id"] in self.answers:
                self._failure = f"{event['ticket_id']} was answered twice"
            self.answers[event["ticket_id"]] = (answered_s, event)


def publish(publisher: Publisher, tickets: Iterable[TicketCreated], per_second: int) -> dict[str, float]:
    """Publish at a rate; a publisher that is late catches up without pauses.

    Returns:
        When the producer took each ticket.
    """
    published = {}
    began_s = time.monotonic()
    for number, ticket in enumerate(tickets):
        time.sleep(max(0.0, began_s + number / per_second - time.monotonic()))
        published[ticket["ticket_id"]] = time.monotonic()
        publisher.publish(ticket)
    publisher.finish()
    return published


def joined(
    tickets: Iterable[TicketCreated],
    published: Mapping[str, float],
    answers: Mapping[str, tuple[float, dict[str, Any]]],
    calls: Iterable[ModelCall],
) -> list[Trip]:
    drawn = {number: call.drawn_s for call in calls for number in call.tickets}
    trips = []
    for ticket in tickets:
        answered_s, event = answers[ticket["ticket_id"]]
        if event["method"] != "MODEL":
            raise BenchmarkFailed(f"a ticket was not answered by the model: {event['model_outcome']}")
        model_s = drawn[checksum(ticket["subject"], ticket["description"])]
        trips.append(Trip(published[ticket["ticket_id"]], answered_s, model_s))
    return trips


def latencies(trips: Sequence[Trip], warm_up: int) -> Latencies:
    """The latencies of the trips, in order of publication, after the first ones."""
    found = Latencies([], [])
    for trip in trips[warm_up:]:
        found.total.append(1000 * (trip.answered_s - trip.published_s))
        found.beyond_model.append(1000 * (trip.answered_s - trip.published_s - trip.model_s))
    return found


def _section(size: Size, found: Mapping[tuple[str, Kind], Measured]) -> Section:
    tables, verdicts = [], []
    for (broker, kind), (figures, _) in found.items():
        rows_of = {
            "publication to committed answer": figures.total,
            "beyond the latency of the ticket's own call": figures.beyond_model,
        }
        rows = [
            (row, *(f"{percentile(values, share):.1f}" for share in SHARES), f"{max(values):.1f}")
            for row, values in rows_of.items()
        ]
        tables.append(Table((f"ms, on {broker}, with {kind.name}", "p50", "p95", "p99", "max"), rows))
        for share, ms in (OWN_TARGETS_MS[broker] if kind == CONSTANT else DRAWN_TARGETS_MS).items():
            what = f"p{100 * share:.0f} beyond {kind.name}, {broker}, ms"
            verdicts.append(Verdict(what, percentile(figures.beyond_model, share), ms, at_least=False))
    starts = [f"{first_answer_s:.2f}" for _, first_answer_s in found.values()]
    tables.append(Table(("start", "seconds"), [("from `ticketstream run` to the first answer", ", ".join(starts))]))
    return Section("Latency", _method(size), tables, verdicts)


def _method(size: Size) -> str:
    return (
        f"{size.per_second} tickets a second for {size.seconds} s, a tenth as many with the slowest model. No two say "
        "the same, so that the model is asked for each. Measured from handing a ticket to the producer until a "
        "reader of committed records has its answer; one process publishes and reads, so there is one clock. The "
        "model's own latency is the one that it drew for the call that answered. "
        f"The slowest model is asked with {' '.join(f'{name}={value}' for name, value in SLOW.settings)}. "
        "Before the start of the service a ticket waits, and its answer is the first."
    )
