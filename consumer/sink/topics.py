"""What ClickHouse is made of: the sink's topics, and what each of them holds."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from analytics.store.encoded import EVENT, EncodedRow, encoded
from analytics.store.rows import Row, SinkEvent, StoredEvent
from consumer.bad_records.dead_letter import DeadLetter, first_position
from consumer.config.settings import Settings
from consumer.kafka.records import Record
from schemas.codec import BadRecord, Decoder, SchemaRegistry


class StoredTopic(Protocol):
    """A topic of the sink: what is stored of it, and how it is read."""

    @property
    def event(self) -> StoredEvent: ...

    def read(self, record: Record) -> Row | EncodedRow | DeadLetter | None:
        """The row that a record makes, or why it makes none; None when it is passed over.

        Raises:
            RegistryUnavailable: the record's schema could not be asked for.
        """
        ...

    def condemned(self, letter: DeadLetter) -> DeadLetter | None:
        """What becomes of a record that has crashed its readers; None when it is passed over."""
        ...


class SinkTopic(NamedTuple):
    """A topic whose events are stored as they are."""

    event: SinkEvent
    decoder: Decoder

    def read(self, record: Record) -> Row | EncodedRow | DeadLetter:
        """The row that a record makes, or why it makes none.

        An answer that was written with our current schema is left as it is: whether it makes a row is seen when it is
        stored. Other answers are decoded, and encoded anew, so that all of them are stored in the same way.

        Raises:
            RegistryUnavailable: the record's schema could not be asked for.
        """
        if self.event != EVENT:
            return self._decoded(record)
        start = self.decoder.own_body(record.value)
        if start is not None and record.value is not None:
            return EncodedRow(record.value, start, record.position)
        outcome = self._decoded(record)
        try:
            return encoded(outcome) if isinstance(outcome, Row) else outcome
        except BadRecord:
            # What the schema cannot hold the table may refuse as well; that is decided when it is stored.
            return outcome

    def condemned(self, letter: DeadLetter) -> DeadLetter:
        """It is a dead letter."""
        return letter

    def _decoded(self, record: Record) -> Row | DeadLetter:
        first = first_position(record, record.position.topic) or record.position
        try:
            return Row(self.event, self.decoder.decode(record.value, first), record.position)
        except BadRecord as bad:
            return DeadLetter(bad.reason, bad.detail)


def decided(row: EncodedRow) -> Row | DeadLetter:
    """The row that an encoded answer makes, or why it makes none."""
    try:
        return row.decoded()
    except BadRecord as bad:
        return DeadLetter(bad.reason, bad.detail)


def sink_events(settings: Settings) -> dict[str, SinkEvent]:
    """The topics whose events ClickHouse holds as they are."""
    topics = settings.topics
    return {
        topics.categorized: "TicketCategorized",
        topics.corrected: "TicketCorrected",
        topics.telemetry: "Operation",
        topics.alerts: "Alert",
    }


def sink_topic_names(settings: Settings) -> list[str]:
    """The topics that ClickHouse is made of: with TEXTS_KEPT_DAYS, `ticket-created` too."""
    return [*sink_events(settings), *([settings.topics.created] if settings.texts_kept_days else [])]


def sink_topics(
    settings: Settings, registry: SchemaRegistry | None, skipped: Callable[[str], None]
) -> dict[str, StoredTopic]:
    """The same, and how each is read.

    Args:
        settings: where they are.
        registry: of schemas.
        skipped: is told why a ticket makes no text.
    """
    made: dict[str, StoredTopic] = {
        topic: SinkTopic(event, Decoder(event, registry)) for topic, event in sink_events(settings).items()
    }
    if settings.texts_kept_days:
        # Cleaning takes long to import, and most sinks keep no texts.
        from consumer.sink.text_topic import text_topic_of  # noqa: PLC0415

        made[settings.topics.created] = text_topic_of(settings, registry, skipped)
    return made
