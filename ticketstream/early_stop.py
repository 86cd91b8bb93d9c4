"""Signals of the first second: a command that is stopped before it has begun anything has nothing to give back."""

import os
import signal
from collections.abc import Sequence

from consumer.service.signals import on_signals
from terminal.exit_codes import ExitCode

# Those that run until they are stopped. The others end by a signal as every program does: their work is not done.
LASTING = frozenset({"run", "sandbox", "demo", "tail"})


def take_signals(arguments: Sequence[str]) -> None:
    """End at once on SIGTERM with 0 and on Ctrl-C with 130, until the command takes its signals itself."""
    if next((word for word in arguments if not word.startswith("-")), "") in LASTING:
        on_signals(_end, signal.SIGINT, signal.SIGTERM)


def _end(number: int) -> None:
    # Without Python's own end, which would wait for imports.
    os._exit(ExitCode.INTERRUPTED if number == signal.SIGINT else ExitCode.DONE)
