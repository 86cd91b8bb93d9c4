"""A member of a consumer group: polls records, and hears which partitions come and go."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Literal, NamedTuple

import structlog
from confluent_kafka import OFFSET_BEGINNING, TIMESTAMP_NOT_AVAILABLE, Consumer, KafkaError, KafkaException, Message
from confluent_kafka import TopicPartition as ClientPartition

from consumer import crash_points, outside
from consumer.errors import ConfigurationError
from consumer.guards.bounded_poll import take
from consumer.guards.rebalance import RebalanceWatch
from consumer.kafka.client_log import ClientLog
from consumer.kafka.cluster import RECONNECTING, Cluster, Properties
from consumer.kafka.error_codes import is_member_fenced, judge_poll_error, refused_property
from consumer.kafka.offsets import GroupOffsets
from consumer.kafka.records import Record, TopicPartition
from consumer.kafka.refusals import Asked, explained
from schemas.position import NO_TIMESTAMP, Position

log = structlog.get_logger()

_Gone = Literal["partitions.revoked", "partitions.lost"]

DEFAULTS: Properties = {
    "auto.offset.reset": "earliest",
    "partition.assignment.strategy": "cooperative-sticky",
    "session.timeout.ms": 10_000,
    # A member hears of a rebalance by its heartbeat: until all have, nobody answers the partitions of one that left.
    "heartbeat.interval.ms": 500,
    "max.poll.interval.ms": 60_000,
    "queued.max.messages.kbytes": 16_384,
    # The queue may exceed its bound by one answer of each broker; at the default of 50 MiB that is what counts.
    "fetch.max.bytes": 16 * 1024 * 1024,
    "fetch.wait.max.ms": 50,
    # Once enough is queued the client fetches nothing for this long, and a pause empties what was queued: at the
    # default of a second the model would wait for tickets after most pauses.
    "fetch.queue.backoff.ms": 20,
    # How soon partitions that are added to a topic are seen; the default is five minutes. The group's rebalance, which
    # follows, takes a few heartbeats: together less than half a minute.
    "topic.metadata.refresh.interval.ms": 10_000,
    **RECONNECTING,
}
# On these the delivery promise rests; the configuration refuses to change them.
PROMISED: Properties = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "isolation.level": "read_committed",
}
# For as long after a connection was lost may a member have fenced itself: a session, and a broker's way back.
DOUBTFUL_S = 30.0


class Assignments(NamedTuple):
    """What to do when partitions come and go; called from within `poll` and `close`.

    Attributes:
        assigned: new partitions.
        revoked: partitions to hand over; offsets may be committed for them while the callback runs.
        lost: partitions that another member has already; nothing may be committed for them.
    """

    assigned: Callable[[list[TopicPartition]], None]
    revoked: Callable[[list[TopicPartition]], None]
    lost: Callable[[list[TopicPartition]], None]


class GroupConsumer:
    """A member of a consumer group. Not thread-safe: one thread polls, pauses and closes it.

    Args:
        cluster: where the group is.
        group: its id.
        client_id: under which the broker knows this member.
        make: makes the client's consumer; tests put theirs here.
        rebalanced: is told `assigned`, `revoked` or `lost`, and which partitions the member has now.

    Attributes:
        offsets: the group's.
        health: whether the member can go on.

    Raises:
        ConfigurationError: librdkafka refuses a property.
    """

    def __init__(
        self,
        cluster: Cluster,
        group: str,
        client_id: str,
        make: Callable[[dict[str, Any]], Consumer] | None = None,
        rebalanced: Callable[[str, Collection[TopicPartition]], None] = lambda *_: None,
    ) -> None:
        self._rebalanced = rebalanced
        self._client_log = ClientLog(cluster.consumer_properties)
        self.health = self._client_log.health
        self._make = partial(make or _new_consumer, _properties(cluster, group, client_id, self._client_log))
        self._consumer = self._make()
        self._group = group
        self.offsets = GroupOffsets(lambda: self._consumer, self._make, group, lambda: self._client_log.reason)
        self._rebalance = RebalanceWatch(time.monotonic())
        self._topics: list[str] = []
        self._assignments = Assignments(_ignore, _ignore, _ignore)
        self._assigned: set[TopicPartition] = set()
        self._gone_meanwhile: set[TopicPartition] = set()

    def subscribe(self, topics: list[str], assignments: Assignments) -> None:
        """Join the group for these topics; callbacks run within `poll` and `close`."""
        self._topics, self._assignments = topics, assignments
        self._join()

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        """What has arrived: waits for the first record only, then takes what is there already.

        Raises:
            BrokerTrouble: the broker refuses this consumer for good (authorisation), or the client is broken.
            Fenced: another process has this member's place in the group.
        """
        first = self._consumer.poll(timeout_s)
        if first is None:
            _report_unsettled(self._rebalance.overdue_s(time.monotonic()))
            return []
        # Partitions may go while the rest is fetched. What was fetched of them before belongs to their next owner.
        self._gone_meanwhile.clear()
        records = []
        for message in take(self._consumer, first, max_records):
            error = message.error()
            if error is None:
                records.append(record_of(message))
            elif _is_fenced_in_doubt(error, self._client_log.failed_s, time.monotonic()):
                self._join_again()
                return []
            else:
                topic = message.topic()
                asked = Asked(read=[topic] if topic else self._topics, group=self._group)
                judge_poll_error(error, explained(error, asked, why=self._client_log.reason))
                self.health.poll_failed(error.name(), time.monotonic())
        crash_points.reached("after_poll")
        return self._still_assigned(records) if self._gone_meanwhile else records

    def pause(self, partitions: Collection[TopicPartition]) -> None:
        """Fetch nothing more of these; polling goes on."""
        self._consumer.pause([ClientPartition(*partition) for partition in partitions])

    def resume(self, partitions: Collection[TopicPartition]) -> None:
        """Fetch these again."""
        self._consumer.resume([ClientPartition(*partition) for partition in partitions])

    def rewind(self, partition: TopicPartition, offset: int) -> None:
        """Read this partition again from the offset."""
        self._consumer.seek(ClientPartition(*partition, offset))

    def give_back(self, records: Sequence[Record]) -> None:
        """Read these again: they were polled and are not dealt with."""
        first: dict[TopicPartition, int] = {}
        for record in records:
            first.setdefault(record.partition, record.position.offset)
        for partition, offset in first.items():
            self.rewind(partition, offset)

    def group_metadata(self) -> Any:
        """The member's generation as of now; never to be kept across transactions."""
        return self._consumer.consumer_group_metadata()

    def has_committed(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """As `GroupOffsets.has_committed`."""
        return self.offsets.has_committed(offsets)

    def close(self) -> None:
        """Leave the group; the revoke callback runs a last time."""
        self._consumer.close()

    def _join(self) -> None:
        self._rebalance = RebalanceWatch(time.monotonic())
        callbacks = self._assignments
        self._consumer.subscribe(
            self._topics,
            on_assign=lambda _, found: self._on_assigned(_partitions(found)),
            on_revoke=lambda _, found: self._on_gone("partitions.revoked", callbacks.revoked, _partitions(found)),
            on_lost=lambda _, found: self._on_gone("partitions.lost", callbacks.lost, _partitions(found)),
        )

    def _on_assigned(self, partitions: list[TopicPartition]) -> None:
        _log("partitions.assigned", partitions)
        self._assigned.update(partitions)
        crash_points.reached("on_assign")
        self._rebalance.assigned()
        if partitions:
            self._rebalanced("assigned", self._assigned)
        self._assignments.assigned(partitions)

    def _on_gone(
        self, event: _Gone, callback: Callable[[list[TopicPartition]], None], partitions: Collection[TopicPartition]
    ) -> None:
        # Of a consumer that was given up everything is gone already.
        gone = [partition for partition in partitions if partition in self._assigned]
        _log(event, gone)
        crash_points.reached("on_revoke")
        self._assigned.difference_update(gone)
        self._gone_meanwhile.update(gone)
        if gone:
            self._rebalanced(event.removeprefix("partitions."), self._assigned)
        self._rebalance.gave_up(everything=not self._assigned, now=time.monotonic())
        callback(gone)

    def _still_assigned(self, records: list[Record]) -> list[Record]:
        """Without the records of partitions that went while they were fetched.

        Of a partition that went and came back nobody can tell which records came before and which after. That
        partition is read again from the group's offset.
        """
        back = sorted({record.partition for record in records} & self._gone_meanwhile & self._assigned)
        committed = self.offsets.committed(back) if back else {}
        for partition in back:
            # Where nothing was fetched since, the client is at the group's offset already, and refuses to seek.
            with suppress(KafkaException):
                self.rewind(partition, committed.get(partition, OFFSET_BEGINNING))
        return [record for record in records if record.partition not in self._gone_meanwhile]

    @outside.waiting("kafka")
    def _join_again(self) -> None:
        """Take the place with a new consumer, the old one being of no use any more.

        Should another process have had the place, then that process is fenced now, or this one is fenced again, and
        then without this doubt.
        """
        log.warning("group.joined_again", detail="the member's place was given away when a connection was lost")
        self._client_log.failed_s = None
        self._on_gone("partitions.lost", self._assignments.lost, sorted(self._assigned))
        self._consumer.close()
        self._consumer = self._make()
        self._join()


def _report_unsettled(unsettled_s: float | None) -> None:
    if unsettled_s is not None:
        log.warning(
            "group.unsettled",
            seconds=round(unsettled_s),
            mend="look for a member that no longer polls, or one with another partition.assignment.strategy",
        )


def _is_fenced_in_doubt(error: KafkaError, failed_s: float | None, now: float) -> bool:
    """Whether this member's place was taken, and perhaps by itself.

    A static member whose join was lost with its broker joins once more, under another id, and fences the first.
    """
    return is_member_fenced(error) and failed_s is not None and now - failed_s < DOUBTFUL_S


def _properties(cluster: Cluster, group: str, client_id: str, client_log: ClientLog) -> dict[str, Any]:
    return {
        **DEFAULTS,
        **cluster.consumer_properties,
        **PROMISED,
        "bootstrap.servers": cluster.bootstrap_servers,
        "group.id": group,
        "client.id": client_id,
        "error_cb": client_log.error,
        "logger": client_log,
    }


def _new_consumer(properties: dict[str, Any]) -> Consumer:
    try:
        return Consumer(properties)
    except KafkaException as error:
        raise ConfigurationError(refused_property(error, properties)) from None


def _ignore(_: list[TopicPartition]) -> None:
    """Before `subscribe` there is no callback."""


def _partitions(found: list[ClientPartition]) -> list[TopicPartition]:
    return [(partition.topic, partition.partition) for partition in found]


def _log(
    event: Literal["partitions.assigned", "partitions.revoked", "partitions.lost"],
    partitions: Collection[TopicPartition],
) -> None:
    log.info(event, partitions=[f"{topic}-{partition}" for topic, partition in sorted(partitions)])


def record_of(message: Message) -> Record:
    """A message without an error, free of the client library."""
    kind, timestamp_ms = message.timestamp()
    if kind == TIMESTAMP_NOT_AVAILABLE:
        timestamp_ms = NO_TIMESTAMP
    # The types allow None everywhere; a message without an error has a position.
    position = Position(message.topic(), message.partition(), message.offset(), timestamp_ms)  # type: ignore[arg-type]
    return Record(position, message.key(), message.value(), message.headers() or [])  # type: ignore[arg-type]
