"""Where the real parts meet: from settings to a worker that runs."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import NamedTuple

import structlog

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.errors import Misconfigured, Rejected
from analytics.clickhouse.migrate import migrate
from consumer.answer.build import basis_of, cache_of, model_of
from consumer.bad_records import flood
from consumer.bad_records.flood import Flood
from consumer.bad_records.flood_acknowledgement import acknowledged_in
from consumer.categorizer.answerer import Answerer
from consumer.categorizer.audit import AuditSample
from consumer.categorizer.intake import Intake
from consumer.categorizer.loop import Categorizer, Limits
from consumer.categorizer.model_callers import ModelCallers
from consumer.categorizer.output import Emission
from consumer.categorizer.repeats import Repeats
from consumer.categorizer.repeats_topic import RepeatsTopic
from consumer.categorizer.requeue import RequeueSchedule
from consumer.config.settings import Settings
from consumer.errors import ConfigurationError, Fenced, SinkTrouble
from consumer.guards.breaker import BreakerChange
from consumer.kafka import admin
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.schema_registry import KafkaSchemaRegistry
from consumer.kafka.transactions import PlainProducer, Transactions
from consumer.model.guarded import GuardedClient
from consumer.model.types import CallReport
from consumer.monitoring.degradation import Kind
from consumer.monitoring.metrics import BREAKER, CategorizerObserver, SinkObserver
from consumer.monitoring.quality_watch import QualityWatch
from consumer.monitoring.service_watch import ServiceWatch
from consumer.monitoring.setup import Watching, start_watching
from consumer.monitoring.telemetry import Telemetry
from consumer.sink.commit import DeadLetterWriter
from consumer.sink.loop import SinkLoop
from consumer.sink.topics import sink_group, sink_topics
from schemas.categorized import CategorizedEncoder
from schemas.codec import Decoder, Encoder, SchemaRegistry

log = structlog.get_logger()

SERVICE_VERSION = version("ticketstream")


class Place(NamedTuple):
    """Which worker this is: the instance's name and the worker's number within it."""

    instance: str
    worker: str

    @property
    def member(self) -> str:
        return f"{self.instance}.{self.worker}"

    @property
    def sink_member(self) -> str:
        return f"{self.instance}.sink-{self.worker}"


def run_role(role: str, settings: Settings, index: int, stop: threading.Event) -> None:
    """Run one worker until told to stop.

    Raises:
        TicketstreamError: it cannot go on; its exit code says whether a restart can mend it.
    """
    settings.require("kafka_bootstrap_servers")
    for name in settings.kafka_properties.ignored:
        log.warning("setting.ignored", name=name, reason="Kubernetes injects it for a service called kafka")
    place = Place(settings.instance_id, str(index))
    match role:
        case "categorizer":
            with naming_who_fenced_us(settings, settings.kafka_group_id, place.member):
                run_categorizer(settings, place, stop)
        case "sink":
            with naming_who_fenced_us(settings, sink_group(settings), place.sink_member):
                run_sink(settings, place, stop)
        case _:
            raise ValueError(role)


@contextmanager
def naming_who_fenced_us(settings: Settings, group: str, member: str) -> Iterator[None]:
    """Add to Fenced where the process is that has our place now, if the group knows."""
    try:
        yield
    except Fenced as fenced:
        # We have left the group by now, so a member of our name is the other.
        hosts = sorted({other.host for other in admin.members(settings, group) if other.client_id == member})
        if not hosts:
            raise
        raise Fenced(f"{fenced}; the other is at {', '.join(hosts)}") from fenced


def consumer_properties(settings: Settings, worker: str) -> dict[str, str]:
    """The consumer's properties; as a static member each worker of an instance has a place of its own."""
    properties = dict(settings.kafka_properties.consumer)
    if place := properties.get("group.instance.id"):
        properties["group.instance.id"] = f"{place}.{worker}"
    return properties


def registry_of(settings: Settings) -> SchemaRegistry | None:
    if not settings.schema_registry_url:
        return None
    return KafkaSchemaRegistry(
        settings.schema_registry_url,
        settings.schema_registry_user,
        settings.schema_registry_password.get_secret_value(),
    )


def telemetry_of(settings: Settings, place: Place) -> Telemetry:
    """Telemetry has a producer of its own, outside every transaction: it may lose, it may not delay."""
    encoder = Encoder("Operation", settings.output_format, settings.topics.telemetry, registry_of(settings))
    return Telemetry(
        PlainProducer(
            settings.kafka_bootstrap_servers, f"{place.member}.telemetry", settings.kafka_properties.producer
        ),
        encoder.encode,
        topic=settings.topics.telemetry,
        instance=place.member,
        service_version=SERVICE_VERSION,
    )


def watching_of(settings: Settings, member: str) -> Watching:
    registry = registry_of(settings)
    encoder = Encoder("Alert", settings.output_format, settings.topics.alerts, registry)
    return start_watching(settings, member, SERVICE_VERSION, encoder.encode, Decoder("Alert", registry))


def _guarded_model(
    settings: Settings, telemetry: Telemetry, watch: ServiceWatch, ended: Callable[[CallReport], None]
) -> GuardedClient | None:
    def changed(change: BreakerChange) -> None:
        BREAKER.set(int(change.state != "closed"))
        telemetry.breaker_changed(change)
        watch.breaker_changed(change)

    return model_of(settings, ended, changed)


def run_categorizer(settings: Settings, place: Place, stop: threading.Event) -> None:
    """One categorizer worker."""
    registry = registry_of(settings)
    telemetry = telemetry_of(settings, place)
    watching = watching_of(settings, place.member)
    # A caller goes on to its next call; the categorizer's own thread tells of the one that has ended.
    calls: deque[CallReport] = deque()
    model = _guarded_model(settings, telemetry, watching.watch, calls.append)
    callers = _callers(settings, model) if model is not None else None
    encoder = CategorizedEncoder(settings.output_format, settings.topics.categorized, registry)
    basis, renewed = basis_of(settings)
    categorizer = Categorizer(
        GroupConsumer(
            settings.kafka_bootstrap_servers,
            settings.kafka_group_id,
            place.member,
            consumer_properties(settings, place.worker),
        ),
        Transactions(
            settings.kafka_bootstrap_servers,
            f"{settings.kafka_group_id}.{place.member}",
            settings.kafka_properties.producer,
        ),
        _intake(settings, registry),
        Answerer(
            basis,
            encoder.answer,
            cache_of(settings),
            callers,
            deadline_s=settings.ml_deadline,
            hold=settings.ml_unavailable == "hold",
            renewed=renewed,
        ),
        _emission(settings, encoder),
        model.breaker if model is not None else None,
        RequeueSchedule(settings.retry_max_delay),
        Repeats(settings.topics.created, settings.repeats_remembered, RepeatsTopic(settings)),
        _flood(settings),
        Limits(settings.ml_max_concurrency, settings.ml_batch_size, settings.ml_deadline),
        CategorizerObserver(telemetry, watching.watch, f"categorizer-{place.worker}", calls),
        created=settings.topics.created,
        recategorize=settings.topics.recategorize,
    )
    try:
        categorizer.run(stop)
    finally:
        if callers is not None:
            callers.close()
        if model is not None:
            model.close()
        telemetry.close()
        watching.close()


def _flood(settings: Settings) -> Flood:
    return Flood(flood.Limits(settings.dlq_flood_run, settings.dlq_flood_share), acknowledged_in(settings))


def _callers(settings: Settings, model: GuardedClient) -> ModelCallers:
    def unforeseen(error: Exception) -> None:
        log.error("caller.failed", error=type(error).__name__)

    return ModelCallers(
        model,
        concurrency=settings.ml_max_concurrency,
        batch_size=settings.ml_batch_size,
        on_unforeseen=unforeseen,
    )


def _intake(settings: Settings, registry: SchemaRegistry | None) -> Intake:
    return Intake(
        Decoder("TicketCreated", registry),
        recategorize=settings.topics.recategorize,
        max_ticket_bytes=settings.max_ticket_bytes,
        fingerprint_key=settings.fingerprint_key.get_secret_value().encode() or None,
        remembered=settings.cache_max_size,
    )


def _emission(settings: Settings, encoder: CategorizedEncoder) -> Emission:
    topics = settings.topics
    return Emission(
        encoder,
        AuditSample(settings.audit_share, settings.audit_seed),
        categorized=topics.categorized,
        audit_topic=topics.audit,
        recategorize=topics.recategorize,
        dead_letters=topics.dead_letter,
        group=settings.kafka_group_id,
        service_version=SERVICE_VERSION,
    )


def run_sink(settings: Settings, place: Place, stop: threading.Event) -> None:
    """The sink."""
    settings.require("clickhouse_url")
    registry = registry_of(settings)
    topics = settings.topics
    group = sink_group(settings)
    member = place.sink_member
    telemetry = telemetry_of(settings, place)
    watching = watching_of(settings, member)
    loop = SinkLoop(
        GroupConsumer(
            settings.kafka_bootstrap_servers, group, member, consumer_properties(settings, f"sink-{place.worker}")
        ),
        Transactions(settings.kafka_bootstrap_servers, f"{group}.{member}", settings.kafka_properties.producer),
        lambda: _migrated(settings),
        sink_topics(settings, registry),
        DeadLetterWriter(topics.dead_letter, group, SERVICE_VERSION),
        _flood(settings),
        SinkObserver(telemetry, watching.watch, f"sink-{place.worker}"),
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
