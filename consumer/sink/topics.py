"""What ClickHouse is made of: the sink's group, its topics, and what each of them holds."""

from typing import NamedTuple

from analytics.store.rows import StoredEvent
from consumer.config.settings import Settings
from schemas.codec import Decoder, SchemaRegistry


class SinkTopic(NamedTuple):
    """A topic of the sink: what it holds and how it is read."""

    event: StoredEvent
    decoder: Decoder


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
