"""A process of the service on the broker in memory: the real categorizer as it is made, without a thread."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, cast

from confluent_kafka import Consumer, Producer

from consumer.answer.cache import AnswerCache
from consumer.bad_records import flood
from consumer.bad_records.flood import Flood
from consumer.categorizer.answerer import Answerer
from consumer.categorizer.audit import AuditSample
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.intake import Intake
from consumer.categorizer.loop import Categorizer, Limits
from consumer.categorizer.output import Emission
from consumer.categorizer.repeats import Page, Repeats, decoded, encoded
from consumer.categorizer.requeue import RequeueSchedule
from consumer.categorizer.window import Window
from consumer.config.settings import settings_of
from consumer.kafka.client_log import ClientLog
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
TOPICS = settings_of({}).topics
INPUTS = (TOPICS.created, TOPICS.recategorize)
ENCODER = CategorizedEncoder("single-object", TOPICS.categorized, None)
DEADLINE_S = 5.0


class Make(NamedTuple):
    """Of which classes a process is made; tests put broken ones here."""

    categorizer: type[Categorizer] = Categorizer
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

    def looked(
        self, window: Window, answerer: Answerer, behind: Callable[[], Mapping[str, int]], *, full: bool
    ) -> None:
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

        self.categorizer = make.categorizer(
            make.group_consumer("", GROUP, name, {"partition.assignment.strategy": strategy}, consumer),
            make.transactions("", f"{GROUP}.{name}", {}, producer),
            Intake(
                AskingDecoder(registry),
                recategorize=TOPICS.recategorize,
                max_ticket_bytes=10_000,
                fingerprint_key=None,
                remembered=10,
            ),
            Answerer(
                BASIS,
                ENCODER.answer,
                AnswerCache(0, 1.0, broker.clock),
                self.callers,
                deadline_s=DEADLINE_S,
                hold=False,
            ),
            Emission(
                ENCODER,
                AuditSample(0.5, ""),
                categorized=TOPICS.categorized,
                audit_topic=TOPICS.audit,
                recategorize=TOPICS.recategorize,
                dead_letters=TOPICS.dead_letter,
                group=GROUP,
                service_version="0",
            ),
            None,
            RequeueSchedule(1.0),
            Repeats(TOPICS.created, 250, Pages(broker)),
            Flood(flood.Limits(run=0, share=0), lambda _: 0),
            Limits(16, 32, DEADLINE_S),
            Quiet(),
            created=TOPICS.created,
            recategorize=TOPICS.recategorize,
        )

    def start(self) -> None:
        self.categorizer.start()

    def turn(self) -> None:
        self.categorizer.turn()


def _key(partition: TopicPartition, place: str) -> bytes:
    return f"{partition[0]}|{partition[1]}|{place}".encode()
