"""What is watched while the soak runs: committed answers as they come, how far the sink is, what a process holds."""

import resource
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self, cast

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from schemas.codec import Decoder
from schemas.events import TicketCategorized
from schemas.position import Position
from tests.support.world import PARTITIONS, World

if TYPE_CHECKING:
    from tests.soak.publisher import RecordId

SINK_EVERY_S = 0.5
_QUIET = {"log_level": 0, "error_cb": lambda _: None, "reconnect.backoff.max.ms": 250}


class Arrival(NamedTuple):
    """Committed answers of one partition that were seen at once; `newest_ms` is the youngest one's own time."""

    seen_s: float
    partition: int
    newest_ms: int


class Answer(NamedTuple):
    """What is remembered of a committed answer, in the order in which ClickHouse is asked for it."""

    event_id: str
    ticket_id: str
    category: str
    method: str
    decision: str
    provisional: bool
    fingerprint: str
    partition: int
    offset: int
    revision: int


ANSWER_COLUMNS = (
    "event_id, ticket_id, category, method, decision, provisional, fingerprint, "
    "source_partition, source_offset, revision"
)


class Answers:
    """Reads the committed view of the answers in a thread of its own; use it with `with`."""

    def __init__(self, world: World) -> None:
        self.arrivals: list[Arrival] = []
        self.answers: list[Answer] = []
        self.first: set[RecordId] = set()
        self.provisional: set[RecordId] = set()
        self._topic = world.topics.categorized
        self._decoder = Decoder("TicketCategorized")
        self._consumer = Consumer(
            {
                "bootstrap.servers": world.kafka,
                "group.id": f"look-{uuid.uuid4().hex}",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 20,
                **_QUIET,
            }
        )
        self._consumer.assign([TopicPartition(self._topic, number, OFFSET_BEGINNING) for number in range(PARTITIONS)])
        self._loop = Loop(self._look, self._consumer.close)

    def __enter__(self) -> Self:
        self._loop.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.stop()

    def _look(self) -> None:
        messages = [message for message in self._consumer.consume(1000, 0.1) if message.error() is None]
        seen_s = time.monotonic()
        newest_ms: dict[int, int] = {}
        for message in messages:
            partition = message.partition() or 0
            newest_ms[partition] = max(newest_ms.get(partition, 0), message.timestamp()[1])
            position = Position(self._topic, partition, message.offset() or 0, 0)
            self._remember(cast("TicketCategorized", self._decoder.decode(message.value(), position)))
        self.arrivals += [Arrival(seen_s, partition, at_ms) for partition, at_ms in newest_ms.items()]

    def _remember(self, event: TicketCategorized) -> None:
        record_id = event["source"]["partition"], event["source"]["offset"]
        self.first.add(record_id)
        (self.provisional.add if event["provisional"] else self.provisional.discard)(record_id)
        self.answers.append(
            Answer(
                event["event_id"],
                event["ticket_id"],
                event["category"],
                event["method"],
                event["decision"],
                event["provisional"],
                event["fingerprint"],
                *record_id,
                event["revision"],
            )
        )


class Progress(NamedTuple):
    """Up to where the sink has committed, summed over the partitions."""

    at_s: float
    offsets: int


class Sink:
    """Asks again and again how far the sink's group is; use it with `with`."""

    def __init__(self, world: World) -> None:
        self.progress: list[Progress] = []
        self._partitions = [TopicPartition(world.topics.categorized, number) for number in range(PARTITIONS)]
        group = f"{world.settings.kafka_group_id}-sink"
        self._consumer = Consumer({"bootstrap.servers": world.kafka, "group.id": group, **_QUIET})
        self._loop = Loop(self._look, self._consumer.close, SINK_EVERY_S)

    def __enter__(self) -> Self:
        self._loop.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.stop()

    def _look(self) -> None:
        try:
            committed = self._consumer.committed(self._partitions, 2)
        except KafkaException:
            return
        self.progress.append(Progress(time.monotonic(), sum(max(0, partition.offset) for partition in committed)))


class Held(NamedTuple):
    """What a process held at a moment."""

    at_s: float
    pid: int
    resident_bytes: int
    threads: int
    descriptors: int


def held(pid: int) -> Held | None:
    """What it holds now (proc(5)); None when it is gone."""
    folder = Path(f"/proc/{pid}")
    try:
        pages = int((folder / "statm").read_text(encoding="ascii").split()[1])
        return Held(
            time.monotonic(),
            pid,
            pages * resource.getpagesize(),
            len(list((folder / "task").iterdir())),
            len(list((folder / "fd").iterdir())),
        )
    except OSError:
        return None


class Loop:
    """Calls something again and again in a thread of its own."""

    def __init__(self, look: Callable[[], None], close: Callable[[], None], every_s: float = 0.0) -> None:
        self._look = look
        self._close = close
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._every_s):
                self._look()
        finally:
            self._close()
