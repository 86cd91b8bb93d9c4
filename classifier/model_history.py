"""What happened to the models of a folder: one line of JSON per event."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from classifier.durable_files import append_line

What = Literal["added", "promoted", "rolled_back", "refused"]
_EVENTS = ("added", "promoted", "rolled_back", "refused")


class HistoryEvent(NamedTuple):
    """One event.

    Attributes:
        at: when, aware.
        event: added: the version is in the folder. promoted: it became the champion. rolled_back: it became the
            champion again. refused: the champion stayed.
        version: which one.
        before: the champion until then; None where there was none.
        reason: why, in a sentence; None where nobody gave one.
        by: who: `learner`, or a person; None where that is unknown.
        gate: the gate's verdict as JSON (see `learning.gate.as_json`); None where no gate was asked.
    """

    at: datetime
    event: What
    version: str
    before: str | None = None
    reason: str | None = None
    by: str | None = None
    gate: Mapping[str, Any] | None = None


def append_event(path: Path, event: HistoryEvent) -> None:
    """Write the event down.

    Raises:
        OSError: the file cannot be written.
    """
    written = {**event._asdict(), "at": event.at.isoformat()}
    append_line(path, json.dumps(written, ensure_ascii=False).encode())


def read_events(path: Path) -> list[HistoryEvent]:
    """The events, oldest first. Lines that a crash has torn, and those of later versions, are read over.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    return [event for line in lines if (event := _event(line))]


def champions(events: Sequence[HistoryEvent]) -> list[str]:
    """The champions on which a rollback can stand, the latest last.

    A promotion puts its version on top; a rollback takes off all above the version to which it went.
    """
    stack: list[str] = []
    for event in events:
        match event.event:
            case "promoted" if stack[-1:] != [event.version]:
                stack.append(event.version)
            case "rolled_back":
                while stack and stack[-1] != event.version:
                    stack.pop()
                stack = stack or [event.version]
    return stack


def unwritten(champion: str | None, events: Sequence[HistoryEvent], at: datetime) -> HistoryEvent | None:
    """The change of champion that the file shows and the events do not: a process was killed between the two."""
    stack = champions(events)
    if champion is None or stack[-1:] == [champion]:
        return None
    what: What = "rolled_back" if champion in stack else "promoted"
    before = stack[-1] if stack else None
    return HistoryEvent(at, what, champion, before, "found in the file: no command wrote down why")


def _event(line: bytes) -> HistoryEvent | None:
    try:
        written = json.loads(line)
        at, what, version = datetime.fromisoformat(written["at"]), written["event"], written["version"]
        told = (written.get(name) for name in ("before", "reason", "by", "gate"))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
    if what not in _EVENTS or not isinstance(version, str) or not at.tzinfo:
        return None
    return HistoryEvent(at, what, version, *told)
