"""Runs the service."""

import os
import resource
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog

from analytics.clickhouse.client import Client
from analytics.clickhouse.errors import Misconfigured
from analytics.dashboard.application import Dashboard
from analytics.dashboard.asking import LONGEST_S, Asking
from analytics.dashboard.models_folder import Models
from analytics.dashboard.review_routes import ReviewRoutes
from analytics.dashboard.reviewing import Reviewing
from analytics.dashboard.shared_desk import SharedDesk
from analytics.dashboard.writers import Proxies, Writers
from consumer import logs
from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from consumer.commands.page_judgements import PageJudgements
from consumer.config.clickhouse import clickhouse_of
from consumer.config.host_names import names_in
from consumer.config.secret_values import redaction_of
from consumer.config.settings import Settings, load_settings
from consumer.config.sources import host_name, process_environment
from consumer.config.ticket_link import link_of
from consumer.config.trusted_proxies import networks_in
from consumer.config.warnings import warnings_of
from consumer.errors import ConfigurationError
from consumer.kafka import admin
from consumer.service import http_server
from consumer.service.instance import claim
from consumer.service.live_state import live_state
from consumer.service.minute_summary import MinuteSummary
from consumer.service.supervisor import Worker, supervise
from consumer.service.worker_metrics import (
    WorkerMetrics,
    client_trouble,
    foreign_labels,
    progress,
    waiting_for_clickhouse,
)
from ticketstream.choices import Role
from ticketstream.stopping import Stopping

log = structlog.get_logger()

# A worker has some thirty open with one broker, and one more for each further broker of each of its clients.
FEWEST_DESCRIPTORS = 128
# How long judgements of the page may take to be published when everything else has stopped: as long as one try.
UNDONE_S = 5.0
NOT_TAKEN = "no broker took what a person said of this answer before the service stopped: have it judged again"


def run_service(role: Role, workers: int) -> None:
    """Run the service until it is stopped.

    Args:
        role: which processes to start.
        workers: how many categorizers.

    Raises:
        ConfigurationError: a setting or a topic is missing.
        typer.Exit: always, with the exit code of the service.
    """
    settings = load_settings()
    logs.configure(settings.log_format, settings.log_level, redaction_of(settings))
    for sentence in warnings_of(settings, process_environment()):
        log.warning("setting.doubtful", detail=sentence)
    settings.require("kafka_bootstrap_servers", *(["clickhouse_url"] if role is not Role.CATEGORIZER else []))
    _warn_of_few_descriptors()
    _check_topics(settings)
    taxonomy = load_taxonomy(settings.taxonomy_file)
    stopping = Stopping()
    instance = claim(settings.state_dir, settings.instance_id, host_name())
    metrics = WorkerMetrics()
    started = _workers(role, workers, _environment(settings, instance.name), metrics)
    desk = SharedDesk(PageJudgements(settings))
    try:
        stop_http = _serve_http(settings, started, metrics, taxonomy, desk)
        # While the workers stop, which takes longer.
        threading.Thread(target=_hurry, args=(stopping.stop, desk), name="hurry", daemon=True).start()
        log.info("service.started", instance=instance.name, role=role.value, workers=workers, pid=os.getpid())
        summary = MinuteSummary(metrics.collect)
        summary.start()
        code = supervise(started, stopping.stop)
        summary.close()
        stop_http()
        _publish_what_waits(desk)
        log.info("service.stopped", exit_code=code)
    finally:
        instance.release()
    stopping.end(code)


def _environment(settings: Settings, instance: str) -> dict[str, str]:
    environment = {**process_environment(), "INSTANCE_ID": instance}
    if settings.instance_id:
        # An instance with a configured name is a static member: after a restart it gets its partitions back without a
        # rebalance.
        environment.setdefault("KAFKA_GROUP_INSTANCE_ID", instance)
    return environment


def _workers(role: Role, categorizers: int, environment: Mapping[str, str], metrics: WorkerMetrics) -> list[Worker]:
    workers = []
    if role is not Role.SINK:
        workers += [Worker("categorizer", index, environment, metrics) for index in range(categorizers)]
    if role is not Role.CATEGORIZER:
        workers.append(Worker("sink", 0, environment, metrics))
    return workers


def _serve_http(
    settings: Settings,
    workers: Sequence[Worker],
    metrics: WorkerMetrics,
    taxonomy: Taxonomy,
    desk: SharedDesk,
) -> Callable[[], None]:
    """Serve the page, health and metrics; the result stops the server."""
    health = http_server.Health(
        lambda: {worker.name: worker.alive for worker in workers},
        lambda: [*progress(metrics.collect()), *_unseen(workers)],
        lambda: foreign_labels(metrics.collect()),
        lambda: waiting_for_clickhouse(metrics.collect()),
        lambda: client_trouble(metrics.collect()),
    )
    token = settings.http_token.get_secret_value()
    address, port = settings.http_host_port
    names = names_in(settings.http_hosts) | {address.lower()}
    writers = Writers(
        settings.http_write_token.get_secret_value(),
        # Of an address, other ports are other sites: its origin has to be the Host.
        names_in(settings.http_hosts),
        Proxies(settings.http_user_header, networks_in(settings.http_trusted_proxies)),
    )
    asking = Asking(partial(_clickhouse, settings))
    reviewing = Reviewing(asking, desk, settings.review_twice_share)
    page = Dashboard(
        asking,
        lambda: live_state(metrics.collect(), health.states(time.time())),
        token,
        taxonomy.renamed,
        taxonomy.names_in,
        ReviewRoutes(reviewing, writers, taxonomy.subcategories, partial(link_of, settings.ticket_url)),
        Models(settings.models_folder, settings.texts_kept_days),
    )
    _, stop = http_server.serve(http_server.application(health, metrics, token, page.routes(), names), address, port)
    return stop


def _hurry(stop: threading.Event, desk: SharedDesk) -> None:
    stop.wait()
    desk.hurry()


def _publish_what_waits(desk: SharedDesk) -> None:
    """Publish the judgements that could still be undone; name those that the broker does not take."""
    for judgement in desk.stop(UNDONE_S):
        log.error("review.lost", event_id=judgement.ticket.event_id, detail=NOT_TAKEN)


def _unseen(workers: Sequence[Worker]) -> list[tuple[str, float]]:
    """Workers whose metrics cannot be read: they count as at work."""
    return [(worker.name, time.time()) for worker in workers if not worker.seen]


def _clickhouse(settings: Settings) -> Client:
    if not settings.clickhouse_url.get_secret_value():
        raise Misconfigured("CLICKHOUSE_URL is not set for this process.")
    return clickhouse_of(settings, LONGEST_S)


def _warn_of_few_descriptors() -> None:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FEWEST_DESCRIPTORS:
        detail = f"Kafka's clients may find none left: raise `ulimit -n` to at least {FEWEST_DESCRIPTORS}"
        log.warning("descriptors.few", limit=soft, detail=detail)


def _check_topics(settings: Settings) -> None:
    existing = admin.partition_counts(settings)
    missing = [name for name in settings.topics.needed() if name not in existing]
    if missing:
        raise ConfigurationError(
            f"topics are missing: {', '.join(missing)}; make them with `ticketstream topics create`, "
            f"or name yours with TOPIC_CREATED and its like{admin.or_unseen(settings, missing)}"
        )
