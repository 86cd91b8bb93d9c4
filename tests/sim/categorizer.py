"""Two categorizers in the simulation, built as the service builds them; their model answers when the test says so."""

from collections.abc import Collection
from itertools import count
from typing import Any

from consumer.answer.build import cache_of
from consumer.answer.overrides import Overrides
from consumer.answer.ticket_text import text_reader_of
from consumer.categorizer.build import MAX_ABORTS_IN_A_ROW, Parts, build
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.repeats import Page, decoded, encoded
from consumer.config.settings import settings_of
from consumer.kafka.records import Message, TopicPartition
from consumer.model.types import ModelReply
from consumer.overrides.following import FollowedOverrides
from schemas.categorized import CategorizedEncoder
from schemas.codec import Decoder, Encoder
from schemas.position import Position
from tests.sim.broker import Clock, SimBroker
from tests.sim.corrections import Corrections, SimFeed
from tests.sim.log import Sent
from tests.sim.moments import Moments
from tests.sim.process import AskingDecoder, Host, Make, Process, Registry
from tests.sim.universe import Universe
from tests.support.consumer_parts import BASIS, QuietCallers, answered
from tests.support.oracle import broken
from tests.support.rawlog import Fate
from tests.support.world import a_ticket

PARTITIONS = 3
DEADLY = b"deadly"
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
# What tickets say.
TEXTS = ("Refund", "Lost card", "Loan")
ANSWERS = CategorizedEncoder("single-object", TOPICS.categorized, None)
CATEGORIZED = Decoder("TicketCategorized")
FINGERPRINTS = [text_reader_of(SETTINGS)(text, "Please")[-1] for text in TEXTS]
TICKETS = Encoder("TicketCreated", "single-object", TOPICS.created)


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
            partition: [page for key, page in latest.items() if (key or b"").startswith(_key(partition, ""))]
            for partition in partitions
        }

    def message(self, partition: TopicPartition, number: int, page: Page) -> Message:
        return Message(TOPICS.repeats, _key(partition, str(number)), encoded(page), partition=partition[1])


class Quiet:
    """Counts nothing."""

    def committed(self, envelopes: list[Envelope], began_s: float, ended_s: float) -> None:
        pass

    def turned(self, records: int, waiting: int, fill: float, *, stopped: bool) -> None:
        pass


class CategorizerProcess(Process):
    """One categorizer. Its model answers when the test says so."""

    def __init__(self, host: Host, registry: Registry, make: Make) -> None:
        super().__init__(host, make, MAX_ABORTS_IN_A_ROW)
        self.callers = QuietCallers()
        self.observer = Quiet()
        self.categorizer = build(
            SETTINGS,
            Parts(
                self.member,
                self.committer,
                AskingDecoder("TicketCreated", registry),
                ANSWERS,
                BASIS,
                lambda _: None,
                self.callers,
                None,
                Pages(host.broker),
                self.observer,
                FollowedOverrides(
                    Overrides(SETTINGS.overrides_max, 0), SimFeed(host.broker, TOPICS.overrides, host.wait)
                ),
                cache_of(SETTINGS),
            ),
        )
        make.breaks(self.categorizer)

    def start(self) -> None:
        self.categorizer.start()

    def turn(self) -> None:
        self.categorizer.turn()

    def finish(self) -> None:
        """It leaves what is in flight to the next owner; what is finished is committed when it leaves."""

    def fail(self, error: Exception) -> None:
        self.categorizer.fail(error)

    def leave(self) -> None:
        self.categorizer.leave()


class CategorizerUniverse(Universe[CategorizerProcess]):
    """Tickets come, the model answers or fails."""

    group = GROUP
    inputs = (TOPICS.created, TOPICS.recategorize)
    topics = tuple(TOPICS.all())
    # A transaction waits no longer for more.
    turn_s = 0.06

    def __init__(self, clock: Clock, moments: Moments, make: Make, strategy: str) -> None:
        super().__init__(clock, moments, PARTITIONS, strategy)
        self.reply = answered()
        self._make = make
        self._tickets = count()
        self.corrections = Corrections(self.broker, TOPICS.overrides, GROUP)
        self._published_s: dict[tuple[int, int], float] = {}
        self._said: list[Sent] = []
        for name in self.workers:
            self.start(name)

    def new(self, host: Host) -> CategorizerProcess:
        return CategorizerProcess(host, self.registry, self._make)

    def publish(self, text: int = 0) -> None:
        ticket = a_ticket(f"T-{next(self._tickets)}", TEXTS[text], "Please")
        key = ticket["ticket_id"].encode()
        self._put(Sent(TOPICS.created, self.broker.partition_of(key), key, TICKETS.encode(ticket), []))

    def publish_more_of_a_ticket(self) -> None:
        """Another record of the last ticket."""
        number = next(self._tickets)
        ticket = a_ticket(f"T-{max(0, number - 1)}", "Refund", "Please")
        ticket["event_id"] = f"created-again-{number}"
        key = ticket["ticket_id"].encode()
        self._put(Sent(TOPICS.created, self.broker.partition_of(key), key, TICKETS.encode(ticket), []))

    def publish_deadly(self) -> None:
        """A ticket that only tests of such tickets find deadly."""
        ticket = a_ticket(DEADLY.decode(), "Refund", "Please")
        self._put(Sent(TOPICS.created, 0, DEADLY, TICKETS.encode(ticket), []))

    def publish_again(self, back: int) -> None:
        """The same ticket once more, to the same partition."""
        if self._said:
            self._put(self._said[-1 - back % len(self._said)])

    def publish_garbage(self, partition: int) -> None:
        self._put(Sent(TOPICS.created, partition, b"", b"\x07 is no framing", []))

    def _put(self, record: Sent) -> None:
        self._said.append(record)
        self._published_s[record.partition, self.broker.write(record)] = self._clock.now_s

    def correct(self, text: int, category: str | None, end: Fate) -> None:
        """People correct the answers to a text, or retire what was corrected; see `Corrections.write`."""
        self.corrections.write(FINGERPRINTS[text], category, end)

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        # The broker may have ended a transaction that others stood behind.
        self.corrections.note()

    def mend(self) -> None:
        super().mend()
        self.corrections.end_all()

    def answer(self, name: str) -> None:
        self.reply_with(name, 100, self.reply)

    def reply_with(self, name: str, most: int, reply: ModelReply) -> None:
        process = self.workers[name]
        for _ in range(min(most, len(process.callers.submitted)) if process else 0):
            assert process is not None
            process.callers.reply_with(reply)

    def reply_at(self, name: str, place: int) -> None:
        """Answer one of the texts in hand, counted from the newest, before those that came before it."""
        process = self.workers[name]
        if process and process.callers.submitted:
            texts = process.callers.submitted
            process.callers.reply_with(self.reply, len(texts) - 1 - place % len(texts))

    def answer_all_but_the_first(self, name: str) -> None:
        """The oldest text in hand of each partition waits on."""
        process = self.workers[name]
        if process is None:
            return
        held: dict[TopicPartition, int] = {}
        for place, pending in enumerate(process.callers.submitted):
            held.setdefault(pending.waiting[0].partition, place)
        for place in reversed(range(len(process.callers.submitted))):
            if place not in held.values():
                process.callers.reply_with(self.reply, place)

    def everybody_is_answered(self, turns: int, reply: ModelReply) -> None:
        """As `everybody_works`, with this reply of the model."""
        self.reply = reply
        self.everybody_works(turns)
        self.reply = answered()

    def answers(self) -> list[dict[str, Any]]:
        """Every committed answer."""
        return [
            CATEGORIZED.decode(entry.value, Position(TOPICS.categorized, 0, 0, 0))
            for entry in self.broker.entries(TOPICS.categorized)
            if entry.fate is Fate.COMMITTED
        ]

    def broken(self, *, lossless: bool) -> list[str]:
        logs = {topic: self.broker.entries(topic) for topic in TOPICS.all()}
        behind = {number: offset for (topic, number), offset in self.committed().items() if topic == TOPICS.created}
        unexplained = self.corrections.unexplained(logs[TOPICS.categorized], self._published_s)
        return [*broken(logs, TOPICS, behind, lossless=lossless), *unexplained]


def _key(partition: TopicPartition, number: str) -> bytes:
    return f"{partition[0]}|{partition[1]}|{number}".encode()
