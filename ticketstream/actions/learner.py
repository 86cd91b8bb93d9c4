"""Runs the learner: `ticketstream run --role learner`."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from classifier.model_folder import ModelFolder
from classifier.storage import ModelError
from consumer import logs, outside
from consumer.config.clickhouse import clickhouse_of
from consumer.config.host_names import names_in
from consumer.config.secret_values import redaction_of
from consumer.config.settings import Settings, load_settings
from consumer.config.sources import process_environment
from consumer.config.warnings import warnings_of
from consumer.errors import ConfigurationError
from consumer.service import http_server
from consumer.service.build_info import BuildInfo
from consumer.service.health import Health
from consumer.service.part_states import Seen
from learning.judged_tickets import judgements_known
from learning.learner import Learner, RoundProcess, past_of
from learning.places import LEARNER, alone, require_texts, seed_place, taxonomy_of
from learning.schedule import Plan
from ticketstream.stopping import Stopping

log = structlog.get_logger()

NAME = "learner"
_TURN_EVERY_S = 0.5


def run_learner() -> None:
    """Train models of what people judged, when it is time for it, until stopped.

    Raises:
        ConfigurationError: a setting is missing or impossible, or another learner is at work.
        typer.Exit: always, otherwise.
    """
    settings = load_settings()
    logs.configure(settings.log_format, settings.log_level, redaction_of(settings))
    for sentence in warnings_of(settings, process_environment()):
        log.warning("setting.doubtful", detail=sentence)
    place = check_learner(settings)
    plan, folder = _plan(settings), settings.models_folder or Path()
    stopping = Stopping()
    with alone(folder, LEARNER):
        rounds = RoundProcess(process_environment())
        models = ModelFolder(folder)
        learner = Learner(
            lambda: _judgements(settings), lambda: _has_champion(models), rounds, plan, past_of(models.versions())
        )
        turned = [time.time()]
        waits = _Waits()
        outside.listen(waits)
        stop_http = _serve_probes(settings, learner, turned, waits)
        log.info("learner.started", models=str(folder), seed=str(place), pid=os.getpid())
        try:
            while not stopping.stop.wait(_TURN_EVERY_S):
                learner.turn(datetime.now(UTC))
                turned[0] = time.time()
        finally:
            learner.end()
            stop_http()
        log.info("learner.stopped")
    stopping.end()


def check_learner(settings: Settings) -> Path:
    """Where the labelled tickets to begin with are, after a look at everything that a learner starts with.

    Raises:
        ConfigurationError: a setting is missing or impossible.
    """
    settings.require("clickhouse_url", "models_folder")
    require_texts(settings)
    place = seed_place(settings, None, Path())
    taxonomy_of(settings, place)
    _plan(settings)
    return place


def _plan(settings: Settings) -> Plan:
    every, after = settings.learn_every_hours, settings.learn_after_judgements
    if not every and not after:
        raise ConfigurationError(
            "LEARN_EVERY_HOURS and LEARN_AFTER_JUDGEMENTS are both 0, so no round is ever due: set one of them"
        )
    return Plan(timedelta(hours=every) if every else None, after or None)


class _Waits:
    """What the learner waits for, and since when: a ClickHouse that hangs is no reason to restart the learner."""

    def __init__(self) -> None:
        self.since: dict[tuple[str, str], float] = {}

    def waits(self, part: str, *, begins: bool) -> None:
        if begins:
            self.since[NAME, part] = time.time()
        else:
            self.since.pop((NAME, part), None)

    def answers(self, part: str, *, ok: bool) -> None:
        """The learner itself says whether ClickHouse answers."""


@outside.waiting("clickhouse")
def _judgements(settings: Settings) -> int:
    with clickhouse_of(settings) as client:
        return judgements_known(client)


def _has_champion(models: ModelFolder) -> bool:
    try:
        return models.champion() is not None
    except ModelError:
        # A damaged file of its name is for people, who are told of it by the round.
        return True


def _serve_probes(settings: Settings, learner: Learner, turned: list[float], waits: _Waits) -> Callable[[], None]:
    """Serve /livez, /readyz and /metrics; the result stops the server."""
    health = Health(
        lambda: {NAME: True},
        lambda: Seen({NAME: turned[0]}, dict(waits.since), unstored=[NAME] if learner.waits else []),
        used=("clickhouse",),
    )
    address, port = settings.http_host_port
    names = names_in(settings.http_hosts) | {address.lower()}
    token = settings.http_token.get_secret_value()
    _, stop = http_server.serve(http_server.application(health, [BuildInfo()], token, hosts=names), address, port)
    return stop
