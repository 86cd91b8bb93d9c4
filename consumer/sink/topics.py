"""What ClickHouse is made of: the sink's group, its topics, and what each of them holds."""

from typing import NamedTuple

from analytics.store.rows import Row, StoredEvent
from consumer.bad_records.dead_letter import DeadLetter, first_position
from consumer.config.settings import Settings
from consumer.kafka.records import Record
from schemas.codec import BadRecord, Decoder, SchemaRegistry


class SinkTopic(NamedTuple):
    """A topic of the sink: what it holds and how it is read."""

    event: StoredEvent
    decoder: Decoder

    def read(self, record: Record) -> Row | DeadLetter:
        """The row that a record makes, or why it makes none.

        Raises:
            RegistryUnavailable: the record's schema could not be asked for.
        """
        first = first_position(record, record.position.topic) or record.position
        try:
            return Row(self.event, self.decoder.decode(record.value, first), record.position)
        except BadRecord as bad:
            return DeadLetter(bad.reason, bad.detail)


def sink_group(settings: Settings) -> str:
    """The sinks' consumer group."""
    return f"{settings.kafka_group_id}-sink"


def sink_events(settings: Settings) -> dict[str, StoredEvent]:
    """The topics that ClickHouse is made of."""
    topics = settings.topics
    return {
        topics.categorized: "TicketCategorized",
        topics.corrected: "TicketCorrected",
        topics.telemetry: "Operation",
        topics.alerts: "Alert",
    }


def sink_topics(settings: Settings, registry: SchemaRegistry | None) -> dict[str, SinkTopic]:
    """The same, and how each is read."""
    return {topic: SinkTopic(event, Decoder(event, registry)) for topic, event in sink_events(settings).items()}
