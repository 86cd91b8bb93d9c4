"""The topic of overrides, as a feed: compacted, one key for each text of each scope."""

from collections.abc import Iterator

import structlog

from consumer.answer.override_record import decode, key_of, scope_of
from consumer.answer.overrides import OverrideChange, Overrides
from consumer.answer.taxonomy import Taxonomy
from consumer.config.settings import Settings
from consumer.kafka import admin
from consumer.kafka.records import Record
from consumer.kafka.topic_reader import Follower
from consumer.overrides.following import FollowedOverrides, change_of, no_overrides

log = structlog.get_logger()


class OverridesTopic:
    """Reads `ticket-overrides`; a topic that is missing is made. Not thread-safe.

    Args:
        settings: where the topic is.
        scope: whose overrides count; see `scope_of`.
    """

    def __init__(self, settings: Settings, scope: str) -> None:
        self._settings = settings
        self._scope = scope
        self._mine = key_of(scope, "")
        self._follower = Follower(settings, settings.topics.overrides)

    def load(self) -> Iterator[OverrideChange]:
        """Everything that is committed.

        Raises:
            BrokerTrouble: the topic could not be made or read.
        """
        topics = self._settings.topics
        admin.ensure(self._settings, topics.overrides, like=topics.created)
        for record in self._follower.all():
            if record.key is not None and record.key.startswith(self._mine):
                yield self._change(record, record.key)

    def more(self) -> list[OverrideChange]:
        """What was committed since; it never waits.

        Raises:
            BrokerTrouble: it may not be read any more.
        """
        return [
            self._change(record, record.key)
            for record in self._follower.more()
            if record.key is not None and record.key.startswith(self._mine)
        ]

    def close(self) -> None:
        """Read no more."""
        self._follower.close()

    def _change(self, record: Record, key: bytes) -> OverrideChange:
        """What a record says of its text; one that cannot be read says that nothing stands any more."""
        fingerprint = key[len(self._mine) :].decode("utf-8", "replace")
        if record.value is None:
            return OverrideChange(fingerprint, None)
        try:
            override = decode(record.value)
            detail = "" if override.key == key else "its key is of another text"
        except ValueError as error:
            detail = str(error)
        if detail:
            topic, partition, offset, _ = record.position
            log.warning("override.unreadable", topic=topic, partition=partition, offset=offset, detail=detail)
            return OverrideChange(fingerprint, None)
        return change_of(override)


def overrides_of(settings: Settings, taxonomy: Taxonomy) -> FollowedOverrides:
    """The overrides of a worker; none with `OVERRIDES=off`, and then no broker is asked for any."""
    if settings.overrides == "off":
        return no_overrides()
    scope = scope_of(taxonomy.name, settings.kafka_group_id)
    memory = Overrides(settings.overrides_max, settings.overrides_days)
    return FollowedOverrides(memory, OverridesTopic(settings, scope))
