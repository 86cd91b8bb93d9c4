"""Which Kafka cluster the service talks to, and under which names a worker is known there."""

from collections.abc import Mapping
from typing import NamedTuple

from consumer.config.settings import Settings

Properties = Mapping[str, str | int | bool]

# A broker that is back is found within half a second; librdkafka's default is ten seconds.
RECONNECTING: Properties = {"reconnect.backoff.max.ms": 500}


class Cluster(NamedTuple):
    """How to reach the brokers, and with which properties of librdkafka.

    Attributes:
        bootstrap_servers: comma-separated `host:port`.
        consumer_properties: for consumers.
        producer_properties: for producers.
    """

    bootstrap_servers: str
    consumer_properties: Mapping[str, str] = {}
    producer_properties: Mapping[str, str] = {}

    def reading_from_the_beginning(self) -> "Cluster":
        """The same for a consumer that reads what was there before it, whatever the settings say."""
        return self._replace(consumer_properties={**self.consumer_properties, "auto.offset.reset": "earliest"})

    def with_member(self, name: str) -> "Cluster":
        """The same for one worker: where members are static, each worker of an instance has an id of its own."""
        instance = self.consumer_properties.get("group.instance.id")
        if not instance:
            return self
        return self._replace(
            consumer_properties={**self.consumer_properties, "group.instance.id": f"{instance}.{name}"}
        )


def cluster_of(settings: Settings) -> Cluster:
    """The cluster that the settings name."""
    properties = settings.kafka_properties
    return Cluster(settings.kafka_bootstrap_servers, properties.consumer, properties.producer)


class WorkerIdentity(NamedTuple):
    """Which worker this is: the instance's name and the worker's number within the instance."""

    instance: str
    worker: str

    @property
    def member(self) -> str:
        """The client id of a categorizer's worker."""
        return f"{self.instance}.{self.worker}"

    @property
    def sink_member(self) -> str:
        """The client id of a sink's worker."""
        return f"{self.instance}.sink-{self.worker}"


def sink_group(settings: Settings) -> str:
    """The sinks' consumer group."""
    return f"{settings.kafka_group_id}-sink"
