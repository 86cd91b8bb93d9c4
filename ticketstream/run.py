"""`ticketstream run`: the service."""

import os
import shutil
import tempfile
import time
from enum import StrEnum
from functools import partial
from typing import Annotated

import structlog
import typer

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.errors import Misconfigured
from analytics.dashboard.application import Dashboard
from analytics.dashboard.asking import LONGEST_S, Asking
from consumer import logs
from consumer.answer.taxonomy import load_taxonomy
from consumer.config.settings import Settings, load_settings
from consumer.config.sources import host_name, process_environment
from consumer.errors import ConfigurationError
from consumer.kafka import admin
from consumer.service import http_server
from consumer.service.instance import claim
from consumer.service.live_state import live_state
from consumer.service.supervisor import Worker, supervise
from ticketstream.output import command
from ticketstream.stopping import Stopping

log = structlog.get_logger()


class Role(StrEnum):
    """What a process of the service does."""

    all = "all"
    categorizer = "categorizer"
    sink = "sink"


def register(app: typer.Typer) -> None:
    app.command()(run)


@command
def run(
    role: Annotated[
        Role, typer.Option(help="categorizer answers tickets, sink fills ClickHouse, all does both.")
    ] = Role.all,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Categorizer processes.")] = 1,
) -> None:
    """Run the service until SIGTERM: it then finishes what is in flight and exits 0 within 10 seconds.

    It needs KAFKA_BOOTSTRAP_SERVERS, ML_API_URL (without it the rules answer) and, but for the categorizer alone,
    CLICKHOUSE_URL, in the environment or in .env; `ticketstream doctor` checks them.

    http://$HTTP_ADDRESS/ is the page for people; metrics are at /metrics, health at /livez and /readyz.
    """
    settings = load_settings()
    logs.configure(settings.log_format, settings.log_level)
    settings.require("kafka_bootstrap_servers", *(["clickhouse_url"] if role is not Role.categorizer else []))
    _check_topics(settings)
    renamed = load_taxonomy(settings.taxonomy_file).renamed
    stopping = Stopping()
    instance = claim(settings.state_dir, settings.instance_id, host_name())
    metrics_dir = tempfile.mkdtemp(prefix="ticketstream-metrics-")
    environment = {
        **process_environment(),
        "INSTANCE_ID": instance.name,
        "PROMETHEUS_MULTIPROC_DIR": metrics_dir,
    }
    if settings.instance_id:
        # A place with a name of its own is taken again by whoever comes back under it, without a rebalance.
        environment.setdefault("KAFKA_GROUP_INSTANCE_ID", instance.name)
    forget = partial(http_server.forget, metrics_dir)
    started = [
        *(Worker("categorizer", index, environment, forget) for index in range(workers) if role is not Role.sink),
        *([Worker("sink", 0, environment, forget)] if role is not Role.categorizer else []),
    ]
    health = http_server.Health(
        lambda: {worker.name: worker.alive for worker in started}, lambda: http_server.progress(metrics_dir)
    )
    token = settings.http_token.get_secret_value()
    page = Dashboard(
        Asking(partial(_clickhouse, settings)),
        lambda: live_state(http_server.registry(metrics_dir).collect(), health.states(time.time())),
        token,
        renamed,
    )
    try:
        _, stop_http = http_server.serve(
            http_server.application(health, metrics_dir, token, page.routes()),
            *settings.http_host_port,
        )
        log.info("service.started", instance=instance.name, role=role.value, workers=workers, pid=os.getpid())
        code = supervise(started, stopping.stop)
        stop_http()
        log.info("service.stopped", exit_code=code)
    finally:
        shutil.rmtree(metrics_dir, ignore_errors=True)
        instance.release()
    stopping.end(code)


def _clickhouse(settings: Settings) -> Client:
    url = settings.clickhouse_url.get_secret_value()
    if not url:
        raise Misconfigured("CLICKHOUSE_URL is not set for this process.")
    return connect(url, settings.clickhouse_database, LONGEST_S)


def _check_topics(settings: Settings) -> None:
    existing = admin.partition_counts(settings)
    missing = [name for name in settings.topics.needed() if name not in existing]
    if missing:
        raise ConfigurationError(
            f"topics are missing: {', '.join(missing)}; make them with `ticketstream topics create`, "
            "or name yours with TOPIC_CREATED and its like"
        )
