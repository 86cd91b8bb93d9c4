"""Starts a model again that was killed, after a while in which people can watch what happens without it."""

from collections.abc import Callable
from typing import Protocol


class ModelProcess(Protocol):
    """The model of a sandbox: `Sandbox`, or a fake in tests."""

    @property
    def model_has_ended(self) -> bool: ...

    def start_model_again(self) -> None: ...


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
        if not self._model.model_has_ended:
            return
        if self._due_s is None:
            self._due_s = now_s + self._pause_s
            self._died()
        elif now_s >= self._due_s:
            self._due_s = None
            self._model.start_model_again()
            self._back()
