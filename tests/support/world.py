"""A world: one test's topics, group, database and state, on the broker and ClickHouse that all tests share."""

import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from analytics.clickhouse.client import Client, connect
from consumer.config.settings import Topics, settings_of
from consumer.config.sources import process_environment
from consumer.kafka import admin
from consumer.kafka.records import Record
from schemas.codec import Decoder, Encoder
from schemas.events import TicketCategorized, TicketCreated
from schemas.position import Position
from tests.support.brokers import Broker
from tests.support.service import Service, fetched
from tests.support.topics import Put, Reader, committed, put

PARTITIONS = 3
# What child processes need of our environment; none of our settings comes from there.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "PYTHONPATH")
# For a broker that never settles cooperative groups of more than one member.
EAGER = {"KAFKA_PARTITION_ASSIGNMENT_STRATEGY": "range"}
# Short enough for tests, and otherwise as in production.
QUICK = {
    "RETRY_INITIAL_DELAY": "0.01",
    "RETRY_MAX_DELAY": "0.1",
    "CIRCUIT_BREAKER_TIMEOUT": "1",
    "ML_DEADLINE": "2",
    "KAFKA_SESSION_TIMEOUT_MS": "6000",
    "KAFKA_HEARTBEAT_INTERVAL_MS": "300",
    "HTTP_ADDRESS": "127.0.0.1:0",
    "LOG_FORMAT": "json",
    # For tests that read the log byte by byte.
    "KAFKA_PRODUCER_COMPRESSION_TYPE": "none",
}


class Shared(NamedTuple):
    """The parts that all worlds share."""

    broker: Broker
    clickhouse: str

    @property
    def kafka(self) -> str:
        return self.broker.address


def bare_environment() -> dict[str, str]:
    """The environment of child processes before any setting."""
    ours = process_environment()
    return {name: ours[name] for name in _INHERITED if name in ours}


def a_ticket(ticket_id: str, subject: str = "", description: str = "") -> TicketCreated:
    """A ticket; without a text it has one of its own, which no other ticket's fingerprint equals."""
    return {
        "event_id": f"created-{ticket_id}",
        "ticket_id": ticket_id,
        "subject": subject or f"My card payment {_spelt(ticket_id)} was declined",
        "description": description,
        "language": None,
        "channel": "test",
        "attributes": {},
        "created_at": time.time_ns() // 1_000_000,
    }


def tickets(prefix: str, number: int) -> list[TicketCreated]:
    return [a_ticket(f"{prefix}-{place}") for place in range(number)]


class World:
    """Everything that one service reads and writes."""

    def __init__(self, shared: Shared, folder: Path, settings: Mapping[str, str]) -> None:
        name = f"w{uuid.uuid4().hex[:8]}"
        self.folder = folder
        self.environment = {
            **bare_environment(),
            **QUICK,
            **{f"TOPIC_{topic.upper()}": f"{name}-{topic}" for topic in Topics.model_fields},
            "KAFKA_BOOTSTRAP_SERVERS": shared.kafka,
            **({} if shared.broker.complete else EAGER),
            "KAFKA_GROUP_ID": name,
            "CLICKHOUSE_URL": shared.clickhouse,
            "CLICKHOUSE_DATABASE": name,
            "STATE_DIR": str(folder / "state"),
            **settings,
        }
        self.settings = settings_of(self.environment)
        self.topics = self.settings.topics
        self.kafka = shared.kafka
        # Where its service listens, when that was asked for.
        self.http = ""
        admin.create(self.settings, PARTITIONS, shared.broker.copies)
        self._created = Encoder("TicketCreated", "single-object", self.topics.created)
        self._categorized = Decoder("TicketCategorized")

    def service(self, *arguments: str, **settings: str) -> Service:
        """Start `ticketstream run`."""
        return Service(arguments, {**self.environment, **settings}, self.folder)

    def command(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run one command of ticketstream to its end."""
        return subprocess.run(
            [sys.executable, "-m", "ticketstream", *arguments],
            env={**self.environment, **settings},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def publish(self, created: Iterable[TicketCreated]) -> list[Position]:
        """Put tickets on their topic; where each of them stands."""
        return self.put(Put(self.encoded(each), each["ticket_id"].encode()) for each in created)

    def encoded(self, ticket: TicketCreated) -> bytes:
        return self._created.encode(ticket)

    def put(self, records: Iterable[Put]) -> list[Position]:
        return self.put_to(self.topics.created, records)

    def put_to(self, topic: str, records: Iterable[Put]) -> list[Position]:
        return put(self.kafka, topic, records)

    def reader(self, topic: str) -> Reader:
        return Reader(self.kafka, topic)

    def committed(self, topic: str) -> list[Record]:
        """The committed view of one of its topics as it is now."""
        return committed(self.kafka, topic)

    def answers(self) -> list[TicketCategorized]:
        """Every committed answer."""
        return self.decoded(self.committed(self.topics.categorized))

    def answers_to(
        self,
        wanted: Iterable[str],
        enough: Callable[[TicketCategorized], bool] = lambda _: True,
        timeout_s: float = 40.0,
    ) -> list[TicketCategorized]:
        """Every committed answer, once there is one to each of these tickets that is `enough`."""
        missing = set(wanted)
        seen = 0

        def all_there(records: Sequence[Record]) -> bool:
            nonlocal seen
            for answer in self.decoded(records[seen:]):
                if enough(answer):
                    missing.discard(answer["ticket_id"])
            seen = len(records)
            return not missing

        with self.reader(self.topics.categorized) as reader:
            return self.decoded(reader.until(all_there, timeout_s))

    def decoded(self, records: Iterable[Record]) -> list[TicketCategorized]:
        return [cast("TicketCategorized", self._categorized.decode(each.value, each.position)) for each in records]

    def clickhouse(self) -> Client:
        return connect(self.settings.clickhouse_url.get_secret_value(), self.settings.clickhouse_database)

    def rows(self, view: str, columns: str) -> list[tuple[Any, ...]]:
        """What a view holds; nothing while the sink has not made it."""
        with self.clickhouse() as client:
            query = f"SELECT {columns} FROM {view}"  # noqa: S608 - both are written in the tests
            found = client.rows(query) if view in client.tables() else []
        return [tuple(row.values()) for row in found]

    def stored(self) -> int:
        """How many answers ClickHouse holds."""
        return len(self.rows("categorizations", "event_id"))

    def page(self, path: str) -> str:
        """A page of its service's own HTTP address, which answers with 200."""
        status, body = fetched(self.http + path)
        assert status == 200, body
        return body


def place(answer: TicketCategorized) -> tuple[int, int, int]:
    """Partition and offset of the ticket that was answered, and which answer it is."""
    return answer["source"]["partition"], answer["source"]["offset"], answer["revision"]


def _spelt(text: str) -> str:
    """The same in letters alone: the fingerprint masks numbers."""
    return "".join(chr(ord("a") + int(sign)) if sign.isdigit() else sign for sign in text).replace("-", " ")
