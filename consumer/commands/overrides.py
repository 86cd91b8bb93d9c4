"""The records of `ticket-overrides` as commands see them: read, taken away, and decided again from ClickHouse."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from analytics.store.judged_fingerprints import Removing, note_removed
from consumer.answer.override_record import Override, decode, encode
from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble
from consumer.kafka import admin
from consumer.kafka.cluster import cluster_of
from consumer.kafka.producer import PlainProducer
from consumer.kafka.records import Message
from consumer.kafka.topic_reader import committed
from consumer.sink.overrides import Overrides, company_of

TIMEOUT_S = 15.0


class Kept(NamedTuple):
    """What `ticket-overrides` says of a text.

    Attributes:
        override: the newest record of its key.
        value: the same as it stands in the topic.
        written_at_ms: when the record was written, in milliseconds since the epoch.
    """

    override: Override
    value: bytes
    written_at_ms: int


def kept(settings: Settings) -> dict[bytes, Kept]:
    """The newest record of each key, of all scopes. Tombstones are left out, and what a later version wrote.

    Raises:
        BrokerTrouble: the topic could not be read.
    """
    topic = settings.topics.overrides
    found: dict[bytes, Kept] = {}
    if topic not in admin.partition_counts(settings):
        return found
    for record in committed(settings, topic):
        if record.key is None:
            continue
        found.pop(record.key, None)
        if record.value is not None:
            try:
                override = decode(record.value)
            except ValueError:
                continue
            found[record.key] = Kept(override, record.value, record.position.timestamp_ms)
    return found


def remove(settings: Settings, client: Removing, overrides: Collection[Override], now_ms: int) -> None:
    """Take overrides away, until somebody corrects such a text again.

    It is noted in ClickHouse first: a sink that decides from then on decides the same.

    Args:
        settings: where the topic is.
        client: of the database that the sink decides from.
        overrides: as they stand in the topic.
        now_ms: the time, in milliseconds since the epoch.

    Raises:
        BrokerTrouble: not all of it was written; doing it again is harmless.
        analytics.clickhouse.errors.Unavailable: nothing was written; ClickHouse may take it later.
    """
    note_removed(client, dict.fromkeys((override.key for override in overrides), now_ms))
    write(settings, [_removed(settings, override) for override in overrides])


def without_tickets(
    settings: Settings, overrides: Overrides, fingerprints: Collection[str], hashes: Collection[str]
) -> list[Message]:
    """What the records of these texts would be if some tickets had never been, where that is not what they are.

    What stands on these tickets alone has a tombstone then. A text of which there is no record gets none.

    Args:
        settings: where the topic is.
        overrides: decides.
        fingerprints: of the texts.
        hashes: of the tickets that do not count.

    Raises:
        BrokerTrouble: the topic could not be read.
        analytics.clickhouse.errors.Unavailable: ClickHouse may answer later.
    """
    if not fingerprints:
        return []
    before = kept(settings)
    return [message for message in _changes(before, overrides.of_texts(fingerprints, hashes)) if message.key in before]


def decide_again(settings: Settings, client: Removing, tickets: Collection[str]) -> int:
    """Write the overrides of these tickets' texts that the topic does not hold as they follow; how many they were.

    What was taken away stays away: a ClickHouse that was lost learns of it from the topic.

    Args:
        settings: where the topic is.
        client: of a database that holds all judgements.
        tickets: that were judged.

    Raises:
        BrokerTrouble: not all of it was written; doing it again is harmless.
        analytics.clickhouse.errors.Unavailable: ClickHouse may answer later.
    """
    if not tickets:
        return 0
    admin.ensure(settings, settings.topics.overrides, like=settings.topics.created)
    before = kept(settings)
    note_removed(client, {key: each.written_at_ms for key, each in before.items() if each.override.reason == "removed"})
    overrides = Overrides(client, company_of(settings))
    changed = _changes(before, overrides.of(tickets))
    write(settings, changed)
    return len(changed)


def write(settings: Settings, messages: Sequence[Message]) -> None:
    """Write records of overrides, outside of any transaction.

    Raises:
        BrokerTrouble: not all of them were written; doing it again is harmless.
    """
    if not messages:
        return
    producer = PlainProducer(cluster_of(settings), "overrides")
    failures: list[str] = []
    for message in messages:
        producer.send(message, failures.append)
    left = producer.flush(TIMEOUT_S)
    if left or failures:
        unanswered = producer.why_undelivered() or f"the broker did not answer within {TIMEOUT_S:g} s"
        reason = failures[0] if failures else unanswered
        raise BrokerTrouble(f"not all overrides were written: {reason}; run the command again")


def _removed(settings: Settings, override: Override) -> Message:
    changed = msgspec.structs.replace(override, people=1, state="retired", reason="removed")
    return Message(settings.topics.overrides, override.key, encode(changed))


def _changes(before: Mapping[bytes, Kept], messages: Iterable[Message]) -> list[Message]:
    """The messages of which the topic holds another value; the last of each key."""
    latest = {message.key or b"": message for message in messages}
    return [message for key, message in latest.items() if _differs(before.get(key), message)]


def _differs(before: Kept | None, message: Message) -> bool:
    return message.value != (before.value if before else None)
