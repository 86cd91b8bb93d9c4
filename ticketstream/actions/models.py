"""Shows, compares and promotes the models of a folder."""

import os
import pwd
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from classifier.model_folder import ModelFolder
from classifier.storage import ModelError
from classifier.writer_lock import FolderBusy
from consumer.config.settings import load_settings
from consumer.errors import ConfigurationError, TicketstreamError
from learning.gate import Keep, Promote, as_json
from learning.promotion import looked_at, promoted_because
from terminal.output import say, say_json, tell
from terminal.safe_text import printable
from terminal.tables import laid_out
from ticketstream import model_trials
from ticketstream.choices import Format
from ticketstream.model_trials import Asked
from ticketstream.models_shown import (
    Listed,
    comparison_grid,
    comparison_json,
    events_of,
    history_grid,
    history_json,
    listed,
    recipe_grid,
    verdict_text,
    versions_grid,
)

_FIRST = "the first champion: there was nothing to compare it with"


def print_versions(folder: Path | None, output: Format) -> None:
    """Print every version.

    Raises:
        ConfigurationError: there is no folder of models.
        TicketstreamError: it cannot be read.
    """
    with _models(folder) as models:
        champion = models.champion()
        found = listed(models.versions(), champion, models.history())
        if output is Format.JSON:
            versions = [version.as_json() for version in found]
            say_json({"folder": str(models.folder), "champion": champion, "versions": versions})
            return
        say(laid_out(versions_grid(found, printable(str(models.folder)))))
        tell(_next_step(models, champion, found))


def print_version(folder: Path | None, version: str, output: Format) -> None:
    """Print recipe and history of a version.

    Raises:
        ConfigurationError: there is no such version.
        TicketstreamError: the folder cannot be read.
    """
    with _models(folder) as models:
        known = {found.name: found for found in models.versions()}
        if version not in known:
            raise ConfigurationError(_unknown(models, version))
        events = events_of(models.history(), version)
        recipe = dict(known[version].recipe)
        if output is Format.JSON:
            champion = models.champion() == version
            say_json({"version": version, "champion": champion, "recipe": recipe, "history": history_json(events)})
            return
        state = " (champion)" if models.champion() == version else ""
        made = recipe_grid(recipe) if recipe else "Nobody wrote down of what it was made: it has no recipe.json."
        say(laid_out(f"{version}{state}", made, history_grid(events)))


def print_comparison(folder: Path | None, standing: str, challenger: str, file: Path | None, output: Format) -> None:
    """Print how two versions answer the same judged tickets, and what the gate says.

    Args:
        folder: of models; None for MODELS_FOLDER.
        standing: a version.
        challenger: the version that might take its place.
        file: of labelled tickets; None for the gate's tickets in ClickHouse.
        output: how.

    Raises:
        ConfigurationError: there is no such version, or a setting is missing.
        TicketstreamError: there is no judged ticket, or ClickHouse does not answer.
    """
    with _models(folder) as models:
        found = model_trials.compared(models, standing, challenger, file)
    if output is Format.JSON:
        say_json({**comparison_json(standing, challenger, found.compared, found.verdict), "tickets": found.source})
        return
    say(
        laid_out(
            comparison_grid(standing, challenger, found.compared),
            f"The interval of the difference is a paired one of 95 % (Tango 1998). Tickets: {found.source}.",
            verdict_text(found.verdict),
        )
    )
    if found.outlook:
        tell(found.outlook)
    if isinstance(found.verdict, Promote) and file is None:
        tell(f"Promote it with: ticketstream models promote {challenger} --models {_quoted(models)}")


def promote_version(folder: Path | None, version: str, reason: str | None, *, despite_gate: bool) -> None:
    """Make a version the champion, if the gate says yes or is overruled.

    Raises:
        ConfigurationError: there is no such version, or it is damaged.
        TicketstreamError: the gate says no, or cannot be asked.
    """
    now = datetime.now(UTC)
    with _models(folder) as models:
        models.load(version)
        champion = _champion_or_none(models)
        if champion == version:
            say(f"{version} is the champion already.")
            return
        if champion is None:
            models.promote(version, reason or _FIRST, _person(), now=now)
            say(f"{version} is the champion now.")
            return
        asked = _asked(models, version, champion, despite_gate=despite_gate)
        gate = as_json(asked.verdict) if asked else None
        models.promote(version, reason or _why(asked), _person(), gate, now)
        if asked and looked_at(asked.verdict):
            models.note_gate(asked.held.event_ids)
        say(f"{version} is the champion now; it was {champion}.")
        tell(f"Go back with: ticketstream models rollback --models {_quoted(models)}")


def roll_back(folder: Path | None, reason: str | None) -> None:
    """Make the champion before the champion again.

    Raises:
        ConfigurationError: there was none before, or it is damaged.
        TicketstreamError: the folder cannot be written.
    """
    with _models(folder) as models:
        before = _champion_or_none(models)
        version = models.rollback(_person(), datetime.now(UTC), reason)
        say(f"{version} is the champion again; it was {before}.")
        tell(
            f"`ticketstream train --from-clickhouse` and the learner do not promote {before} again by themselves."
            f" Promote it with: ticketstream models promote {before} --despite-gate --models {_quoted(models)}"
        )


@contextmanager
def _models(given: Path | None) -> Iterator[ModelFolder]:
    """The folder, and its troubles as errors of a command."""
    settings = load_settings()
    if given is None:
        settings.require("models_folder")
    models = ModelFolder(given or settings.models_folder or Path())
    if not models.versions():
        raise ConfigurationError(
            f"{printable(str(models.folder))} holds no models. Train one from what people judged with:"
            f" ticketstream train --from-clickhouse --models {_quoted(models)}"
        )
    try:
        yield models
    except ModelError as error:
        raise ConfigurationError(str(error)) from None
    except FolderBusy as error:
        raise TicketstreamError(str(error)) from None
    except PermissionError as error:
        raise ConfigurationError(f"{error.filename} cannot be used: {error.strerror}") from None


def _champion_or_none(models: ModelFolder) -> str | None:
    """A damaged file names none: a promotion replaces it."""
    try:
        return models.champion()
    except ModelError as error:
        tell(str(error))
        return None


def _asked(models: ModelFolder, version: str, champion: str, *, despite_gate: bool) -> Asked | None:
    """What the gate says, unless that is no and nobody overrules it; None where it cannot be asked."""
    overrule = f"{champion} stays the champion; --despite-gate overrules the gate, and the history says so"
    try:
        asked = model_trials.asked(models, version)
    except TicketstreamError as error:
        if not despite_gate:
            raise type(error)(f"the gate cannot be asked: {str(error).rstrip('.')}. {overrule}") from None
        tell(f"The gate cannot be asked: {error}")
        return None
    if isinstance(asked.verdict, Keep):
        said = f"{verdict_text(asked.verdict)} {asked.outlook or ''}".rstrip()
        if not despite_gate:
            raise TicketstreamError(f"{said} {overrule}")
        tell(said)
    return asked


def _why(asked: Asked | None) -> str:
    if asked and isinstance(asked.verdict, Promote):
        return promoted_because(asked.held, asked.verdict)
    return "despite the gate"


def _unknown(models: ModelFolder, version: str) -> str:
    known = ", ".join(found.name for found in models.versions())
    return f"{printable(str(models.folder))} has no version {printable(version)}; it has: {known}"


def _next_step(models: ModelFolder, champion: str | None, versions: list[Listed]) -> str:
    at = _quoted(models)
    if champion is None:
        return f"No version is served yet: ticketstream models promote {versions[-1].version.name} --models {at}"
    newest = versions[-1].version.name
    if newest != champion:
        return f"Compare the newest with the champion: ticketstream models compare {champion} {newest} --models {at}"
    return f"Serve the champion: python -m classifier serve --models {at}"


def _quoted(models: ModelFolder) -> str:
    return printable(shlex.quote(str(models.folder)))


def _person() -> str:
    """Who is at work here, as the operating system knows it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
