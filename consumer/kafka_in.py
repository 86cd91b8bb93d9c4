"""Reading from Kafka: the only file that holds a consumer."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message
from confluent_kafka import TopicPartition as Place

from consumer import crash_points
from consumer.errors import BrokerTrouble, ConfigurationError, Fenced, PlaceInDoubt
from consumer.kafka_log import ClientLog
from consumer.record import Record, TopicPartition
from consumer.settling import Settling
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
# On these the delivery promise rests; the configuration refuses to change them.
PROMISED: Mapping[str, str | int | bool] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "isolation.level": "read_committed",
}
_PERMANENT = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError._AUTHENTICATION,
    }
)
# Whoever has the partitions next reads the records again. A static member that rejoined fences what it was before.
_BETWEEN_MEMBERS = frozenset(
    {
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.UNKNOWN_MEMBER_ID,
        # The client knows already that a newer member has its place; the next poll says so.
        KafkaError._FATAL,
    }
)
# A broker that has just come back reads the groups' offsets first; the client does not wait for that itself.
_COORDINATOR_COMING = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError._WAIT_COORD,
    }
)
# Below the time in which a service that is told to stop has to have ended.
COMMIT_FOR_S = 8.0
COMMIT_PAUSE_S = 0.1
NO_NOTES: Mapping[TopicPartition, str] = {}
# For as long after a connection was lost may a member have fenced itself: a session, and a broker's way back.
DOUBTFUL_S = 30.0
# What librdkafka says within a fatal error when a newer member has taken a static member's place.
_PLACE_TAKEN = KafkaError(KafkaError.FENCED_INSTANCE_ID).str()


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


class KafkaIn:
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
        self._consumer = (make or _consumer)(
            {
                **DEFAULTS,
                **properties,
                **PROMISED,
                "bootstrap.servers": bootstrap_servers,
                "group.id": group,
                "client.id": client_id,
                "error_cb": self._client_log.error,
                "logger": self._client_log,
            }
        )
        self._settling = Settling(time.monotonic())

    def subscribe(self, topics: list[str], assignments: Assignments) -> None:
        """Join the group for these topics; callbacks run within `poll` and `close`."""
        self._settling = Settling(time.monotonic())
        held: set[TopicPartition] = set()

        def assigned(_: Consumer, places: list[Place]) -> None:
            partitions = _told("partitions.assigned", places)
            held.update(partitions)
            crash_points.reached("on_assign")
            self._settling.assigned()
            assignments.assigned(partitions)

        def gone(event: str, told: Callable[[list[TopicPartition]], None], places: list[Place]) -> None:
            partitions = _told(event, places)
            crash_points.reached("on_revoke")
            held.difference_update(partitions)
            self._settling.gave_up(everything=not held, now=time.monotonic())
            told(partitions)

        self._consumer.subscribe(
            topics,
            on_assign=assigned,
            on_revoke=lambda _, places: gone("partitions.revoked", assignments.revoked, places),
            on_lost=lambda _, places: gone("partitions.lost", assignments.lost, places),
        )

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        """What has arrived: waits for the first record only, then takes what is there already.

        Raises:
            BrokerTrouble: the broker refuses us for good (authorisation) or the client is broken.
            Fenced: another process has taken our place in the group; PlaceInDoubt when it may have been ourselves.
        """
        first = self._consumer.poll(timeout_s)
        if first is None:
            self._report_unsettled(time.monotonic())
            return []
        records = []
        for message in [first, *self._consumer.consume(max_records - 1, 0)]:
            error = message.error()
            if error is None:
                records.append(record_of(message))
            else:
                self._judge(error)
        crash_points.reached("after_poll")
        return records

    def _judge(self, error: KafkaError) -> None:
        if error.code() == KafkaError._FATAL and _PLACE_TAKEN in error.str():
            raise self._fenced(time.monotonic())
        # A fatal error comes here without its flag, and nothing would ever be read after it.
        if error.fatal() or error.code() == KafkaError._FATAL or error.code() in _PERMANENT:
            raise BrokerTrouble(f"Kafka refuses this consumer: {error.str()}")
        log.warning("consumer.error_reported", code=error.name(), detail=error.str())

    def _fenced(self, now: float) -> Fenced:
        failed_s = self._client_log.failed_s
        # A static member whose join was lost with the broker joins again under another id and fences the first. Should
        # it have been another process, that one is fenced by our coming back, or we again: and then without this doubt.
        if failed_s is not None and now - failed_s < DOUBTFUL_S:
            return PlaceInDoubt("the group gave our place away when a connection to Kafka was lost: starting again")
        return Fenced(
            "another process has this one's INSTANCE_ID or KAFKA_GROUP_INSTANCE_ID: stop it, or give this one its own"
        )

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
        try:
            places = self._consumer.committed([Place(*partition) for partition in partitions], timeout_s)
        except KafkaException as error:
            raise BrokerTrouble(f"the group's offsets could not be read: {error.args[0]}") from error
        found = [place for place in places if place.offset >= 0]
        return {(place.topic, place.partition): (place.offset, place.metadata or "") for place in found}

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
        # Counted from the first such answer: the client itself waits for a broker that is away.
        give_up_s: float | None = None
        while True:
            try:
                self._consumer.commit(offsets=places_of(offsets, notes), asynchronous=False)
            except KafkaException as error:
                code = error.args[0].code()
                if code in _BETWEEN_MEMBERS:
                    log.warning("offsets.refused", code=error.args[0].name())
                    return False
                give_up_s = give_up_s or time.monotonic() + COMMIT_FOR_S
                if code not in _COORDINATOR_COMING or time.monotonic() > give_up_s:
                    raise BrokerTrouble(f"offsets could not be committed: {error.args[0]}") from error
                time.sleep(COMMIT_PAUSE_S)
            else:
                return True

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


def _told(event: str, places: list[Place]) -> list[TopicPartition]:
    partitions = [(place.topic, place.partition) for place in places]
    log.info(event, partitions=[f"{topic}-{partition}" for topic, partition in sorted(partitions)])
    return partitions


def places_of(offsets: Mapping[TopicPartition, int], notes: Mapping[TopicPartition, str]) -> list[Place]:
    """What the client commits: offsets, and the metadata of those that have any."""
    return [Place(*partition, offset, notes.get(partition, "")) for partition, offset in offsets.items()]


def record_of(message: Message) -> Record:
    """A message without an error, free of the client library."""
    # The types allow None everywhere; a message without an error has a place.
    position = Position(message.topic(), message.partition(), message.offset(), message.timestamp()[1])  # type: ignore[arg-type]
    return Record(position, message.key(), message.value(), message.headers() or [])  # type: ignore[arg-type]
