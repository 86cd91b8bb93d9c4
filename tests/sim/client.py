"""A consumer and a producer as the client library has them, on the broker in memory; what the service uses of them."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka import TopicPartition as ClientPartition

from consumer.kafka.records import Headers, TopicPartition
from tests.sim.broker import SimBroker
from tests.sim.group import Kept, Metadata
from tests.sim.line import Line, Request
from tests.sim.log import Sent
from tests.sim.refused import Refused
from tests.support.rawlog import Entry, Fate

if TYPE_CHECKING:
    from collections.abc import Sequence

Callback = Callable[[Any, list[ClientPartition]], None]


class SimMessage(NamedTuple):
    """A record as it is read."""

    topic_partition: TopicPartition
    entry: Entry

    def error(self) -> None:
        return None

    def topic(self) -> str:
        return self.topic_partition[0]

    def partition(self) -> int:
        return self.topic_partition[1]

    def offset(self) -> int:
        return self.entry.offset

    def timestamp(self) -> tuple[int, int]:
        return 1, 1_763_842_000_000 + self.entry.offset

    def key(self) -> bytes | None:
        return self.entry.key

    def value(self) -> bytes | None:
        return self.entry.value

    def headers(self) -> Headers | None:
        return list(self.entry.headers.items()) or None


class SimConsumer:
    """A member of a group whose callbacks run within `poll`, `consume` and `close`.

    Args:
        broker: where everything is.
        wait: lets time pass; what a poll that finds nothing does.
        properties: of librdkafka.
    """

    def __init__(self, broker: SimBroker, wait: Callable[[float], None], properties: Mapping[str, Any]) -> None:
        assert properties["isolation.level"] == "read_committed"
        assert not properties["enable.auto.commit"]
        self._broker = broker
        self._wait = wait
        self._group = properties["group.id"]
        self._coordinator = broker.groups[self._group]
        self._eager = properties["partition.assignment.strategy"] == "range"
        self._member = ""
        self._generation = -1
        self._topics: Sequence[str] = ()
        self._callbacks: dict[str, Callback] = {}
        self._held: set[TopicPartition] = set()
        self._paused: set[TopicPartition] = set()
        self._positions: dict[TopicPartition, int] = {}
        self._polls = 0

    def subscribe(self, topics: list[str], *, on_assign: Callback, on_revoke: Callback, on_lost: Callback) -> None:
        self._topics = topics
        self._callbacks = {"assign": on_assign, "revoke": on_revoke, "lost": on_lost}
        self._join()

    def beat(self) -> None:
        """What the client library does in the background of a process that lives."""
        # If the group knows it no more, the next poll says so.
        with suppress(Refused):
            self._coordinator.beat(self._member)

    def poll(self, timeout_s: float) -> SimMessage | None:
        # What stands in the client's queue before the news of the group is given first: every other time.
        self._polls += 1
        message = self._next() if self._polls % 2 else None
        if message is None:
            self._look_at_the_group()
            message = self._next()
        if message is None:
            self._wait(timeout_s)
        return message

    def consume(self, most: int, _: float) -> list[SimMessage]:
        if most:
            self._look_at_the_group()
        found: list[SimMessage] = []
        while len(found) < most and (message := self._next()) is not None:
            found.append(message)
        return found

    def pause(self, partitions: list[ClientPartition]) -> None:
        self._paused |= {_of(partition) for partition in partitions}

    def resume(self, partitions: list[ClientPartition]) -> None:
        self._paused -= {_of(partition) for partition in partitions}

    def seek(self, partition: ClientPartition) -> None:
        if _of(partition) not in self._held:
            raise KafkaException(KafkaError(KafkaError._STATE))
        self._positions[_of(partition)] = partition.offset

    def committed(self, partitions: list[ClientPartition], timeout_s: float) -> list[ClientPartition]:
        found = [self._broker.committed(self._group, _of(partition)) for partition in partitions]
        if None in found:
            self._wait(timeout_s)
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        kept = (offset for offset in found if offset is not None)
        return [ClientPartition(*_of(partition), *offset) for partition, offset in zip(partitions, kept, strict=True)]

    def get_watermark_offsets(self, partition: ClientPartition, _: float) -> tuple[int, int]:
        return 0, self._broker.logs[_of(partition)].stable_end

    def commit(self, *, offsets: list[ClientPartition], asynchronous: bool) -> list[ClientPartition]:
        assert not asynchronous
        try:
            self._broker.commit(self.consumer_group_metadata(), _kept(offsets))
        except Refused as refused:
            raise KafkaException(KafkaError(refused.code)) from refused
        return offsets

    def consumer_group_metadata(self) -> Metadata:
        return Metadata(self._group, self._member, self._generation)

    def close(self) -> None:
        self._gone("revoke", self._held)
        self._coordinator.leave(self._member)

    def _join(self) -> None:
        self._member = self._coordinator.join(self._member, self._topics, self._held)

    def _look_at_the_group(self) -> None:
        try:
            self._take_part()
        except Refused:
            # What it had belongs to other members by now.
            self._gone("lost", self._held)
            self._member = ""
            self._join()

    def _take_part(self) -> None:
        if self._coordinator.beat(self._member):
            if self._eager:
                self._gone("revoke", self._held)
            self._join()
        given = self._coordinator.given(self._member)
        if given is None or given[0] == self._generation:
            return
        self._generation, now = given
        too_many, new = self._held - now, now - self._held
        self._gone("revoke", too_many)
        self._held |= new
        if new:
            self._callbacks["assign"](self, _client_partitions(new))
        if too_many:
            self._join()

    def _gone(self, callback: str, partitions: set[TopicPartition]) -> None:
        if partitions:
            self._callbacks[callback](self, _client_partitions(partitions))
            self._held = self._held - partitions
            self._positions = {
                partition: offset for partition, offset in self._positions.items() if partition in self._held
            }

    def _next(self) -> SimMessage | None:
        for partition in sorted(self._held - self._paused):
            entry = self._next_of(partition)
            if entry is not None:
                self._positions[partition] = entry.offset + 1
                return SimMessage(partition, entry)
        return None

    def _next_of(self, partition: TopicPartition) -> Entry | None:
        if partition not in self._positions:
            committed = self._broker.committed(self._group, partition)
            if committed is None:
                return None
            self._positions[partition] = max(0, committed.offset)
        log, position = self._broker.logs[partition], self._positions[partition]
        end = log.stable_end
        readable = (entry for entry in log.entries if position <= entry.offset < end)
        return next((entry for entry in readable if entry.fate is Fate.COMMITTED), None)


class SimProducer:
    """A transactional producer.

    Args:
        broker: where everything is.
        line: to it.
        properties: of librdkafka.
    """

    def __init__(self, broker: SimBroker, line: Line, properties: Mapping[str, Any]) -> None:
        self._broker = broker
        self._line = line
        self._id = str(properties["transactional.id"])
        self._timeout_s = float(properties["transaction.timeout.ms"]) / 1000
        self._epoch = -1
        self._batches = count()
        self._unsent: deque[tuple[int, list[Sent]]] = deque()
        self._open = False
        self._asked = False

    def init_transactions(self, _: float) -> None:
        with _bounded():
            self._epoch = self._ask(Request.INIT, lambda: self._broker.init(self._id, self._timeout_s))

    def begin_transaction(self) -> None:
        if self._open:
            raise KafkaException(KafkaError(KafkaError._STATE))
        self._open, self._asked = True, False

    def produce(
        self, topic: str, value: bytes | None, key: bytes | None, partition: int, *, headers: Headers | None
    ) -> None:
        number = self._broker.partition_of(key) if partition < 0 else partition
        if not self._unsent:
            self._unsent.append((next(self._batches), []))
        self._unsent[-1][1].append(Sent(topic, number, key, value, headers or []))

    def poll(self, _: float) -> int:
        return 0

    def send_offsets_to_transaction(self, partitions: list[ClientPartition], metadata: Metadata) -> None:
        self._flush()
        epoch, offsets = self._epoch, _kept(partitions)
        self._asked = True
        self._ask(Request.OFFSETS, lambda: self._broker.send_offsets(self._id, epoch, metadata, offsets))

    def commit_transaction(self) -> None:
        self._flush()
        self._end(Fate.COMMITTED)

    def abort_transaction(self, _: float) -> None:
        self._unsent.clear()
        with _bounded():
            self._end(Fate.ABORTED)

    def _end(self, fate: Fate) -> None:
        epoch = self._epoch
        if self._asked:
            self._ask(Request.END, lambda: self._broker.end(self._id, epoch, fate))
        self._open = False

    def _flush(self) -> None:
        while self._unsent:
            batch, records = self._unsent[0]
            epoch = self._epoch
            self._asked = True
            self._ask(Request.PRODUCE, _write(self._broker, self._id, epoch, batch, records))
            self._unsent.popleft()

    def _ask(self, kind: Request, request: Callable[[], Any]) -> Any:
        try:
            return self._line.ask(kind, request)
        except Refused as refused:
            raise KafkaException(_surfaces_as(refused.code)) from refused


@contextmanager
def _bounded() -> Iterator[None]:
    """Of a call that keeps the time it is given."""
    try:
        yield
    except TimeoutError:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT)) from None


def _write(broker: SimBroker, name: str, epoch: int, batch: int, records: list[Sent]) -> Callable[[], None]:
    return lambda: broker.write_in(name, epoch, batch, records)


def _surfaces_as(code: int) -> KafkaError:
    """The error that librdkafka makes of the broker's."""
    match code:
        case KafkaError.INVALID_PRODUCER_EPOCH:
            return KafkaError(KafkaError._FENCED, "fenced", True, False, False)
        case KafkaError.INVALID_TXN_STATE:
            return KafkaError(code, "no such transaction", True, False, False)
        case _:
            return KafkaError(code, "refused", False, False, True)


def _of(partition: ClientPartition) -> TopicPartition:
    return partition.topic, partition.partition


def _kept(partitions: list[ClientPartition]) -> dict[TopicPartition, Kept]:
    return {_of(partition): Kept(partition.offset, partition.metadata or "") for partition in partitions}


def _client_partitions(partitions: set[TopicPartition]) -> list[ClientPartition]:
    return [ClientPartition(*partition) for partition in sorted(partitions)]
