"""A folder of models: every version, the champion that is served, and what happened.

    FOLDER/versions/<version>/     a model as `classifier.storage` saves it, with recipe.json and trained-on.txt beside
    FOLDER/champion                one line: the version that is served
    FOLDER/history.jsonl           one event a line, oldest first
    FOLDER/gate-tickets.txt        the tickets of the last gate, one event_id a line

Each step is whole by itself: a process that is killed at any moment leaves the champion before or the champion after,
and never a part of a version.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifier.durable_files import replace_file
from classifier.model import Model
from classifier.model_history import HistoryEvent, append_event, champions, read_events, unwritten
from classifier.model_versions import (
    TRAINED_ON,
    Version,
    all_versions,
    folder_of,
    is_name,
    lines_of,
    lines_text,
    load_version,
    write_version,
)
from classifier.storage import ModelError
from classifier.writer_lock import one_writer

CHAMPION, HISTORY, VERSIONS, GATE_TICKETS = "champion", "history.jsonl", "versions", "gate-tickets.txt"


class ModelFolder:
    """The models of a folder. Readers need no lock; one writer at a time.

    Args:
        folder: is made by the first `add`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def versions(self) -> list[Version]:
        """Every version, the oldest first, whether or not its model can be loaded."""
        return all_versions(self._versions)

    def champion(self) -> str | None:
        """The version that is served; None where none was promoted yet.

        Raises:
            ModelError: the file that names it cannot be read, or names none.
        """
        return _champion(self.folder / CHAMPION)

    def history(self) -> list[HistoryEvent]:
        """What happened, the oldest first.

        Raises:
            OSError: the file cannot be read.
        """
        return read_events(self.folder / HISTORY)

    def load(self, version: str) -> Model:
        """The model of a version.

        Raises:
            ModelError: there is no such version, or its files are damaged or not those of this version.
        """
        return load_version(self._versions, version)

    def trained_on(self, version: str) -> frozenset[str]:
        """The event_ids of the judged tickets that a version was trained on, as far as somebody wrote them down."""
        return lines_of(folder_of(self._versions, version) / TRAINED_ON)

    def gate_tickets(self) -> frozenset[str]:
        """The event_ids of the tickets of the last gate."""
        return lines_of(self.folder / GATE_TICKETS)

    def add(
        self,
        model: Model,
        recipe: Mapping[str, Any],
        trained_on: Iterable[str] = (),
        *,
        by: str | None = None,
        now: datetime | None = None,
    ) -> str:
        """Write a model into the folder and return its version. A version that is there and whole stays as it is.

        Args:
            model: its version is the name.
            recipe: what it was made of, as JSON.
            trained_on: the event_ids of the judged tickets that it was trained on.
            by: who made it.
            now: for the history.

        Raises:
            ModelError: the version is no name for a folder.
            FolderBusy: another process is writing.
            OSError: the folder cannot be written.
        """
        self._versions.mkdir(parents=True, exist_ok=True)
        with one_writer(self.folder):
            write_version(self._versions, model, recipe, trained_on)
            if not any(event.event == "added" and event.version == model.version for event in self.history()):
                self._note(HistoryEvent(now or datetime.now(UTC), "added", model.version, by=by))
        return model.version

    def promote(
        self,
        version: str,
        reason: str | None,
        by: str | None,
        gate: Mapping[str, Any] | None = None,
        now: datetime | None = None,
    ) -> None:
        """Make a version the champion. The one before stays in the folder.

        Args:
            version: which one.
            reason: why, in a sentence.
            by: who says so.
            gate: the gate's verdict as JSON.
            now: for the history.

        Raises:
            ModelError: there is no such version, or it is damaged. The champion stays, and the history says so.
            FolderBusy: another process is writing.
            OSError: the folder cannot be written.
        """
        at = now or datetime.now(UTC)
        with self._writing(at) as before:
            self._change(HistoryEvent(at, "promoted", version, before, reason, by, gate))

    def refuse(
        self, version: str, reason: str, by: str | None, gate: Mapping[str, Any] | None, now: datetime | None = None
    ) -> None:
        """Write down that a version did not become the champion.

        Raises:
            FolderBusy: another process is writing.
            OSError: the folder cannot be written.
        """
        at = now or datetime.now(UTC)
        with self._writing(at) as before:
            self._note(HistoryEvent(at, "refused", version, before, reason, by, gate))

    def rollback(self, by: str | None, now: datetime | None = None, reason: str | None = None) -> str:
        """Make the champion before the present one the champion again, and return it. Again goes on back.

        Raises:
            ModelError: there was none before, or it is damaged. The champion stays.
            FolderBusy: another process is writing.
            OSError: the folder cannot be written.
        """
        at = now or datetime.now(UTC)
        with self._writing(at) as before:
            stack = champions(self.history())
            if len(stack) < 2:
                raise ModelError(f"{self.folder} had no champion before {before}: there is nothing to go back to")
            self._change(HistoryEvent(at, "rolled_back", stack[-2], before, reason, by))
        return stack[-2]

    def note_gate(self, event_ids: Iterable[str]) -> None:
        """Remember the tickets of a gate, for the next one has to wait for new ones.

        Raises:
            OSError: the folder cannot be written.
        """
        replace_file(self.folder / GATE_TICKETS, lines_text(event_ids))

    @property
    def _versions(self) -> Path:
        return self.folder / VERSIONS

    @contextmanager
    def _writing(self, at: datetime) -> Iterator[str | None]:
        """Hold the folder; gives the champion, which is None where its file is damaged: a promotion mends that."""
        if not self._versions.is_dir():
            raise ModelError(f"{self.folder} holds no models; train one with: ticketstream train --from-clickhouse")
        with one_writer(self.folder):
            try:
                champion = self.champion()
            except ModelError:
                champion = None
            if event := unwritten(champion, self.history(), at):
                self._note(event)
            yield champion

    def _change(self, event: HistoryEvent) -> None:
        try:
            self.load(event.version)
        except ModelError as error:
            if folder_of(self._versions, event.version).is_dir():
                self._note(event._replace(event="refused", reason=str(error)))
            raise
        replace_file(self.folder / CHAMPION, f"{event.version}\n".encode())
        self._note(event)

    def _note(self, event: HistoryEvent) -> None:
        append_event(self.folder / HISTORY, event)


def _champion(path: Path) -> str | None:
    try:
        name = path.read_bytes().decode().strip()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    if not is_name(name):
        raise ModelError(f"{path} names no version; name one with: ticketstream models promote VERSION")
    return name
