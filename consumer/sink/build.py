"""From settings to a sink that runs. Settings are read here and nowhere deeper."""

import threading

import structlog

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.errors import Misconfigured, Rejected
from analytics.clickhouse.migrate import migrate
from consumer.bad_records import flood
from consumer.bad_records.dead_letter import DeadLetterWriter
from consumer.bad_records.flood import Flood
from consumer.bad_records.flood_acknowledgement import acknowledged_in
from consumer.config.settings import Settings
from consumer.errors import ConfigurationError, SinkTrouble
from consumer.kafka.cluster import WorkerIdentity, cluster_of
from consumer.kafka.committer import Committer
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.schema_registry import registry_of
from consumer.kafka.transactions import Transactions
from consumer.monitoring.degradation import Kind
from consumer.monitoring.quality_watch import QualityWatch
from consumer.monitoring.setup import SERVICE_VERSION, telemetry_of, watching_of
from consumer.sink.loop import SinkLoop
from consumer.sink.observer import SinkObserver
from consumer.sink.topics import sink_group, sink_topics

log = structlog.get_logger()

# With the pauses between them longer than a group may take to settle.
MAX_ABORTS_IN_A_ROW = 8


def run_sink(settings: Settings, identity: WorkerIdentity, stop: threading.Event) -> None:
    """Run one worker of the sink until told to stop; raises what `SinkLoop.run` raises."""
    settings.require("clickhouse_url")
    cluster = cluster_of(settings)
    topics = settings.topics
    group = sink_group(settings)
    member = identity.sink_member
    telemetry = telemetry_of(settings, identity.member)
    watching = watching_of(settings, member)
    consumer = GroupConsumer(cluster.with_member(f"sink-{identity.worker}"), group, member)
    loop = SinkLoop(
        consumer,
        Committer(consumer, Transactions(cluster, f"{group}.{member}"), MAX_ABORTS_IN_A_ROW),
        lambda: _migrated(settings),
        sink_topics(settings, registry_of(settings)),
        DeadLetterWriter(topics.dead_letter, group, SERVICE_VERSION),
        Flood(flood.Limits(settings.dlq_flood_run, settings.dlq_flood_share), acknowledged_in(settings)),
        SinkObserver(telemetry, watching.watch, f"sink-{identity.worker}"),
    )
    quality = QualityWatch(
        lambda: connect(settings.clickhouse_url.get_secret_value(), settings.clickhouse_database),
        watching.alerts,
        lambda: loop.holds((topics.categorized, 0)),
        {
            Kind.ACCURACY_DROP: settings.alert_accuracy_drop,
            Kind.CONFIDENCE_DRIFT: settings.alert_confidence_drift,
        },
    )
    quality.start()
    try:
        loop.run(stop)
    except Misconfigured as error:
        raise ConfigurationError(str(error)) from error
    except Rejected as error:
        raise SinkTrouble(str(error)) from error
    finally:
        quality.close()
        telemetry.close()
        watching.close()


def _migrated(settings: Settings) -> Client:
    client = connect(settings.clickhouse_url.get_secret_value(), settings.clickhouse_database)
    for migration in migrate(client):
        log.info("migration.applied", migration=str(migration))
    return client
