"""Stops commands that run until they are stopped: SIGTERM ends them with 0, Ctrl-C with 130."""

import signal
import threading
from typing import NoReturn

import typer

from consumer.service.signals import on_signals
from terminal.exit_codes import ExitCode


class Stopping:
    """Takes SIGTERM and Ctrl-C from now on.

    Args:
        stop: set when one of them has come; made when not given.
    """

    def __init__(self, stop: threading.Event | None = None) -> None:
        self.stop = stop or threading.Event()
        self._interrupted = False
        on_signals(self._take, signal.SIGTERM, signal.SIGINT)

    def _take(self, number: int) -> None:
        if number == signal.SIGINT:
            self._interrupted = True
        self.stop.set()

    def end(self, code: int = ExitCode.DONE) -> None:
        """End the command with this code, or with 130 when Ctrl-C stopped it.

        Raises:
            typer.Exit: always.
        """
        raise typer.Exit(ExitCode.INTERRUPTED if self._interrupted and not code else code)


def unwind_on_signals() -> None:
    """From now on SIGTERM ends the main thread where it is, with 0, and Ctrl-C as always: what is open is closed."""
    on_signals(lambda _: None, signal.SIGTERM)
    signal.signal(signal.SIGTERM, _exit)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _exit(_: int, __: object) -> NoReturn:
    raise SystemExit(ExitCode.DONE)
