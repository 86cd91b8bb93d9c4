"""Reading from Kafka: the only file that holds a consumer."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

import structlog
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message
from confluent_kafka import TopicPartition as Place

from consumer import crash_points
from consumer.errors import BrokerTrouble, ConfigurationError
from consumer.kafka import offsets as kafka_offsets
from consumer.kafka.client_log import ClientLog
from consumer.kafka.error_codes import is_place_taken, judge
from consumer.kafka.rebalance import RebalanceWatch
from consumer.kafka.records import Record, TopicPartition
from schemas.position import Position

log = structlog.get_logger()

# A broker that is back is found within a second and not, as by default, within ten.
RECONNECTING: Mapping[str, str | int | bool] = {"reconnect.backoff.max.ms": 500}
DEFAULTS: Mapping[str, str | int | bool] = {
    "auto.offset.reset": "earliest",
    "partition.assignment.strategy": "cooperative-sticky",
    "session.timeout.ms": 10_000,
    "heartbeat.interval.ms": 2_000,
    "max.poll.interval.ms": 60_000,
    "queued.max.messages.kbytes": 16_384,
    "fetch.wait.max.ms": 50,
    # Once enough is queued the client fetches nothing for this long, and a pause empties what was queued: at the
    # default of a second the model would wait for tickets after most pauses.
    "fetch.queue.backoff.ms": 20,
    **RECONNECTING,
}
COMMITTED_TIMEOUT_S = 10.0
# On these the delivery promise rests; the configuration refuses to change them.
PROMISED: Mapping[str, str | int | bool] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "isolation.level": "read_committed",
}
NO_NOTES: Mapping[TopicPartition, str] = {}
# For as long after a connection was lost may a member have fenced itself: a session, and a broker's way back.
DOUBTFUL_S = 30.0


class Assignments(NamedTuple):
    """What to do when partitions come and go; called from within `poll`.

    Attributes:
        assigned: new partitions.
        revoked: partitions to hand over; still ours while the callback runs.
        lost: partitions that are another member's already; nothing may be committed for them.
    """

    assigned: Callable[[list[TopicPartition]], None]
    revoked: Callable[[list[TopicPartition]], None]
    lost: Callable[[list[TopicPartition]], None]


class GroupConsumer:
    """A member of a consumer group. Not thread-safe: one thread polls, pauses and closes it."""

    def __init__(
        self,
        bootstrap_servers: str,
        group: str,
        client_id: str,
        properties: Mapping[str, str],
        make: Callable[[dict[str, Any]], Consumer] | None = None,
    ) -> None:
        self._client_log = ClientLog()
        self._make = partial(
            make or _consumer,
            {
                **DEFAULTS,
                **properties,
                **PROMISED,
                "bootstrap.servers": bootstrap_servers,
                "group.id": group,
                "client.id": client_id,
                "error_cb": self._client_log.error,
                "logger": self._client_log,
            },
        )
        self._consumer = self._make()
        self._settling = RebalanceWatch(time.monotonic())
        self._topics: list[str] = []
        self._assignments = Assignments(_nothing, _nothing, _nothing)
        self._held: set[TopicPartition] = set()
        self._gone_meanwhile: set[TopicPartition] = set()

    def subscribe(self, topics: list[str], assignments: Assignments) -> None:
        """Join the group for these topics; callbacks run within `poll` and `close`."""
        self._topics, self._assignments = topics, assignments
        self._join()

    def _join(self) -> None:
        self._settling = RebalanceWatch(time.monotonic())
        told = self._assignments
        self._consumer.subscribe(
            self._topics,
            on_assign=lambda _, places: self._assigned(_partitions(places)),
            on_revoke=lambda _, places: self._gone("partitions.revoked", told.revoked, _partitions(places)),
            on_lost=lambda _, places: self._gone("partitions.lost", told.lost, _partitions(places)),
        )

    def _assigned(self, partitions: list[TopicPartition]) -> None:
        _log("partitions.assigned", partitions)
        self._held.update(partitions)
        crash_points.reached("on_assign")
        self._settling.assigned()
        self._assignments.assigned(partitions)

    def _gone(
        self, event: str, told: Callable[[list[TopicPartition]], None], partitions: Collection[TopicPartition]
    ) -> None:
        # Of a consumer that was given up everything is gone already.
        gone = [partition for partition in partitions if partition in self._held]
        _log(event, gone)
        crash_points.reached("on_revoke")
        self._held.difference_update(gone)
        self._gone_meanwhile.update(gone)
        self._settling.gave_up(everything=not self._held, now=time.monotonic())
        told(gone)

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        """What has arrived: waits for the first record only, then takes what is there already.

        Raises:
            BrokerTrouble: the broker refuses us for good (authorisation) or the client is broken.
            Fenced: another process has taken our place in the group.
        """
        first = self._consumer.poll(timeout_s)
        if first is None:
            self._report_unsettled(time.monotonic())
            return []
        # Partitions may go while the rest is fetched, and what was fetched of them before is another's then.
        self._gone_meanwhile.clear()
        rest = self._consumer.consume(max_records - 1, 0)
        records = []
        for message in [first, *rest]:
            error = message.error()
            if error is None:
                records.append(record_of(message))
            elif self._is_in_doubt(error, time.monotonic()):
                self._join_again()
                return []
            else:
                judge(error)
        crash_points.reached("after_poll")
        return self._still_ours(records) if self._gone_meanwhile else records

    def _still_ours(self, records: list[Record]) -> list[Record]:
        """Without those of partitions that went while they were fetched.

        Of one that went and came back it cannot be told which came before and which after: it is read again from
        where the group stands.
        """
        back = sorted({record.partition for record in records} & self._gone_meanwhile & self._held)
        committed = self.committed(back, COMMITTED_TIMEOUT_S) if back else {}
        for partition in back:
            # Where nothing was fetched since, the client takes no other place than that, and no order to go there.
            with suppress(KafkaException):
                self.rewind(partition, committed.get(partition, OFFSET_BEGINNING))
        return [record for record in records if record.partition not in self._gone_meanwhile]

    def _is_in_doubt(self, error: KafkaError, now: float) -> bool:
        """Whether our place was taken, and perhaps by ourselves.

        A static member whose join was lost with its broker joins once more, under another id, and fences the first.
        """
        failed_s = self._client_log.failed_s
        return is_place_taken(error) and failed_s is not None and now - failed_s < DOUBTFUL_S

    def _join_again(self) -> None:
        """Take our place with a new consumer, the old one being of no use any more.

        Should another process have had it, that one is fenced now, or we are again: and then without this doubt.
        """
        log.warning("group.joined_again", detail="our place was given away when a connection to Kafka was lost")
        self._client_log.failed_s = None
        self._gone("partitions.lost", self._assignments.lost, sorted(self._held))
        self._consumer.close()
        self._consumer = self._make()
        self._join()

    def _report_unsettled(self, now: float) -> None:
        unsettled_s = self._settling.overdue_s(now)
        if unsettled_s is not None:
            log.warning(
                "group.unsettled",
                seconds=round(unsettled_s),
                mend="look for a member that no longer polls, or one with another partition.assignment.strategy",
            )

    def pause(self, partitions: Collection[TopicPartition]) -> None:
        self._consumer.pause([Place(*partition) for partition in partitions])

    def resume(self, partitions: Collection[TopicPartition]) -> None:
        self._consumer.resume([Place(*partition) for partition in partitions])

    def rewind(self, partition: TopicPartition, offset: int) -> None:
        """Read this partition again from the offset."""
        self._consumer.seek(Place(*partition, offset))

    def give_back(self, records: Sequence[Record]) -> None:
        """Read these again: they were polled and are not dealt with."""
        first: dict[TopicPartition, int] = {}
        for record in records:
            first.setdefault(record.partition, record.position.offset)
        for partition, offset in first.items():
            self.rewind(partition, offset)

    def committed(self, partitions: Collection[TopicPartition], timeout_s: float) -> dict[TopicPartition, int]:
        """The group's committed offsets; partitions without one are left out.

        Raises:
            BrokerTrouble: the group's coordinator did not answer in time.
        """
        return {partition: offset for partition, (offset, _) in self.noted(partitions, timeout_s).items()}

    def noted(self, partitions: Collection[TopicPartition], timeout_s: float) -> dict[TopicPartition, tuple[int, str]]:
        """The group's committed offsets with their metadata; else as `committed`."""
        return kafka_offsets.noted(self._consumer, partitions, timeout_s)

    def has_committed(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """What became of a transaction in doubt: whether the group has committed these offsets.

        Raises:
            BrokerTrouble: the group's coordinator did not answer in time.
        """
        # One that never subscribes: while it leaves the group, a member is given no answer to this question.
        asking = self._make()
        try:
            noted = kafka_offsets.noted(asking, offsets, COMMITTED_TIMEOUT_S)
        finally:
            asking.close()
        found = {partition: offset for partition, (offset, _) in noted.items()}
        return all(found.get(partition, -1) >= offset for partition, offset in offsets.items())

    def bounds(self, partition: TopicPartition, timeout_s: float) -> tuple[int, int]:
        """The first offset that a partition still holds, and the end of what is committed in it.

        Raises:
            BrokerTrouble: the partition's leader did not answer in time.
        """
        try:
            found: tuple[int, int] = self._consumer.get_watermark_offsets(Place(*partition), timeout_s)
        except KafkaException as error:
            raise BrokerTrouble(f"the end of {partition[0]} could not be read: {error.args[0].str()}") from error
        return found

    def commit(self, offsets: Mapping[TopicPartition, int], notes: Mapping[TopicPartition, str] = NO_NOTES) -> bool:
        """Commit offsets outside a transaction and wait for the answer, also for a coordinator that is coming back.

        Args:
            offsets: per partition the next offset to read.
            notes: what to keep beside them as their metadata.

        Returns:
            False when the group takes none from us now, because it is being rebalanced or has given us up: the next
            polls tell which partitions are still ours.

        Raises:
            BrokerTrouble: they were not committed; reading them again is harmless.
        """
        return kafka_offsets.commit(self._consumer, offsets, notes)

    def lag(self, partition: TopicPartition, next_offset: int) -> int | None:
        """Records behind the end of a partition by what the last fetch said; None when nothing was fetched yet."""
        try:
            _, high = self._consumer.get_watermark_offsets(Place(*partition), cached=True)
        except KafkaException:
            return None
        return max(0, high - next_offset) if high >= 0 else None

    def behind(self, topics: Iterable[str]) -> dict[str, int]:
        """Records of each topic that stand unread in the partitions held here, by what the last fetches said."""
        unread = dict.fromkeys(topics, 0)
        for place in self._consumer.position(self._consumer.assignment()):
            # Before the first record the position is not known.
            if place.topic in unread and place.offset >= 0:
                unread[place.topic] += self.lag((place.topic, place.partition), place.offset) or 0
        return unread

    def group_metadata(self) -> Any:
        """The member's generation as of now; never to be kept across transactions."""
        return self._consumer.consumer_group_metadata()

    def close(self) -> None:
        """Leave the group; the revoke callback runs a last time."""
        self._consumer.close()


def _consumer(properties: dict[str, Any]) -> Consumer:
    try:
        return Consumer(properties)
    except KafkaException as error:
        raise ConfigurationError(refused_property(error)) from None


def refused_property(error: KafkaException) -> str:
    """The message for a property that librdkafka does not take."""
    return f"librdkafka refuses its configuration: {error.args[0].str()}; see the KAFKA_* names of the environment"


def _nothing(_: list[TopicPartition]) -> None:
    """Nobody has subscribed yet."""


def _partitions(places: list[Place]) -> list[TopicPartition]:
    return [(place.topic, place.partition) for place in places]


def _log(event: str, partitions: Collection[TopicPartition]) -> None:
    log.info(event, partitions=[f"{topic}-{partition}" for topic, partition in sorted(partitions)])


def record_of(message: Message) -> Record:
    """A message without an error, free of the client library."""
    # The types allow None everywhere; a message without an error has a place.
    position = Position(message.topic(), message.partition(), message.offset(), message.timestamp()[1])  # type: ignore[arg-type]
    return Record(position, message.key(), message.value(), message.headers() or [])  # type: ignore[arg-type]
