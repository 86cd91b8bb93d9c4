"""Runs the service."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import structlog

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.errors import Misconfigured
from analytics.dashboard.application import Dashboard
from analytics.dashboard.asking import LONGEST_S, Asking
from consumer import logs
from consumer.answer.taxonomy import load_taxonomy
from consumer.config.host_names import names_in
from consumer.config.settings import Settings, load_settings
from consumer.config.sources import host_name, process_environment
from consumer.errors import ConfigurationError
from consumer.kafka import admin
from consumer.service import http_server
from consumer.service.instance import claim
from consumer.service.live_state import live_state
from consumer.service.supervisor import Worker, supervise
from ticketstream.choices import Role
from ticketstream.stopping import Stopping

log = structlog.get_logger()


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
    logs.configure(settings.log_format, settings.log_level)
    settings.require("kafka_bootstrap_servers", *(["clickhouse_url"] if role is not Role.CATEGORIZER else []))
    _check_topics(settings)
    renamed = load_taxonomy(settings.taxonomy_file).renamed
    stopping = Stopping()
    instance = claim(settings.state_dir, settings.instance_id, host_name())
    metrics_dir = tempfile.mkdtemp(prefix="ticketstream-metrics-")
    started = _workers(role, workers, _environment(settings, instance.name, metrics_dir), metrics_dir)
    try:
        stop_http = _serve_http(settings, started, metrics_dir, renamed)
        log.info("service.started", instance=instance.name, role=role.value, workers=workers, pid=os.getpid())
        code = supervise(started, stopping.stop)
        stop_http()
        log.info("service.stopped", exit_code=code)
    finally:
        shutil.rmtree(metrics_dir, ignore_errors=True)
        instance.release()
    stopping.end(code)


def _environment(settings: Settings, instance: str, metrics_dir: str) -> dict[str, str]:
    environment = {**process_environment(), "INSTANCE_ID": instance, "PROMETHEUS_MULTIPROC_DIR": metrics_dir}
    if settings.instance_id:
        # An instance with a configured name is a static member: after a restart it gets its partitions back without a
        # rebalance.
        environment.setdefault("KAFKA_GROUP_INSTANCE_ID", instance)
    return environment


def _workers(role: Role, categorizers: int, environment: Mapping[str, str], metrics_dir: str) -> list[Worker]:
    forget = partial(http_server.forget, metrics_dir)
    workers = []
    if role is not Role.SINK:
        workers += [Worker("categorizer", index, environment, forget) for index in range(categorizers)]
    if role is not Role.CATEGORIZER:
        workers.append(Worker("sink", 0, environment, forget))
    return workers


def _serve_http(
    settings: Settings, workers: Sequence[Worker], metrics_dir: str, renamed: Mapping[str, str]
) -> Callable[[], None]:
    """Serve the page, health and metrics; the result stops the server."""
    health = http_server.Health(
        lambda: {worker.name: worker.alive for worker in workers},
        lambda: http_server.progress(metrics_dir),
        lambda: http_server.foreign_labels(metrics_dir),
    )
    token = settings.http_token.get_secret_value()
    page = Dashboard(
        Asking(partial(_clickhouse, settings)),
        lambda: live_state(http_server.registry(metrics_dir).collect(), health.states(time.time())),
        token,
        renamed,
    )
    address, port = settings.http_host_port
    names = names_in(settings.http_hosts) | {address.lower()}
    _, stop = http_server.serve(
        http_server.application(health, metrics_dir, token, page.routes(), names), address, port
    )
    return stop


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
