"""What the topics hold of tickets: found by reading every record, those of aborted transactions too."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from consumer.bad_records.dead_letter import first_position
from consumer.commands.tail import event_of
from consumer.config.settings import Settings
from consumer.kafka import admin
from consumer.kafka.cluster import sink_group
from consumer.kafka.records import Record, TopicPartition
from consumer.kafka.schema_registry import registry_of
from consumer.kafka.topic_reader import every
from consumer.sink.topics import sink_topic_names
from schemas.codec import BadRecord, Decoder, SchemaRegistry
from schemas.field_rules import EARLIEST_MS, LATEST_MS


class Held(NamedTuple):
    """A record of a ticket.

    Attributes:
        ticket_id: of the ticket.
        topic: where it stands.
        partition: of the topic.
        offset: of the record.
        at_ms: its time, in milliseconds since the epoch; -1 for none.
    """

    ticket_id: str
    topic: str
    partition: int
    offset: int
    at_ms: int


class Keeping(NamedTuple):
    """How long a topic keeps its records.

    Attributes:
        retention_ms: -1 is for ever; None where the cluster does not tell.
        is_compacted: whether a record stays until a later one has its key.
    """

    retention_ms: int | None
    is_compacted: bool

    def ends_at(self, at_ms: int) -> datetime | None:
        """When the retention of a record ends; None when it does not, or cannot be told."""
        if self.retention_ms is None or self.retention_ms < 0 or not EARLIEST_MS <= at_ms < LATEST_MS:
            return None
        return datetime.fromtimestamp(at_ms / 1000, UTC) + timedelta(milliseconds=self.retention_ms)


class Finder:
    """Tells of which ticket a record is.

    Args:
        settings: whose topics these are.
        ticket_ids: the tickets that are looked for.
        registry: of schemas.
    """

    def __init__(self, settings: Settings, ticket_ids: Collection[str], registry: SchemaRegistry | None) -> None:
        self._settings = settings
        self._ids = frozenset(ticket_ids)
        self._keys = {ticket_id.encode("utf-8", "surrogatepass"): ticket_id for ticket_id in self._ids}
        self._registry = registry
        self._decoders: dict[str, Decoder] = {}
        ids = b"|".join(re.escape(key) for key in sorted(self._keys, key=len, reverse=True))
        # What cannot be decoded is searched: text for the id as a word, bytes for it anywhere, since the length that
        # stands before a text in Avro may be a letter.
        self._words = re.compile(rb"(?<![\w-])(?:" + ids + rb")(?![\w-])")
        self._anywhere = re.compile(ids)

    def ticket_of(self, record: Record) -> str | None:
        """Which of the tickets it belongs to: by its key, by its value, or by the id in a value that cannot be read."""
        if record.key is not None and record.key in self._keys:
            return self._keys[record.key]
        if record.value is None:
            return None
        decoder = self._decoder(record)
        if decoder is not None:
            try:
                event = decoder.decode(record.value, first_position(record, record.position.topic) or record.position)
            except BadRecord:
                pass
            else:
                ticket_id = event.get("ticket_id")
                return ticket_id if ticket_id in self._ids else None
        searched = self._words if record.value.startswith(b"{") else self._anywhere
        found = searched.search(record.value)
        return self._keys[found.group()] if found else None

    def _decoder(self, record: Record) -> Decoder | None:
        topics, topic = self._settings.topics, record.position.topic
        if topic in {topics.dead_letter, topics.park}:
            topic = record.header("ts-topic") or topic
        event = event_of(self._settings, topic)
        if event is None:
            return None
        if topic not in self._decoders:
            self._decoders[topic] = Decoder(event, self._registry)
        return self._decoders[topic]


def topics_of_tickets(settings: Settings) -> list[str]:
    """The topics that can hold records of tickets; the others hold positions, digests and alerts."""
    topics = settings.topics
    return [
        topics.created,
        topics.corrected,
        topics.categorized,
        topics.recategorize,
        topics.dead_letter,
        topics.park,
        topics.audit,
        topics.telemetry,
    ]


def held(
    settings: Settings, ticket_ids: Collection[str], topics: Iterable[str], on_record: Callable[[str], None]
) -> Iterator[Held]:
    """Every record of these tickets in these topics.

    Args:
        settings: where the topics are.
        ticket_ids: at least one.
        topics: that exist.
        on_record: told the topic of each record that was read.

    Raises:
        BrokerTrouble: a topic could not be read.
        RegistryUnavailable: the schema registry did not give a schema.
    """
    finder = Finder(settings, ticket_ids, registry_of(settings))
    for topic in topics:
        for record in every(settings, topic):
            on_record(topic)
            if (ticket_id := finder.ticket_of(record)) is not None:
                yield Held(ticket_id, *record.position)


def keeping(settings: Settings, topics: Collection[str]) -> dict[str, Keeping]:
    """How long each of these topics keeps its records.

    Raises:
        BrokerTrouble: no broker answered.
    """
    made = {}
    for name, state in admin.describe(settings, topics).items():
        properties = state.properties or {}
        retention = properties.get("retention.ms")
        is_compacted = "compact" in properties.get("cleanup.policy", "")
        # A topic that is compacted alone has no retention.
        is_kept = is_compacted and "delete" not in properties.get("cleanup.policy", "")
        made[name] = Keeping(-1 if is_kept else None if retention is None else int(retention), is_compacted)
    return made


def unstored(settings: Settings, found: Iterable[Held]) -> list[Held]:
    """The records that a sink which runs has not committed: it may store them yet.

    A sink that is started later leaves out what is on the list of forgotten tickets.

    Raises:
        BrokerTrouble: the sink's offsets could not be read.
    """
    group = sink_group(settings)
    wanted = [each for each in found if each.topic in sink_topic_names(settings)]
    if not wanted or not admin.may_have_members(settings, group):
        return []
    return _beyond(wanted, admin.group_offsets(settings, group, {(each.topic, each.partition) for each in wanted}))


def unanswered(settings: Settings, found: Collection[Held]) -> list[Held]:
    """The records that the categorizer has not committed, of tickets without an answer, or that wait for the model.

    Raises:
        BrokerTrouble: the categorizer's offsets could not be read.
    """
    topics = settings.topics
    answered = {each.ticket_id for each in found if each.topic == topics.categorized}
    wanted = [
        each
        for each in found
        if each.topic == topics.recategorize or (each.topic == topics.created and each.ticket_id not in answered)
    ]
    partitions = {(each.topic, each.partition) for each in wanted}
    return _beyond(wanted, admin.group_offsets(settings, settings.kafka_group_id, partitions))


def _beyond(wanted: Iterable[Held], committed: Mapping[TopicPartition, int]) -> list[Held]:
    return [each for each in wanted if each.offset >= committed.get((each.topic, each.partition), 0)]
