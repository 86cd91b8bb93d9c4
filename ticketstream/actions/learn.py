"""One round of learning by hand: a model of what people judged, and the gate's word on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from classifier.model_folder import ModelFolder
from classifier.storage import ModelError
from classifier.tickets import DataError
from classifier.writer_lock import FolderBusy
from consumer.config.settings import Settings, load_settings
from consumer.errors import TicketstreamError
from learning.audited import outlook, rates
from learning.gate import Keep
from learning.judged_tickets import EVER
from learning.places import ROUND, alone, seed_place, taxonomy_of
from learning.retraining import training_here
from learning.rounds import Ended, Gathered, NothingJudged, Sources, ended, gathered
from terminal.output import console, say, say_json, tell
from ticketstream.database import database
from ticketstream.moments import moment
from ticketstream.round_shown import chosen_json, chosen_text, ended_json, ended_text, next_steps

BY = "train"


class Asked(NamedTuple):
    """What the command line said.

    Attributes:
        seed: the folder of a project, or a file of labelled tickets; None for LEARN_SEED, or this folder.
        models: the folder of models; None for MODELS_FOLDER.
        since: a time.
        dry_run: whether to train nothing.
        without_embedding: whether to leave the embedding out where it runs, too.
    """

    seed: Path | None
    models: Path | None
    since: str | None
    dry_run: bool
    without_embedding: bool


def learn_once(asked: Asked, *, as_json: bool) -> None:
    """Run a round, and print what it learned from, what was left out, figures and the gate's word.

    Raises:
        ConfigurationError: a setting is missing, no texts are kept, or there are no labelled tickets to begin with.
        TicketstreamError: there is nothing to learn from, or ClickHouse does not answer.
    """
    settings = load_settings()
    settings = settings.model_copy(update={"models_folder": asked.models}) if asked.models else settings
    settings.require("clickhouse_url", *([] if asked.dry_run else ["models_folder"]))
    now = datetime.now(UTC)
    sources = _sources(settings, asked, now)
    with _failures():
        if asked.dry_run:
            data = _gathered(sources)
            if data.nothing is not None:
                raise NothingJudged(data.nothing)
            _show_chosen(data, settings, as_json=as_json)
            return
        folder = settings.models_folder or Path()
        with alone(folder, ROUND):
            data = _gathered(sources)
            if not as_json:
                _show_chosen(data, settings, as_json=False)
            end = _with_progress(ModelFolder(folder), data, asked, now)
    if as_json:
        say_json({**chosen_json(data), **ended_json(end)})
    else:
        say("\n".join([ended_text(end), *_outlook(end, settings, now)]))
    tell("\n".join(next_steps(end, folder)))


def _sources(settings: Settings, asked: Asked, now: datetime) -> Sources:
    place = seed_place(settings, asked.seed, Path())
    return Sources(
        place,
        taxonomy_of(settings, place),
        settings.fingerprint_key.get_secret_value().encode() or None,
        EVER if asked.since is None else moment(asked.since, now, "--since"),
        settings.texts_kept_days,
    )


def _gathered(sources: Sources) -> Gathered:
    with console.status("reading what people judged"), database() as client:
        return gathered(client, sources)


def _show_chosen(data: Gathered, settings: Settings, *, as_json: bool) -> None:
    if as_json:
        say_json(chosen_json(data))
    else:
        say(chosen_text(data, settings.texts_kept_days))


def _with_progress(models: ModelFolder, data: Gathered, asked: Asked, now: datetime) -> Ended:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("learning", total=None)
        training = training_here(
            lambda done, of: progress.update(task, description=f"embedding {done:,} of {of:,} texts"),
            lambda why: tell(f"trains without an embedding, for texts in the tickets' own languages only: {why}"),
            without_embedding=asked.without_embedding,
        )
        return ended(
            models,
            data,
            training,
            now=now,
            by=BY,
            on_progress=lambda done, steps, what: progress.update(task, completed=done, total=steps, description=what),
        )


def _outlook(end: Ended, settings: Settings, now: datetime) -> list[str]:
    """When the judgements that the gate misses will be there."""
    if not isinstance(end.verdict, Keep) or not end.verdict.missing:
        return []
    with database() as client:
        return [outlook(end.verdict.missing, rates(client, settings.audit_share, now))]


@contextmanager
def _failures() -> Iterator[None]:
    """What may go wrong with data and folder, as errors of a command."""
    try:
        yield
    except (DataError, FolderBusy, ModelError) as error:
        raise TicketstreamError(str(error)) from None
