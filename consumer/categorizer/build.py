"""From settings to a categorizer that runs. Settings are read here and nowhere deeper."""

import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, NamedTuple

import structlog

from consumer.answer.build import basis_of, cache_of, model_of
from consumer.answer.cache import AnswerCache
from consumer.answer.decide import AnswerBasis
from consumer.answer.foreign_labels import ForeignLabels, Speech, log_speech
from consumer.answer.policy_watch import Renewed
from consumer.answer.ticket_text import text_reader_of
from consumer.bad_records import flood
from consumer.bad_records.dead_letter import DeadLetterWriter
from consumer.bad_records.flood import Flood
from consumer.bad_records.flood_acknowledgement import acknowledged_in
from consumer.bad_records.markers import Markers
from consumer.bad_records.quarantine import Quarantine
from consumer.categorizer.answerer import Answerer
from consumer.categorizer.backpressure import FlowControl, Limits
from consumer.categorizer.in_flight import InFlight
from consumer.categorizer.intake import Intake
from consumer.categorizer.loop import Categorizer, Observer
from consumer.categorizer.model_callers import ModelCallers
from consumer.categorizer.observer import CategorizerObserver, Readings
from consumer.categorizer.outbox import Outbox
from consumer.categorizer.output import AuditSample, Output, OutputTopics
from consumer.categorizer.partitions import Partitions
from consumer.categorizer.repeats import PageStore, Repeats
from consumer.categorizer.repeats_topic import RepeatsTopic
from consumer.categorizer.requeue import Hysteresis, ModelState, Requeue, RequeueSchedule
from consumer.categorizer.ticket_reader import InputTopics, TicketReader
from consumer.categorizer.waiting import Waiting
from consumer.categorizer.window import Window
from consumer.config.settings import Settings
from consumer.guards.breaker import BreakerChange, BreakerState
from consumer.kafka.cluster import WorkerIdentity, cluster_of
from consumer.kafka.committer import Committer
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.producer import new_producer
from consumer.kafka.records import TopicPartition
from consumer.kafka.schema_registry import registry_of
from consumer.kafka.transactions import Transactions
from consumer.lifetime import close_all, run
from consumer.model.guarded import GuardedClient
from consumer.monitoring.metrics import (
    FOREIGN_LABELS,
    PartitionCounts,
    producers_counted,
    set_breaker_state,
    transaction_ended,
)
from consumer.monitoring.partition_growth import growth_watch
from consumer.monitoring.setup import SERVICE_VERSION, telemetry_of, watching_of
from consumer.overrides.following import FollowedOverrides
from consumer.overrides.topic import overrides_of
from schemas.categorized import CategorizedEncoder
from schemas.codec import Decoder

if TYPE_CHECKING:
    from consumer.model.types import CallReport

log = structlog.get_logger()

MAX_ABORTS_IN_A_ROW = 5


class Parts(NamedTuple):
    """What a categorizer is made of beside its settings; the simulation puts its own parts here.

    Attributes:
        consumer: the member of the group.
        committer: commits for that member.
        decoder: of tickets.
        encoder: of answers.
        basis: taxonomy, rules and thresholds.
        renewed: gives a new policy when there is one.
        callers: ask the model; None when the rules answer alone.
        breaker: the model's; None when the rules answer alone.
        pages: where repeats are remembered.
        observer: counts.
        overrides: what people corrected.
        cache: remembers what the model said.
        speech: is told when the model begins or ceases to speak of categories outside the taxonomy.
        assigned: is told of partitions that were assigned.
    """

    consumer: GroupConsumer
    committer: Committer
    decoder: Decoder
    encoder: CategorizedEncoder
    basis: AnswerBasis
    renewed: Renewed
    callers: ModelCallers | None
    breaker: ModelState | None
    pages: PageStore
    observer: Observer
    overrides: FollowedOverrides
    cache: AnswerCache
    speech: Callable[[Speech], None] = lambda _: None
    assigned: Callable[[Collection[TopicPartition]], None] = lambda _: None


def build(settings: Settings, parts: Parts) -> Categorizer:
    """Put a categorizer together."""
    topics = settings.topics
    limits = Limits(settings.ml_max_concurrency, settings.ml_batch_size, settings.ml_deadline)
    letters = Flood(flood.Limits(settings.dlq_flood_run, settings.dlq_flood_share), acknowledged_in(settings))
    repeats = Repeats(topics.created, settings.repeats_remembered, parts.pages)
    hold = settings.ml_unavailable == "hold"
    # A fifth of the callers may ask for queued tickets: enough is read to fill them twice.
    queued_at_once = Hysteresis(2 * limits.batch_size * max(1, limits.concurrency // 5))
    partitions = Partitions(parts.consumer, topics.recategorize, parts.assigned)
    quarantine = Quarantine(Markers(parts.consumer.offsets, letters, parts.consumer.offsets))
    reader = TicketReader(
        InputTopics(topics.created, topics.recategorize),
        parts.decoder,
        repeats,
        max_ticket_bytes=settings.max_ticket_bytes,
        read_text=text_reader_of(settings),
        remembered=settings.cache_max_size,
    )
    answerer = Answerer(
        parts.basis,
        parts.encoder.answer,
        parts.cache,
        parts.callers,
        Waiting(settings.ml_deadline, endless=hold),
        hold=hold,
        renewed=parts.renewed,
        labels=ForeignLabels(parts.basis.taxonomy, parts.speech, probe_every_s=settings.retry_max_delay),
        overrides=parts.overrides.memory,
    )
    return Categorizer(
        parts.consumer,
        Intake(parts.consumer, quarantine, reader),
        quarantine,
        InFlight(
            answerer,
            Requeue(RequeueSchedule(settings.retry_max_delay), queued_at_once, parts.breaker),
            Window(repeats.span if settings.order == "ticket" else 0),
            parts.overrides,
        ),
        Outbox(parts.committer, _output(settings, parts.encoder), repeats, letters, quarantine),
        FlowControl(parts.consumer, partitions, limits, time.monotonic()),
        parts.observer,
    )


def _output(settings: Settings, encoder: CategorizedEncoder) -> Output:
    topics = settings.topics
    return Output(
        OutputTopics(topics.categorized, topics.audit, topics.recategorize),
        encoder,
        AuditSample(settings.audit_share, settings.audit_seed),
        DeadLetterWriter(topics.dead_letter, settings.kafka_group_id, SERVICE_VERSION),
    )


def run_categorizer(settings: Settings, identity: WorkerIdentity, stop: threading.Event) -> None:
    """Run one worker of the categorizer until it is stopped; raises what `lifetime.run` raises."""
    registry = registry_of(settings)
    telemetry = telemetry_of(settings, identity.member)
    watching = watching_of(settings, identity.member)
    # A caller goes on to its next call; the categorizer's own thread reports the call that has ended.
    calls: deque[CallReport] = deque()
    name = f"categorizer-{identity.worker}"

    def breaker_changed(change: BreakerChange) -> None:
        set_breaker_state(change.state)
        telemetry.breaker_changed(change)
        watching.watch.breaker_changed(change)

    def speech_changed(speech: Speech) -> None:
        log_speech(speech)
        FOREIGN_LABELS.labels(name, ", ".join(speech.labels)).set(int(speech.foreign))
        watching.watch.speech_changed(speech)

    model = model_of(settings, calls.append, breaker_changed)
    callers = _callers(settings, model) if model is not None else None
    basis, renewed = basis_of(settings)
    overrides = overrides_of(settings, basis.taxonomy)
    consumer, committer = _member(settings, identity, name)
    cache = cache_of(settings)
    used = model.budget.used if model is not None else None
    readings = Readings(consumer.health.trouble, overrides.__len__, cache.__len__, used)
    categorizer = build(
        settings,
        Parts(
            consumer,
            committer,
            Decoder("TicketCreated", registry),
            CategorizedEncoder(settings.output_format, settings.topics.categorized, registry),
            basis,
            renewed,
            callers,
            model.breaker if model is not None else None,
            RepeatsTopic(settings),
            CategorizerObserver(telemetry, watching.watch, name, calls, readings),
            overrides,
            cache,
            speech_changed,
            growth_watch(settings).assigned,
        ),
    )
    try:
        run(categorizer, stop)
    finally:
        parts = {"callers": callers, "model": model, "overrides": overrides, "telemetry": telemetry, "alerts": watching}
        close_all({name: part.close for name, part in parts.items() if part is not None})


def _member(settings: Settings, identity: WorkerIdentity, name: str) -> tuple[GroupConsumer, Committer]:
    """The member of the group, and what commits for that member; both are counted."""
    cluster, group = cluster_of(settings), settings.kafka_group_id
    counts = PartitionCounts(name)
    member = cluster.with_member(identity.worker)
    consumer = GroupConsumer(member, group, identity.member, rebalanced=counts.changed)
    make = producers_counted(new_producer)
    transactions = Transactions(cluster, f"{group}.{identity.member}", make, group)
    return consumer, Committer(consumer, transactions, MAX_ABORTS_IN_A_ROW, transaction_ended)


def _callers(settings: Settings, model: GuardedClient) -> ModelCallers:
    def unforeseen(error: Exception) -> None:
        log.error("caller.failed", error=type(error).__name__)

    set_breaker_state(BreakerState.CLOSED)
    return ModelCallers(
        model,
        concurrency=settings.ml_max_concurrency,
        batch_size=settings.ml_batch_size,
        on_unforeseen=unforeseen,
    )
