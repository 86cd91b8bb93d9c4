"""A folder of models: every version, the champion that is served, and what happened.

    FOLDER/versions/<version>/     a model as `classifier.storage` saves it, with recipe.json and trained-on.txt beside
    FOLDER/champion                one line: the version that is served
    FOLDER/history.jsonl           one event a line, oldest first
    FOLDER/gate-tickets.txt        the tickets of the last gate, one event_id a line

Each step is whole by itself: a process that is killed at any moment leaves the champion before or the champion after,
and never a part of a version.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from classifier import storage
from classifier.durable_files import drop_partials, partial_folder, publish_folder, replace_file
from classifier.model import Model
from classifier.model_history import HistoryEvent, append_event, champions, read_events
from classifier.storage import ModelError
from classifier.writer_lock import one_writer

CHAMPION, HISTORY, VERSIONS = "champion", "history.jsonl", "versions"
RECIPE, TRAINED_ON, GATE_TICKETS = "recipe.json", "trained-on.txt", "gate-tickets.txt"
# What a name of a folder and a line of text can hold everywhere.
_NAME = re.compile(r"[A-Za-z0-9_+][A-Za-z0-9._+@-]{0,199}")


class Version(NamedTuple):
    """A model of the folder.

    Attributes:
        name: the model's version, as its answers name it.
        folder: where it is.
        recipe: what it was made of (recipe.json); empty where nobody wrote that down.
    """

    name: str
    folder: Path
    recipe: Mapping[str, Any]


class ModelFolder:
    """The models of a folder. Readers need no lock; one writer at a time.

    Args:
        folder: is made by the first `add`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def versions(self) -> list[Version]:
        """Every version, the oldest first, whether or not its model can be loaded."""
        folders = [path for path in self._versions.glob("[!.]*") if path.is_dir()]
        found = [Version(path.name, path, _recipe(path)) for path in folders]
        return sorted(found, key=lambda version: (str(version.recipe.get("trained_at", "")), version.name))

    def champion(self) -> str | None:
        """The version that is served; None where none was promoted yet.

        Raises:
            ModelError: the file that names it cannot be read, or names none.
        """
        path = self.folder / CHAMPION
        try:
            name = path.read_bytes().decode().strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise ModelError(f"{path} cannot be read: {error}") from error
        if not _NAME.fullmatch(name):
            raise ModelError(f"{path} names no version; write the name of one into it with: models promote VERSION")
        return name

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
        folder = self._of(version)
        if not folder.is_dir():
            known = ", ".join(found.name for found in self.versions()) or "none"
            raise ModelError(f"{self.folder} has no version {version}; it has: {known}")
        try:
            model = storage.load(folder)
        except ModelError as error:
            raise ModelError(f"version {version} cannot be used: {error}") from error
        if model.version != version:
            raise ModelError(f"version {version} cannot be used: its folder holds the model {model.version}")
        return model

    def trained_on(self, version: str) -> frozenset[str]:
        """The event_ids of the judged tickets that a version was trained on, as far as somebody wrote them down."""
        return _lines(self._of(version) / TRAINED_ON)

    def gate_tickets(self) -> frozenset[str]:
        """The event_ids of the tickets of the last gate."""
        return _lines(self.folder / GATE_TICKETS)

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
        if not _NAME.fullmatch(model.version):
            raise ModelError(f"{model.version!r} is no name for a version: use letters, digits and . _ + @ -")
        self._versions.mkdir(parents=True, exist_ok=True)
        with one_writer(self.folder):
            drop_partials(self._versions)
            final = self._of(model.version)
            if not _is_whole(final, model.version):
                _write_version(final, model, recipe, sorted(set(trained_on)))
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
        with self._writing(at):
            before = self.champion()
            self._check(HistoryEvent(at, "refused", version, before, reason, by, gate))
            replace_file(self.folder / CHAMPION, f"{version}\n".encode())
            self._note(HistoryEvent(at, "promoted", version, before, reason, by, gate))

    def refuse(
        self, version: str, reason: str, by: str | None, gate: Mapping[str, Any] | None, now: datetime | None = None
    ) -> None:
        """Write down that a version did not become the champion.

        Raises:
            FolderBusy: another process is writing.
            OSError: the folder cannot be written.
        """
        at = now or datetime.now(UTC)
        with self._writing(at):
            self._note(HistoryEvent(at, "refused", version, self.champion(), reason, by, gate))

    def rollback(self, by: str | None, now: datetime | None = None, reason: str | None = None) -> str:
        """Make the champion before the present one the champion again, and return it. Again goes on back.

        Raises:
            ModelError: there was none before, or it is damaged. The champion stays.
            FolderBusy: another process is writing.
            OSError: the folder cannot be written.
        """
        at = now or datetime.now(UTC)
        with self._writing(at):
            before, stack = self.champion(), champions(self.history())
            if len(stack) < 2:
                raise ModelError(f"{self.folder} had no champion before {before}: there is nothing to go back to")
            version = stack[-2]
            self._check(HistoryEvent(at, "refused", version, before, reason, by))
            replace_file(self.folder / CHAMPION, f"{version}\n".encode())
            self._note(HistoryEvent(at, "rolled_back", version, before, reason, by))
        return version

    def note_gate(self, event_ids: Iterable[str]) -> None:
        """Remember the tickets of a gate, for the next one has to wait for new ones.

        Raises:
            OSError: the folder cannot be written.
        """
        replace_file(self.folder / GATE_TICKETS, _text(sorted(set(event_ids))))

    @property
    def _versions(self) -> Path:
        return self.folder / VERSIONS

    def _of(self, version: str) -> Path:
        # A name from a command line leads nowhere else.
        return self._versions / (version if _NAME.fullmatch(version) else "no-such-version")

    @contextmanager
    def _writing(self, at: datetime) -> Iterator[None]:
        if not self._versions.is_dir():
            raise ModelError(f"{self.folder} holds no models; train one with: ticketstream train --from-clickhouse")
        with one_writer(self.folder):
            self._complete_history(at)
            yield

    def _complete_history(self, at: datetime) -> None:
        """Write down the change of champion that a killed process made and did not come to write down."""
        champion, stack = self.champion(), champions(self.history())
        if champion is None or stack[-1:] == [champion]:
            return
        before = stack[-1] if stack else None
        found = HistoryEvent(at, "promoted", champion, before, "found in the file: no command wrote down why")
        self._note(found._replace(event="rolled_back") if champion in stack else found)

    def _check(self, refusal: HistoryEvent) -> None:
        try:
            self.load(refusal.version)
        except ModelError as error:
            if self._of(refusal.version).is_dir():
                self._note(refusal._replace(reason=str(error)))
            raise

    def _note(self, event: HistoryEvent) -> None:
        append_event(self.folder / HISTORY, event)


def _write_version(final: Path, model: Model, recipe: Mapping[str, Any], trained_on: Sequence[str]) -> None:
    partial = partial_folder(final)
    storage.save(model, partial)
    replace_file(partial / TRAINED_ON, _text(trained_on))
    written = {**recipe, "trained_on": TRAINED_ON}
    replace_file(partial / RECIPE, json.dumps(written, ensure_ascii=False, indent=2, default=str).encode() + b"\n")
    if final.exists():
        # A damaged one, which cannot be replaced in one step: nobody can load it anyway.
        final.rename(final.with_name(f".{final.name}.damaged.partial"))
    publish_folder(partial, final)
    drop_partials(final.parent)


def _is_whole(folder: Path, version: str) -> bool:
    try:
        return folder.is_dir() and storage.load(folder).version == version
    except ModelError:
        return False


def _recipe(folder: Path) -> dict[str, Any]:
    try:
        recipe = json.loads((folder / RECIPE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return recipe if isinstance(recipe, dict) else {}


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _lines(path: Path) -> frozenset[str]:
    try:
        return frozenset(path.read_text("utf-8").splitlines())
    except (OSError, ValueError):
        return frozenset()
