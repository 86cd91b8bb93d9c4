"""What a folder of models tells: its versions, the one that is served, and what became of them.

Other processes write the folder while it is read. What is missing, torn or of another shape is left out, and counted
where a person should know of it. docs/CONTRACT.md has the format.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from analytics.reports.report import in_json

Problem = Literal["", "unset", "missing", "unreadable"]

# Of a history that has grown for years the end is read: thousands of events.
_HISTORY_BYTES: Final = 1_048_576
_FILE_BYTES: Final = 1_048_576
_LONGEST_TEXT: Final = 1_000
# The largest number that a browser counts with.
_LARGEST: Final = 2**53
_EVENTS: Final = ("added", "promoted", "rolled_back", "refused")


class Models(NamedTuple):
    """What the service's settings say of models.

    Attributes:
        folder: MODELS_FOLDER; None when it is not set.
        texts_kept_days: TEXTS_KEPT_DAYS; 0 when no texts are kept.
    """

    folder: Path | None = None
    texts_kept_days: int = 0


class Version(NamedTuple):
    """One model.

    Attributes:
        version: its name, as in the answers.
        trained_at: RFC 3339; None where nothing says it.
        seed_rows: labelled rows that it began with.
        judged_rows: judgements of people that it has learned from.
        left_out: how many judgements were left out, by the reason.
    """

    version: str
    trained_at: str | None
    seed_rows: int | None
    judged_rows: int | None
    left_out: Mapping[str, int]


class Gate(NamedTuple):
    """A comparison with the champion on the same audited tickets.

    Attributes:
        n: tickets.
        champion: share that the champion had right, 0 to 1.
        challenger: share that this version had right.
        difference: challenger minus champion.
        bound: the difference is at least this, one-sided, at 95 %.
    """

    n: int
    champion: float
    challenger: float
    difference: float
    bound: float


class Event(NamedTuple):
    """Something that became of a version.

    Attributes:
        at: RFC 3339.
        event: added, promoted, rolled_back or refused.
        version: the one that it is about.
        before: the version that was served until then.
        reason: in a sentence.
        by: a person, or a part of the service.
        gate: what the comparison with the champion gave; None where none was made.
    """

    at: str
    event: str
    version: str
    before: str | None
    reason: str | None
    by: str | None
    gate: Gate | None


class ModelsFolder(NamedTuple):
    """A folder as it was found.

    Attributes:
        problem: why nothing is known: the setting is not set, there is no such folder, or it cannot be read.
        champion: the version that is served; None for none.
        versions: the latest trained first.
        history: the newest first.
        unread: lines of the history that could not be read.
    """

    problem: Problem
    champion: str | None = None
    versions: tuple[Version, ...] = ()
    history: tuple[Event, ...] = ()
    unread: int = 0

    @property
    def last_gate(self) -> datetime | None:
        """When a challenger was compared last; None for never, as far as the history was read."""
        return next((datetime.fromisoformat(event.at) for event in self.history if event.gate), None)


def read_models(folder: Path | None) -> ModelsFolder:
    """Read it.

    Args:
        folder: of the models; None when no setting names one.
    """
    if folder is None:
        return ModelsFolder("unset")
    try:
        if not folder.is_dir():
            return ModelsFolder("missing")
        names = _versions(folder / "versions")
        champion = _text(_beginning(folder / "champion").strip())
        lines = _last_lines(folder / "history.jsonl")
    except OSError:
        return ModelsFolder("unreadable")
    told = [_event(line) for line in lines]
    events = [event for event in told if event is not None]
    return ModelsFolder("", champion, names, tuple(reversed(events)), len(told) - len(events))


def _versions(folder: Path) -> tuple[Version, ...]:
    try:
        entries = [entry.name for entry in os.scandir(folder) if entry.is_dir() and not entry.name.startswith(".")]
    except FileNotFoundError:
        return ()
    found = [_version(folder / name) for name in entries]
    return tuple(sorted(found, key=lambda version: (version.trained_at or "", version.version), reverse=True))


def _version(folder: Path) -> Version:
    recipe = _object(_beginning(folder / "recipe.json"))
    left_out = recipe.get("left_out")
    return Version(
        str(_text(folder.name)),
        _moment(recipe.get("trained_at")),
        _count(recipe.get("seed_rows")),
        _count(recipe.get("judged_rows")),
        {
            str(_text(reason)): n
            for reason, found in (left_out if isinstance(left_out, dict) else {}).items()
            if (n := _count(found))
        },
    )


def _event(line: str) -> Event | None:
    told = _object(line)
    at, event, version = _moment(told.get("at")), told.get("event"), _text(told.get("version"))
    if at is None or event not in _EVENTS or version is None:
        return None
    before, reason, by = (_text(told.get(name)) for name in ("before", "reason", "by"))
    return Event(at, event, version, before, reason, by, _gate(told.get("gate")))


def _gate(told: Any) -> Gate | None:
    # Too few tickets are no comparison, whatever they say.
    if not isinstance(told, dict) or told.get("cause") in {"few_tickets", "few_new"}:
        return None
    compared = told.get("champion")
    if not isinstance(compared, dict):
        return None
    numbers: list[Any] = [compared.get(name) for name in ("n", "champion", "challenger", "difference", "bound")]
    return Gate(*numbers) if all(map(_is_number, numbers)) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _beginning(path: Path) -> str:
    """Return what a file holds, cut where no file of ours is so long; an empty text when it is not there."""
    try:
        with path.open("rb") as file:
            return file.read(_FILE_BYTES).decode(errors="replace")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ""


def _last_lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            first = file.seek(max(0, size - _HISTORY_BYTES))
            lines = file.read(_HISTORY_BYTES).decode(errors="replace").split("\n")
    except (FileNotFoundError, IsADirectoryError):
        return []
    # The first one is the end of a line.
    return [line for line in (lines[1:] if first else lines) if line.strip()]


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _moment(value: Any) -> str | None:
    try:
        moment = datetime.fromisoformat(value)
        # Without a zone it could be any hour of a day.
        return in_json(moment) if moment.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def _text(value: Any) -> str | None:
    """Return a text as it can be sent: JSON may hold halves of characters, and names of files any bytes."""
    return value[:_LONGEST_TEXT].encode(errors="replace").decode() if isinstance(value, str) and value else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST else None
