"""A process of the service on the broker in memory: the real categorizer as it is built, without a thread."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, cast

from confluent_kafka import Consumer, Producer

from consumer.categorizer.build import MAX_ABORTS_IN_A_ROW, Parts, build
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.repeats import Page, decoded, encoded
from consumer.config.settings import settings_of
from consumer.kafka.client_log import ClientLog
from consumer.kafka.cluster import Cluster
from consumer.kafka.committer import Committer
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.records import Message, TopicPartition
from consumer.kafka.transactions import Transactions
from schemas.categorized import CategorizedEncoder
from schemas.codec import Decoder, RegistryUnavailable
from schemas.position import Position
from tests.sim.broker import SimBroker
from tests.sim.client import SimConsumer, SimProducer
from tests.sim.line import Line
from tests.support.consumer_parts import BASIS, QuietCallers
from tests.support.rawlog import Fate

GROUP = "sim"
# No flood ends a simulation, and no answer comes from the cache: every ticket is a call.
SETTINGS = settings_of(
    {
        "KAFKA_GROUP_ID": GROUP,
        "AUDIT_SHARE": "0.5",
        "CACHE_MAX_SIZE": "0",
        "DLQ_FLOOD_RUN": "0",
        "DLQ_FLOOD_SHARE": "0",
        "MAX_TICKET_BYTES": "10000",
        "ML_BATCH_SIZE": "32",
        "ML_DEADLINE": "5",
        "ML_MAX_CONCURRENCY": "16",
        "REPEATS_REMEMBERED": "250",
        "RETRY_MAX_DELAY": "1",
    }
)
TOPICS = SETTINGS.topics
INPUTS = (TOPICS.created, TOPICS.recategorize)
ENCODER = CategorizedEncoder("single-object", TOPICS.categorized, None)


class Make(NamedTuple):
    """Of which classes a process is made; tests put broken ones here."""

    committer: type[Committer] = Committer
    group_consumer: type[GroupConsumer] = GroupConsumer
    transactions: type[Transactions] = Transactions


class Registry:
    """Whether schemas can be asked for."""

    def __init__(self) -> None:
        self.up = True

    def ask(self) -> None:
        if not self.up:
            raise RegistryUnavailable("it is down")


class AskingDecoder(Decoder):
    """Asks the registry at each ticket, as if none of its schemas were known."""

    def __init__(self, registry: Registry) -> None:
        super().__init__("TicketCreated")
        self._asked = registry

    def decode(self, value: bytes | None, position: Position) -> dict[str, Any]:
        self._asked.ask()
        return super().decode(value, position)


class Pages:
    """The pages of repeats, in the broker's own log."""

    def __init__(self, broker: SimBroker) -> None:
        self._broker = broker

    def load(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, list[Page]]:
        latest = {
            entry.key: decoded(entry.value or b"")
            for entry in self._broker.entries(TOPICS.repeats)
            if entry.fate is Fate.COMMITTED
        }
        return {
            each: [page for key, page in latest.items() if (key or b"").startswith(_key(each, ""))]
            for each in partitions
        }

    def message(self, partition: TopicPartition, place: int, page: Page) -> Message:
        return Message(TOPICS.repeats, _key(partition, str(place)), encoded(page), partition=partition[1])


class Quiet:
    """Counts nothing."""

    def committed(self, envelopes: list[Envelope], began_s: float, ended_s: float) -> None:
        pass

    def turned(self, records: int, waiting: int, lag: Callable[[], Mapping[str, int]], *, stopped: bool) -> None:
        pass


class Process:
    """One worker. Its model answers when it is told to; it is started by `start` and does one thing a `turn`."""

    def __init__(
        self,
        name: str,
        broker: SimBroker,
        line: Line,
        registry: Registry,
        make: Make,
        *,
        strategy: str,
        wait: Callable[[float], None],
    ) -> None:
        self.name = name
        self.line = line
        self.frozen = False
        self.callers = QuietCallers()
        self.consumer: SimConsumer

        def consumer(properties: dict[str, Any]) -> Consumer:
            self.consumer = SimConsumer(broker, wait, properties)
            return cast("Consumer", self.consumer)

        def producer(properties: dict[str, Any], _: ClientLog) -> Producer:
            return cast("Producer", SimProducer(broker, line, properties))

        member = make.group_consumer(Cluster("", {"partition.assignment.strategy": strategy}), GROUP, name, consumer)
        transactions = make.transactions(Cluster(""), f"{GROUP}.{name}", producer)
        self.categorizer = build(
            SETTINGS,
            Parts(
                member,
                make.committer(member, transactions, MAX_ABORTS_IN_A_ROW),
                AskingDecoder(registry),
                ENCODER,
                BASIS,
                lambda _: None,
                self.callers,
                None,
                Pages(broker),
                Quiet(),
            ),
        )

    def start(self) -> None:
        self.categorizer.start()

    def turn(self) -> None:
        self.categorizer.turn()


def _key(partition: TopicPartition, place: str) -> bytes:
    return f"{partition[0]}|{partition[1]}|{place}".encode()
