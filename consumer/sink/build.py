"""From settings to a sink that runs. Settings are read here and nowhere deeper."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import structlog

from analytics.clickhouse.client import without_pandas
from analytics.clickhouse.errors import Misconfigured, Rejected
from analytics.clickhouse.migrate import migrate
from analytics.clickhouse.retention import apply
from analytics.store.forgotten import forgotten
from analytics.store.rollups import Rolling
from analytics.store.rows import TABLES
from consumer.bad_records import flood
from consumer.bad_records.dead_letter import DeadLetterWriter
from consumer.bad_records.flood import Flood
from consumer.bad_records.flood_acknowledgement import acknowledged_in
from consumer.bad_records.markers import Markers
from consumer.bad_records.quarantine import Quarantine
from consumer.config.clickhouse import clickhouse_of, retention_of
from consumer.config.settings import Settings
from consumer.errors import ConfigurationError, SinkTrouble
from consumer.kafka.cluster import WorkerIdentity, cluster_of, sink_group
from consumer.kafka.committer import Committer
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.producer import new_producer
from consumer.kafka.schema_registry import registry_of
from consumer.kafka.transactions import Transactions
from consumer.lifetime import close_all, run
from consumer.monitoring.degradation import Kind
from consumer.monitoring.metrics import TEXTS_SKIPPED, PartitionCounts, producers_counted, transaction_ended
from consumer.monitoring.quality_watch import QualityWatch
from consumer.monitoring.setup import SERVICE_VERSION, telemetry_of, watching_of
from consumer.sink.clickhouse_writer import ClickHouseWriter, Start
from consumer.sink.commit import BatchCommitter, SinkOffsets
from consumer.sink.intake import Intake
from consumer.sink.loop import Observer, SinkLoop
from consumer.sink.observer import SinkObserver
from consumer.sink.overrides import overrides_of
from consumer.sink.partitions import Partitions
from consumer.sink.row_store import ClickHouseRows, Connection
from consumer.sink.topic_check import TopicCheck
from consumer.sink.topics import StoredTopic, sink_topics
from consumer.time_limit import Running

log = structlog.get_logger()

# With the pauses between them longer than a group may take to settle.
MAX_ABORTS_IN_A_ROW = 8
# One insert and one transaction for each record are slow, and alerts would come late after any single crash.
PATIENCE = 3


class Parts(NamedTuple):
    """What a sink is made of beside its settings; the simulation puts its own parts here.

    Attributes:
        consumer: the member of the group.
        committer: commits for that member.
        connect: connects to ClickHouse, and makes tables and views that are missing.
        start: starts an insert, so that the next batch is read meanwhile.
        topics: what each topic holds.
        observer: counts.
    """

    consumer: GroupConsumer
    committer: Committer
    connect: Callable[[], Connection]
    start: Start
    topics: Mapping[str, StoredTopic]
    observer: Observer


def build(settings: Settings, parts: Parts) -> SinkLoop:
    """Put a sink together."""
    group, offsets = sink_group(settings), parts.consumer.offsets
    counts = Flood(flood.Limits(settings.dlq_flood_run, settings.dlq_flood_share), acknowledged_in(settings))
    events = {topic: held.event for topic, held in parts.topics.items()}
    check = TopicCheck(offsets, events, group, settings.clickhouse_database)
    quarantine = Quarantine(Markers(SinkOffsets(offsets, parts.committer), counts, offsets), PATIENCE)
    return SinkLoop(
        parts.consumer,
        Partitions(parts.consumer),
        Intake(parts.consumer, parts.topics, quarantine, check),
        quarantine,
        check,
        ClickHouseWriter(parts.connect, check, parts.start),
        BatchCommitter(parts.committer, DeadLetterWriter(settings.topics.dead_letter, group, SERVICE_VERSION), counts),
        parts.observer,
    )


def run_sink(settings: Settings, identity: WorkerIdentity, stop: threading.Event) -> None:
    """Run one worker of the sink until told to stop; raises what `lifetime.run` raises."""
    settings.require("clickhouse_url")
    without_pandas()
    cluster = cluster_of(settings)
    group, member = sink_group(settings), identity.sink_member
    telemetry = telemetry_of(settings, identity.member)
    watching = watching_of(settings, member)
    name = f"sink-{identity.worker}"
    counts = PartitionCounts(name)
    consumer = GroupConsumer(cluster.with_member(name), group, member, rebalanced=counts.changed)
    transactions = Transactions(cluster, f"{group}.{member}", producers_counted(new_producer), group)
    topics = sink_topics(settings, registry_of(settings), lambda reason: TEXTS_SKIPPED.labels(reason).inc())
    tables = {topic: TABLES[held.event] for topic, held in topics.items()}
    loop = build(
        settings,
        Parts(
            consumer,
            Committer(consumer, transactions, MAX_ABORTS_IN_A_ROW, transaction_ended),
            lambda: _connection(settings),
            lambda insert: Running(insert, "insert"),
            topics,
            SinkObserver(telemetry, watching.watch, name, tables, consumer.health.trouble),
        ),
    )
    quality = QualityWatch(
        partial(clickhouse_of, settings),
        watching.alerts,
        lambda: loop.holds((settings.topics.categorized, 0)),
        {
            Kind.ACCURACY_DROP: settings.alert_accuracy_drop,
            Kind.CONFIDENCE_DRIFT: settings.alert_confidence_drift,
        },
    )
    quality.start()
    try:
        run(loop, stop)
    except Misconfigured as error:
        raise ConfigurationError(str(error)) from error
    except Rejected as error:
        raise SinkTrouble(str(error)) from error
    finally:
        close_all({"quality": quality.close, "telemetry": telemetry.close, "alerts": watching.close})


def _connection(settings: Settings) -> Connection:
    client = clickhouse_of(settings)
    for migration in migrate(client):
        log.info("migration.applied", migration=str(migration))
    for change in apply(client, retention_of(settings)):
        log.info("retention.set", table=change.table, days=change.days, before=change.before)
    # Figures are rolled up while rows are stored in another thread.
    roll_ups = Rolling(clickhouse_of(settings))
    return Connection(ClickHouseRows(client), roll_ups, forgotten(client), overrides_of(settings, client))
