"""Starts a model again that was killed, after a while in which people can watch what happens without it."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from sandbox.models import MODEL
from sandbox.system import Sandbox


class ModelProcess(Protocol):
    """A model that may be killed: `ModelOf`, or a fake in tests."""

    @property
    def has_ended(self) -> bool: ...

    def start_again(self) -> None: ...


class ModelOf(NamedTuple):
    """The model of a sandbox."""

    sandbox: Sandbox

    @property
    def has_ended(self) -> bool:
        """Whether its process is gone."""
        return self.sandbox.parts[MODEL].has_ended

    def start_again(self) -> None:
        """Start it at the same address.

        Raises:
            PartDied: it does not start.
        """
        self.sandbox.stop_part(MODEL)
        self.sandbox.start_model()


class ModelKeeper:
    """Looks after the model.

    Args:
        model: what it looks after.
        pause_s: how long the model stays away.
        died: called when it was found dead.
        back: called when it answers again.
    """

    def __init__(self, model: ModelProcess, pause_s: float, died: Callable[[], None], back: Callable[[], None]) -> None:
        self._model = model
        self._pause_s = pause_s
        self._died = died
        self._back = back
        self._due_s: float | None = None

    def look(self, now_s: float) -> None:
        """Look once; `now_s` is a monotonic clock.

        Raises:
            PartDied: the model does not start.
        """
        if not self._model.has_ended:
            return
        if self._due_s is None:
            self._due_s = now_s + self._pause_s
            self._died()
        elif now_s >= self._due_s:
            self._due_s = None
            self._model.start_again()
            self._back()
