"""The model that answers: one for ever, or the champion of a folder, taken up while calls go on."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import structlog

from classifier.model import Model
from classifier.model_folder import CHAMPION, ModelFolder
from classifier.model_history import champions
from classifier.storage import ModelError

log = structlog.get_logger("classifier")

LOOK_EVERY_S = 0.25
FIRST_RETRY_S, LAST_RETRY_S = 1.0, 60.0
_ANY_TICKET = ("warm up", "a few words for the model to read before anybody asks")


@dataclass(frozen=True, slots=True)
class Serving:
    """What answers at a moment. A call takes it once, so that its labels and the name of their model belong together.

    Attributes:
        model: that answers.
        since: since when.
        not_loaded: the champion that could not be loaded in its place; None where the model is the champion.
    """

    model: Model
    since: datetime
    not_loaded: str | None = None


def warmed(model: Model) -> Model:
    """The model, after a call of nobody's: what its first call builds takes a second that tickets would wait for."""
    model.predict([_ANY_TICKET], 1)
    return model


class FixedModel:
    """A model that is served until the process ends."""

    def __init__(self, model: Model) -> None:
        self.now = Serving(model, datetime.now(UTC))


class _Retry(NamedTuple):
    """When a champion that could not be loaded is tried again: its files may still be on their way."""

    version: str
    at_s: float
    pause_s: float


class Champion:
    """The champion of a folder. It is taken up when the file that names it changes.

    The model before stays in memory, so that going back to it takes no loading. Of more than these two models there is
    never any: the one before is let go of while the next one is read.

    Args:
        folder: the models.

    Raises:
        ModelError: there is no champion, or neither it nor one before can be loaded.
    """

    def __init__(self, folder: ModelFolder) -> None:
        self._folder = folder
        self._seen: tuple[int, int, int] | None = None
        self._before: Model | None = None
        self._retry: _Retry | None = None
        self.now = self._first(time.monotonic())

    def look(self, now_s: float) -> None:
        """Take up a change, if there is one. Only one thread may call this.

        Args:
            now_s: a monotonic clock.
        """
        sign = _sign(self._folder.folder / CHAMPION)
        due = self._retry is not None and now_s >= self._retry.at_s
        if sign == self._seen and not due:
            return
        self._seen = sign
        try:
            version = self._folder.champion()
        except ModelError as error:
            log.warning("champion.unreadable", error=str(error), serving=self.now.model.version)
            return
        if version is not None:
            self._take_up(version, now_s)

    def _take_up(self, version: str, now_s: float) -> None:
        if version == self.now.model.version:
            self._retry = None
            self.now = Serving(self.now.model, self.now.since)
        elif self._before and self._before.version == version:
            self._serve(self._before)
        else:
            # Never three models in memory.
            self._before = None
            try:
                self._serve(warmed(self._folder.load(version)))
            except (ModelError, MemoryError) as error:
                self._not_loaded(version, error, now_s)

    def _serve(self, model: Model) -> None:
        before = self.now.model
        self._before, self._retry = before, None
        self.now = Serving(model, datetime.now(UTC))
        log.info("champion.taken_up", model=model.version, before=before.version)

    def _not_loaded(self, version: str, error: Exception, now_s: float) -> None:
        again = self._retry if self._retry and self._retry.version == version else None
        pause_s = min(2 * again.pause_s, LAST_RETRY_S) if again else FIRST_RETRY_S
        self._retry = _Retry(version, now_s + pause_s, pause_s)
        self.now = Serving(self.now.model, self.now.since, not_loaded=version)
        if not again:
            log.warning("champion.not_loaded", champion=version, error=str(error), serving=self.now.model.version)

    def _first(self, now_s: float) -> Serving:
        self._seen = _sign(self._folder.folder / CHAMPION)
        champion = self._folder.champion()
        if champion is None:
            raise ModelError(
                f"{self._folder.folder} has no champion; name one with: ticketstream models promote VERSION"
                f" --models {self._folder.folder}"
            )
        try:
            return Serving(warmed(self._folder.load(champion)), datetime.now(UTC))
        except ModelError as error:
            model = self._earlier(champion)
            if model is None:
                raise
            self._retry = _Retry(champion, now_s + FIRST_RETRY_S, FIRST_RETRY_S)
            log.warning("champion.not_loaded", champion=champion, error=str(error), serving=model.version)
            return Serving(model, datetime.now(UTC), not_loaded=champion)

    def _earlier(self, champion: str) -> Model | None:
        """The latest champion before that can be loaded: after a restart, too, the old one goes on."""
        for version in reversed(champions(self._folder.history())):
            if version != champion:
                try:
                    return warmed(self._folder.load(version))
                except ModelError:
                    continue
        return None


@contextmanager
def followed(champion: Champion) -> Iterator[None]:
    """Look after the champion in a thread, until the block ends."""
    ended = threading.Event()
    thread = threading.Thread(target=_follow, args=(champion.look, ended), name="champion", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _follow(look: Callable[[float], None], ended: threading.Event) -> None:
    while not ended.wait(LOOK_EVERY_S):
        try:
            look(time.monotonic())
        except Exception:
            # The model that is served goes on, whatever the folder's disk does.
            log.exception("champion.look_failed")


def _sign(path: Path) -> tuple[int, int, int] | None:
    """What changes when the file does; None where there is none, or where it cannot be looked at now."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
