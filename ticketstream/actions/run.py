"""Runs the service."""

import os
import resource
import time
from collections.abc import Mapping

import structlog

from consumer import logs
from consumer.answer.taxonomy import load_taxonomy
from consumer.config.secret_values import redaction_of
from consumer.config.settings import Settings, load_settings
from consumer.config.sources import host_name, process_environment
from consumer.config.warnings import warnings_of
from consumer.errors import ConfigurationError
from consumer.kafka import admin
from consumer.service.instance import claim
from consumer.service.supervisor import Worker, end, supervise
from consumer.service.worker_metrics import WorkerMetrics
from ticketstream.choices import Role
from ticketstream.stopping import Stopping

log = structlog.get_logger()

# A worker has some thirty open with one broker, and one more for each further broker of each of its clients.
FEWEST_DESCRIPTORS = 128


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
    try:
        for worker in started:
            worker.start(time.monotonic())
        # Loaded while the workers start: in a rolling restart nobody answers their partitions meanwhile.
        from ticketstream.actions.service_page import serve_page

        end_page = serve_page(settings, role, started, metrics, taxonomy, stopping.stop)
        log.info("service.started", instance=instance.name, role=role.value, workers=workers, pid=os.getpid())
        code = supervise(started, stopping.stop)
        end_page()
        log.info("service.stopped", exit_code=code)
    finally:
        end(started)
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
