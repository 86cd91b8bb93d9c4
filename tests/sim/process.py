"""A process of the service on the broker in memory, without a thread; which role it has, its subclass says."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

from confluent_kafka import Consumer, Producer

from consumer.categorizer.loop import Categorizer
from consumer.kafka.client_log import ClientLog
from consumer.kafka.cluster import Cluster
from consumer.kafka.committer import Committer
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.transactions import Transactions
from schemas.codec import Decoder, RegistryUnavailable
from schemas.events import EventName
from schemas.position import Position
from tests.sim.broker import SimBroker
from tests.sim.client import SimConsumer, SimProducer
from tests.sim.line import Line


class Make(NamedTuple):
    """Of which classes the Kafka part of a process is made; tests put broken ones here.

    Attributes:
        breaks: what is done to a categorizer when it is built.
    """

    committer: type[Committer] = Committer
    group_consumer: type[GroupConsumer] = GroupConsumer
    transactions: type[Transactions] = Transactions
    breaks: Callable[[Categorizer], None] = lambda _: None


class Registry:
    """Whether schemas can be asked for."""

    def __init__(self) -> None:
        self.up = True

    def ask(self) -> None:
        if not self.up:
            raise RegistryUnavailable("it is down")


class AskingDecoder(Decoder):
    """Asks the registry at each record, as if none of its schemas were known."""

    def __init__(self, event: EventName, registry: Registry) -> None:
        # Copied, because to make one takes longer than what a process does in a test.
        vars(self).update(vars(_made_once(event)))
        self._asked = registry

    def decode(self, value: bytes | None, position: Position) -> dict[str, Any]:
        self._asked.ask()
        return super().decode(value, position)

    def own_body(self, value: bytes | None) -> int | None:
        self._asked.ask()
        return super().own_body(value)


@cache
def _made_once(event: EventName) -> Decoder:
    return Decoder(event)


class Host(NamedTuple):
    """Where a process runs.

    Attributes:
        name: of its member, and of its producer.
        group: that it is a member of.
        broker: of its group.
        line: to the broker.
        wait: lets time pass.
        strategy: how its group shares partitions.
    """

    name: str
    group: str
    broker: SimBroker
    line: Line
    wait: Callable[[float], None]
    strategy: str


class Process(ABC):
    """One worker. It is started by `start` and does one thing a `turn`.

    Attributes:
        marker_transactions: how many transactions write its takeover markers, before that of the first records.
    """

    marker_transactions = 0

    def __init__(self, host: Host, make: Make, max_aborts: int) -> None:
        self.name = host.name
        self.line = host.line
        self.frozen = False
        self.consumer: SimConsumer

        def consumer(properties: dict[str, Any]) -> Consumer:
            made = SimConsumer(host.broker, host.wait, properties)
            # The first one is the member; the others ask for the group's offsets only.
            self.__dict__.setdefault("consumer", made)
            return cast("Consumer", made)

        def producer(properties: dict[str, Any], _: ClientLog) -> Producer:
            return cast("Producer", SimProducer(host.broker, host.line, properties))

        cluster = Cluster("", {"partition.assignment.strategy": host.strategy})
        self.member = make.group_consumer(cluster, host.group, host.name, consumer)
        transactions = make.transactions(Cluster(""), f"{host.group}.{host.name}", producer)
        self.committer = make.committer(self.member, transactions, max_aborts)

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def turn(self) -> None: ...

    @abstractmethod
    def finish(self) -> None:
        """It is about to leave, because it has to stop."""

    @abstractmethod
    def fail(self, error: Exception) -> None:
        """It is about to leave because of an error."""

    @abstractmethod
    def leave(self) -> None: ...

    def arrive(self) -> None:
        """What was late arrives."""
        self.line.arrive(everything=True)

    def calm(self) -> None:
        """What was to happen to its requests does not."""
        self.line.mishaps.clear()


P = TypeVar("P", bound=Process)
