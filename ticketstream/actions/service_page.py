"""Page, probes, metrics and the log's summaries, beside the workers, by the process that started them."""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from itertools import chain

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
from consumer.answer.taxonomy import Taxonomy
from consumer.commands.page_judgements import PageJudgements
from consumer.config.clickhouse import clickhouse_of
from consumer.config.host_names import names_in
from consumer.config.settings import Settings
from consumer.config.ticket_link import link_of
from consumer.config.trusted_proxies import networks_in
from consumer.kafka.asking import Administration
from consumer.service import http_server
from consumer.service.build_info import BuildInfo
from consumer.service.health import Health
from consumer.service.health_metrics import HealthMetrics
from consumer.service.kafka_watch import KafkaWatch
from consumer.service.lag_watch import LagWatch, lag_watch
from consumer.service.live_state import live_state
from consumer.service.minute_summary import MinuteSummary
from consumer.service.part_states import Seen
from consumer.service.supervisor import Worker
from consumer.service.worker_metrics import WorkerMetrics, seen_in
from ticketstream.choices import Role

log = structlog.get_logger()

# How long judgements of the page may take to be published when everything else has stopped: as long as one try.
UNDONE_S = 5.0
NOT_TAKEN = "no broker took what a person said of this answer before the service stopped: have it judged again"


def serve_page(
    settings: Settings,
    role: Role,
    workers: Sequence[Worker],
    metrics: WorkerMetrics,
    taxonomy: Taxonomy,
    stop: threading.Event,
) -> Callable[[], None]:
    """Serve page, probes and metrics, and log what each minute's work was.

    Args:
        settings: of the service.
        role: decides whose lag is followed.
        workers: whose health is told.
        metrics: theirs.
        taxonomy: names the categories.
        stop: is set when the service is told to stop; judgements that wait are published from then on.

    Returns:
        What ends all of it, once the workers have ended.

    Raises:
        ConfigurationError: HTTP_ADDRESS cannot be taken.
    """
    desk = SharedDesk(PageJudgements(settings))
    lag = lag_watch(settings, categorizer=role is not Role.SINK, sink=role is not Role.CATEGORIZER)
    stop_http = _serve_http(settings, workers, metrics, lag, taxonomy, desk)
    stop_lag = lag.start()
    summary = MinuteSummary(lambda: chain(metrics.collect(), lag.collect()))
    summary.start()
    # While the workers stop, which takes longer.
    threading.Thread(target=_hurry, args=(stop, desk), name="hurry", daemon=True).start()

    def end() -> None:
        summary.close()
        stop_http()
        stop_lag()
        _publish_what_waits(desk)

    return end


def _serve_http(
    settings: Settings,
    workers: Sequence[Worker],
    metrics: WorkerMetrics,
    lag: LagWatch,
    taxonomy: Taxonomy,
    desk: SharedDesk,
) -> Callable[[], None]:
    """Serve the page, health and metrics; the result stops the server."""
    health = Health(
        lambda: {worker.name: worker.alive for worker in workers},
        lambda: _seen(workers, metrics),
        _used(settings, {worker.role for worker in workers}),
        lambda: watch.unreached,
    )
    watch = KafkaWatch(Administration(settings).topics, health.look)
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
        lambda: live_state(chain(metrics.collect(), lag.collect()), health.states(time.time())),
        token,
        taxonomy.renamed,
        taxonomy.names_in,
        ReviewRoutes(reviewing, writers, taxonomy.subcategories, partial(link_of, settings.ticket_url)),
        Models(settings.models_folder, settings.texts_kept_days),
    )
    collectors = [metrics, lag, HealthMetrics(workers, health.look), BuildInfo()]
    _, stop = http_server.serve(http_server.application(health, collectors, token, page.routes(), names), address, port)
    watch.start()

    def stop_both() -> None:
        watch.close()
        stop()

    return stop_both


def _used(settings: Settings, roles: Collection[str]) -> set[str]:
    """The parts that this service has."""
    used = {"kafka", "assignment"}
    if "categorizer" in roles:
        used |= {"taxonomy", "model"} if settings.ml_api_url else {"taxonomy"}
    if "sink" in roles:
        used.add("clickhouse")
    if settings.schema_registry_url:
        used.add("registry")
    return used


def _hurry(stop: threading.Event, desk: SharedDesk) -> None:
    stop.wait()
    desk.hurry()


def _publish_what_waits(desk: SharedDesk) -> None:
    """Publish the judgements that could still be undone; name those that the broker does not take."""
    for judgement in desk.stop(UNDONE_S):
        log.error("review.lost", event_id=judgement.ticket.event_id, detail=NOT_TAKEN)


def _seen(workers: Sequence[Worker], metrics: WorkerMetrics) -> Seen:
    """What the workers say; those whose metrics cannot be read count as at work."""
    seen = seen_in(metrics.collect())
    unseen = {worker.name: time.time() for worker in workers if not worker.seen}
    return seen._replace(progress={**seen.progress, **unseen})


def _clickhouse(settings: Settings) -> Client:
    if not settings.clickhouse_url.get_secret_value():
        raise Misconfigured("CLICKHOUSE_URL is not set for this process.")
    return clickhouse_of(settings, LONGEST_S)
