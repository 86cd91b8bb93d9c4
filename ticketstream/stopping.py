"""How commands that run on are stopped: SIGTERM ends them with 0, Ctrl-C with 130."""

import signal
import threading

import typer

from ticketstream.output import INTERRUPTED


class Stopping:
    """Takes the two signals from here on."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._interrupted = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: self.stop.set())
        signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, *_: object) -> None:
        self._interrupted.set()
        self.stop.set()

    def end(self, code: int = 0) -> None:
        """End the command with this code, or with 130 when it was Ctrl-C that stopped it.

        Raises:
            typer.Exit: always.
        """
        raise typer.Exit(INTERRUPTED if self._interrupted.is_set() and not code else code)
