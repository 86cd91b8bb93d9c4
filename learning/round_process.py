"""One round of a learner, in a process of its own: `python -m learning.round_process`, started by the learner.

What it needs of memory goes back with its end, and it ends at once when the learner does: what it leaves is whole.
"""

import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from analytics.clickhouse.errors import AnalyticsError, Misconfigured
from classifier.model_folder import ModelFolder
from classifier.storage import ModelError
from classifier.tickets import DataError
from classifier.writer_lock import FolderBusy
from consumer import logs
from consumer.config.clickhouse import clickhouse_of
from consumer.config.secret_values import redaction_of
from consumer.config.settings import Settings, load_settings
from consumer.errors import ConfigurationError, TicketstreamError
from learning.audited import outlook, rates
from learning.gate import Keep, Promote
from learning.places import ROUND, AtWork, alone, seed_place, taxonomy_of
from learning.retraining import training_here
from learning.rounds import Ended, Gathered, NothingJudged, Sources, ended, gathered
from serving.standard_error import open_standard_streams
from serving.starting import no_room
from terminal.exit_codes import ExitCode

log = structlog.get_logger()

BY: Final = "learner"
# The service on the same machine comes first.
_NICENESS: Final = 10


def main() -> int:
    """Run the round; returns the exit code."""
    open_standard_streams()
    os.nice(_NICENESS)
    threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
    try:
        settings = load_settings()
    except TicketstreamError as error:
        logs.configure("auto", "info")
        return _failed(error)
    logs.configure(settings.log_format, settings.log_level, redaction_of(settings))
    try:
        _round(settings)
    except NothingJudged as error:
        log.info("learner.nothing_judged", detail=str(error))
    except (AtWork, AnalyticsError, DataError, FolderBusy, ModelError) as error:
        # Of these a later round may know nothing: somebody who trains by hand comes to an end.
        wrong = isinstance(error, Misconfigured)
        return _failed(ConfigurationError(str(error)) if wrong else TicketstreamError(str(error)))
    except TicketstreamError as error:
        return _failed(error)
    except (OSError, RuntimeError, MemoryError) as error:
        if not (reason := no_room(error)):
            raise
        return _failed(TicketstreamError(reason))
    return ExitCode.DONE


def _round(settings: Settings) -> None:
    settings.require("clickhouse_url", "models_folder")
    folder, place = settings.models_folder or Path(), seed_place(settings, None, Path())
    sources = Sources(
        place,
        taxonomy_of(settings, place),
        settings.fingerprint_key.get_secret_value().encode() or None,
        texts_kept_days=settings.texts_kept_days,
    )
    with alone(folder, ROUND):
        with clickhouse_of(settings) as client:
            data = gathered(client, sources)
        _log_chosen(data)
        training = training_here(
            lambda _done, _of: None, lambda why: log.info("learner.no_embedding", detail=why), without_embedding=False
        )
        now = datetime.now(UTC)
        end = ended(ModelFolder(folder), data, training, now=now, by=BY)
    _log_ended(end, _outlook(end, settings, now))


def _log_chosen(data: Gathered) -> None:
    found = data.found
    log.info(
        "learner.chosen",
        **found.used(),
        gate_tickets=len(found.gate),
        contradictions=len(found.left_out.contradictions),
        unknown_labels=sum(found.left_out.unknown.values()),
        without_text=data.judged.without_text,
    )
    for person in found.left_out.one_sided:
        log.warning(
            "learner.person_left_out",
            by=person.by,
            label=person.label,
            to_label=person.to_label,
            corrections=person.corrections,
            judgements_left_out=person.left_out,
            detail="turns everything to one label: judgements of this person count where a second person agrees",
        )


def _outlook(end: Ended, settings: Settings, now: datetime) -> str | None:
    """When the judgements that the gate misses will be there; None where none are missing, or nobody can say."""
    if not isinstance(end.verdict, Keep) or not end.verdict.missing:
        return None
    try:
        with clickhouse_of(settings) as client:
            return outlook(end.verdict.missing, rates(client, settings.audit_share, now))
    except AnalyticsError:
        # The round is over, and its word stands.
        return None


def _log_ended(end: Ended, expected: str | None) -> None:
    if end.first:
        log.info("learner.first_champion", version=end.first)
    if end.is_new:
        log.info("learner.trained", version=end.version, figures=end.recipe.get("figures"))
    match end.verdict:
        case Promote():
            log.info("learner.promoted", version=end.version)
        case Keep(reason=reason, missing=missing):
            log.info(
                "learner.kept",
                champion=end.champion,
                refused=end.version,
                detail=reason,
                missing=missing,
                outlook=expected,
            )
        case None:
            log.info("learner.unchanged", champion=end.champion, version=end.version, detail=end.unasked)


def _failed(error: TicketstreamError) -> int:
    log.error("learner.round_failed", detail=str(error))
    return error.exit_code


def _end_with_parent() -> None:
    """End at once when standard input does: only the learner holds the other end of this pipe, so it has died."""
    while os.read(0, 1024):
        pass
    os._exit(ExitCode.FAILED)


if __name__ == "__main__":
    sys.exit(main())
