"""Reads the alerts of the last days from their topic."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from consumer.config.settings import Settings
from consumer.kafka import admin
from consumer.kafka.topic_reader import committed
from schemas.codec import BadRecord, Decoder, RegistryUnavailable

if TYPE_CHECKING:
    from schemas.events import Alert


def past_alerts(settings: Settings, decoder: Decoder, since_ms: int) -> Iterator["Alert"]:
    """Every alert since then, in the order of the topic; records that cannot be decoded are left out.

    Raises:
        BrokerTrouble: the topic could not be read.
    """
    topic = settings.topics.alerts
    if topic not in admin.partition_counts(settings):
        return
    for record in committed(settings, topic, since_ms=since_ms):
        try:
            yield cast("Alert", decoder.decode(record.value, record.position))
        except (BadRecord, RegistryUnavailable):
            continue
