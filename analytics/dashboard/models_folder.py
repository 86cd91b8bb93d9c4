"""What a folder of models tells: its versions, the one that is served, and what became of them.

The folder is written by others while it is read: whatever is missing, torn or of another shape is left out, and counted
where a person should know of it. docs/CONTRACT.md has the format.
"""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from analytics.reports.report import in_json

Problem = Literal["", "unset", "missing", "unreadable"]

# A page that nobody scrolls to the end of shows no more.
MAX_VERSIONS: Final = 50
MAX_EVENTS: Final = 50
# Of a history that has grown for years the end is read: thousands of events.
_HISTORY_BYTES: Final = 1_048_576
_FILE_BYTES: Final = 1_048_576
_LONGEST_TEXT: Final = 1_000
_EVENTS: Final = ("added", "promoted", "rolled_back", "refused")


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


class Event(NamedTuple):
    """Something that became of a version.

    Attributes:
        at: RFC 3339.
        event: added, promoted, rolled_back or refused.
        version: the one that it is about.
        before: the version that was served until then.
        reason: in a sentence.
        by: a person, or a part of the service.
        gate: the figures of the comparison, by their names; empty where none was made.
    """

    at: str
    event: str
    version: str
    before: str | None
    reason: str | None
    by: str | None
    gate: Mapping[str, float]


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
        folder.name,
        _moment(recipe.get("trained_at")),
        _count(recipe.get("seed_rows")),
        _count(recipe.get("judged_rows")),
        {
            reason[:_LONGEST_TEXT]: n
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
    return Event(at, event, version, before, reason, by, dict(_figures(told.get("gate"))))


def _figures(gate: Any) -> Iterator[tuple[str, float]]:
    if isinstance(gate, dict):
        for name, value in gate.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield name, value


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
    except (TypeError, ValueError):
        return None
    # Without a zone it could be any hour of a day.
    return in_json(moment) if moment.tzinfo else None


def _text(value: Any) -> str | None:
    return value[:_LONGEST_TEXT] if isinstance(value, str) and value else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
