"""Two sinks in the simulation, built as the service builds them, on a broker and a ClickHouse in memory."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from itertools import count
from typing import NamedTuple

from analytics.clickhouse.errors import Unavailable
from analytics.store.row_writer import RowWriter
from analytics.store.rows import TABLES, Row, StoredEvent, columns
from consumer.bad_records.quarantine import Quarantine
from consumer.config.settings import settings_of
from consumer.kafka.cluster import sink_group
from consumer.kafka.records import TopicPartition
from consumer.sink.batch import Batches
from consumer.sink.build import MAX_ABORTS_IN_A_ROW, Parts, build
from consumer.sink.clickhouse_writer import ClickHouseWriter, Inserted
from consumer.sink.commit import BatchCommitter
from consumer.sink.loop import SinkLoop
from consumer.sink.partitions import Partitions
from consumer.sink.row_store import Connection
from consumer.sink.schedule import Schedule
from consumer.sink.topics import SinkTopic, sink_events
from schemas.codec import BadRecord, Decoder, Encoder
from schemas.position import Position
from tests.sim.broker import Clock
from tests.sim.clickhouse import (
    FORBIDDEN,
    KEYS,
    ClickHouseLine,
    Fault,
    Key,
    RecordAddress,
    SimClickHouse,
    SimInsert,
    SimOverrides,
    SimRollUps,
    sim_rows,
)
from tests.sim.line import Killed
from tests.sim.log import Sent
from tests.sim.moments import Moments
from tests.sim.process import AskingDecoder, Host, Make, Process, Registry
from tests.sim.universe import Universe
from tests.support.rawlog import Entry, Fate
from tests.support.stored_events import categorized, corrected

PARTITIONS = 2
# No flood ends a simulation.
SETTINGS = settings_of({"KAFKA_GROUP_ID": "sim", "DLQ_FLOOD_RUN": "0", "DLQ_FLOOD_SHARE": "0"})
TOPICS = SETTINGS.topics
EVENTS = sink_events(SETTINGS)
GARBAGE = b"\x07 is no framing"
# The category of a record that crashes the process which takes it in, where the test has put such a process.
DEADLY = "deadly"
# Fewer deaths never make a dead letter.
MAX_DEATHS = 5
ANSWERS = Encoder("TicketCategorized", "single-object", TOPICS.categorized)
CORRECTIONS = Encoder("TicketCorrected", "single-object", TOPICS.corrected)
DECODERS = {topic: Decoder(event) for topic, event in EVENTS.items()}


class SinkMake(NamedTuple):
    """Of which classes a sink is made; tests put broken ones here."""

    kafka: Make = Make()
    loop: type[SinkLoop] = SinkLoop
    writer: type[ClickHouseWriter] = ClickHouseWriter
    quarantine: type[Quarantine] = Quarantine
    partitions: type[Partitions] = Partitions
    row_writer: type[RowWriter] = RowWriter
    batches: type[Batches] = Batches
    schedule: type[Schedule] = Schedule
    committer: type[BatchCommitter] = BatchCommitter


class Quiet:
    """Counts nothing."""

    def inserted(
        self, rows: Mapping[str, int], written: Mapping[tuple[str, int], int], began_s: float, ended_s: float
    ) -> None:
        pass

    def reached(self, *, clickhouse: bool) -> None:
        pass

    def turned(self) -> None:
        pass


class SinkProcess(Process):
    """One sink, with a line of its own to ClickHouse."""

    marker_transactions = 1

    def __init__(self, host: Host, registry: Registry, server: SimClickHouse, make: SinkMake) -> None:
        super().__init__(host, make.kafka, MAX_ABORTS_IN_A_ROW)
        self.clickhouse = ClickHouseLine(server, host.line)
        self.observer = Quiet()

        def connect() -> Connection:
            if server.is_down:
                raise Unavailable("It is down.")
            rows = sim_rows(server, self.clickhouse)
            rows._writer.__class__ = make.row_writer
            overrides = SimOverrides(server, self.clickhouse, TOPICS.overrides)
            return Connection(rows, SimRollUps(self.clickhouse), overrides=overrides)

        topics = {topic: SinkTopic(event, AskingDecoder(event, registry)) for topic, event in EVENTS.items()}
        self.insert: SimInsert | None = None

        def start(insert: Callable[[], Inserted]) -> SimInsert:
            self.insert = SimInsert(insert, server.looks, at_once=server.at_once)
            return self.insert

        self.loop = build(SETTINGS, Parts(self.member, self.committer, connect, start, topics, self.observer))
        self.loop.__class__ = make.loop
        self.loop._writer.__class__ = make.writer
        self.loop._quarantine.__class__ = make.quarantine
        self.loop._partitions.__class__ = make.partitions
        self.loop._batches.__class__ = make.batches
        self.loop._schedule.__class__ = make.schedule
        self.loop._committer.__class__ = make.committer

    def start(self) -> None:
        self.loop.start()

    def turn(self) -> None:
        self.loop.turn()

    def fail(self, error: Exception) -> None:
        self.loop.fail(error)

    def finish(self) -> None:
        self.loop.finish()

    def leave(self) -> None:
        self.loop.leave()

    def arrive(self) -> None:
        super().arrive()
        self.clickhouse.arrive()

    def calm(self) -> None:
        super().calm()
        self.clickhouse.set_fault(None)


class SinkUniverse(Universe[SinkProcess]):
    """Answers and corrections come, and ClickHouse fails in every way it has."""

    group = sink_group(SETTINGS)
    inputs = tuple(EVENTS)
    topics = (*EVENTS, TOPICS.dead_letter, TOPICS.overrides)
    # Within two turns a batch is old enough.
    turn_s = 0.3

    def __init__(self, clock: Clock, moments: Moments, make: SinkMake, strategy: str) -> None:
        super().__init__(clock, moments, PARTITIONS, strategy)
        self.server = SimClickHouse()
        # After enough deaths of any cause a healthy record may become a dead letter.
        self.excuses_deaths = True
        self.condemns_deadly = False
        self._make = make
        self._numbers = count()
        self._said: list[Sent] = []
        # Inserts that processes had begun which are no more.
        self._left: list[SimInsert] = []
        for name in self.workers:
            self.start(name)

    def new(self, host: Host) -> SinkProcess:
        return SinkProcess(host, self.registry, self.server, self._make)

    def publish(self) -> None:
        self.publish_as("billing")

    def publish_as(self, category: str) -> None:
        """An answer or, every third time, a correction."""
        number = next(self._numbers)
        topic, value = _encoded(number, category)
        self._put(Sent(topic, number // 2 % PARTITIONS, f"T-{number}".encode(), value, []))

    def publish_judged(self, partitions: tuple[int, int], turns: int, *, is_late: bool) -> None:
        """The answer to a ticket and its correction, one so many turns after the other; with `is_late` the answer."""
        number = next(self._numbers)
        made = [
            (TOPICS.categorized, ANSWERS.encode(categorized(f"T-{number}", number).event)),
            (TOPICS.corrected, CORRECTIONS.encode(corrected(f"T-{number}", "account", number).event)),
        ]
        for at, (topic, value) in enumerate(reversed(made) if is_late else made):
            self._put(Sent(topic, partitions[at], f"T-{number}".encode(), value, []))
            if not at:
                self.everybody_works(turns)

    def publish_garbage(self, partition: int) -> None:
        self._put(Sent(TOPICS.corrected, partition, b"", GARBAGE, []))

    def publish_again(self, back: int) -> None:
        """A record of the same bytes once more."""
        if self._said:
            self._put(self._said[-1 - back % len(self._said)])

    def publish_aborted(self) -> None:
        """In a transaction that is aborted."""
        number = next(self._numbers)
        topic, value = _encoded(number, "billing")
        epoch = self.broker.init("publisher", 60.0)
        self.broker.write_in("publisher", epoch, number, [Sent(topic, number // 2 % PARTITIONS, b"", value, [])])
        self.broker.end("publisher", epoch, Fate.ABORTED)

    def _put(self, record: Sent) -> None:
        self._said.append(record)
        self.broker.write(record)

    def arrive(self) -> None:
        super().arrive()
        for insert in self._left:
            with suppress(Killed):
                insert.end()
        self._left.clear()

    def _ends(self, process: SinkProcess) -> None:
        super()._ends(process)
        if process.insert is not None:
            self._left.append(process.insert)

    def is_innocent(self, process: SinkProcess) -> bool:
        return (self.server.is_down or self.server.is_full) and process.loop._schedule.retry.is_pending

    def fault(self, name: str, fault: Fault, passing: int) -> None:
        """To a request of this worker to ClickHouse."""
        process = self.workers[name]
        if process is not None:
            process.clickhouse.set_fault(fault, passing)

    def mend(self) -> None:
        super().mend()
        self.server.is_down = self.server.is_full = False
        self.server.closed.clear()
        # Of a refused row nothing proves that it is to blame until its table has taken another one.
        for partition in range(PARTITIONS):
            for number in range(3):
                topic, value = _encoded(1_000_000 + 3 * next(self._numbers) + number, "billing")
                self._put(Sent(topic, partition, b"", value, []))

    def broken(self, *, lossless: bool) -> list[str]:
        committed = self.committed()
        letters = Counter(
            _named(entry) for entry in self.broker.entries(TOPICS.dead_letter) if entry.fate is Fate.COMMITTED
        )
        wrong: list[str] = []
        known: set[tuple[str, Key]] = set()
        read: set[RecordAddress] = set()
        for topic, event in EVENTS.items():
            for entry in self.broker.entries(topic):
                if entry.fate is not Fate.COMMITTED:
                    continue
                address = RecordAddress(topic, entry.partition, entry.offset)
                read.add(address)
                reason, key = _expected(topic, event, entry.value)
                if reason == "crash_loop" and not self.condemns_deadly:
                    reason = "row"
                known.add((TABLES[event], key))
                is_done = entry.offset < committed.get((topic, entry.partition), 0)
                wrong += self._wrong(address, event, key, reason if is_done else "", letters)
                if lossless and not is_done:
                    wrong.append(f"{address}: not committed")
        wrong += self._overrides_missing(committed)
        return [*wrong, *self._strangers(known, read), *(f"{name}: a letter of no record" for name in letters)]

    def _overrides_missing(self, committed: Mapping[TopicPartition, int]) -> Iterator[str]:
        """What is wrong with overrides: each judged ticket has one as soon as both of its records are committed."""
        done = {
            topic: {
                entry.key.decode()
                for entry in self.broker.entries(topic)
                if entry.fate is Fate.COMMITTED
                and entry.key
                and entry.offset < committed.get((topic, entry.partition), 0)
                and _expected(topic, EVENTS[topic], entry.value)[0] == "row"
            }
            for topic in (TOPICS.categorized, TOPICS.corrected)
        }
        found = {
            (entry.key or b"").decode()
            for entry in self.broker.entries(TOPICS.overrides)
            if entry.fate is Fate.COMMITTED
        }
        judged = self.server.judged(done[TOPICS.categorized] & done[TOPICS.corrected])
        yield from (f"{ticket}: committed, and there is no override" for ticket in judged - found)
        yield from (f"{ticket}: an override of nothing" for ticket in found - self.server.judged(found))

    def _wrong(
        self,
        record: RecordAddress,
        event: StoredEvent,
        key: Key,
        reason: str,
        letters: Counter[tuple[RecordAddress, str]],
    ) -> Iterator[str]:
        """What is wrong with one record; with a reason it has to be dealt with, "row" stands for its row."""
        found = {name: number for name, number in letters.items() if name[0] == record}
        for name in found:
            del letters[name]
        reasons = {name[1]: number for name, number in found.items()}
        expected = {} if reason in {"", "row"} else {reason: 1}
        if self.excuses_deaths and reason and self.deaths >= MAX_DEATHS and reasons == {"crash_loop": 1}:
            return
        if reasons != expected:
            yield f"{record}: dead letters {reasons}, expected {expected}"
        if reason == "row" and not self.server.tables[TABLES[event]].get(key):
            yield f"{record}: committed, and its row is not stored"

    def _strangers(self, known: set[tuple[str, Key]], read: set[RecordAddress]) -> Iterator[str]:
        for table, rows in self.server.tables.items():
            for key, records in rows.items():
                if records and (table, key) not in known:
                    yield f"{table}: a row {key} of no committed record"
                if not records <= read:
                    yield f"{table}: a row of {records - read}, which are not committed"


# The same records are looked at again and again, since every step is checked.
@lru_cache(10_000)
def _expected(topic: str, event: StoredEvent, value: bytes | None) -> tuple[str, Key]:
    """What becomes of a record, and the key of the row that it makes."""
    position = Position(topic, 0, 0, 0)
    try:
        decoded = DECODERS[topic].decode(value, position)
    except BadRecord as bad:
        return bad.reason, ()
    made = columns(event, [Row(event, decoded, position)])
    key = tuple(made[name][0] for name in KEYS[event])
    match decoded.get("category"):
        case str(category) if category == FORBIDDEN:
            return "sink_rejected", key
        case str(category) if category == DEADLY:
            return "crash_loop", key
    return "row", key


def _encoded(number: int, category: str) -> tuple[str, bytes]:
    if number % 3:
        return TOPICS.categorized, ANSWERS.encode(categorized(f"T-{number}", number, category=category).event)
    return TOPICS.corrected, CORRECTIONS.encode(corrected(f"T-{number}", category, number).event)


def _named(letter: Entry) -> tuple[RecordAddress, str]:
    topic, partition, offset, reason = (
        letter.headers[f"ts-{name}"].decode() for name in ("topic", "partition", "offset", "reason")
    )
    return RecordAddress(topic, int(partition), int(offset)), reason
