"""What ClickHouse is made of: the sink's topics, and what each of them holds."""

from typing import NamedTuple

from analytics.store.encoded import EVENT, EncodedRow, encoded
from analytics.store.rows import Row, StoredEvent
from consumer.bad_records.dead_letter import DeadLetter, first_position
from consumer.config.settings import Settings
from consumer.kafka.records import Record
from schemas.codec import BadRecord, Decoder, SchemaRegistry


class SinkTopic(NamedTuple):
    """A topic of the sink: what it holds and how it is read."""

    event: StoredEvent
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
