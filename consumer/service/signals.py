"""Signals, handled in a thread.

A signal handler runs between any two instructions of the main thread, even while the main thread holds the lock of an
event. A handler that sets this event would wait for itself for ever. So the handlers here do nothing: a thread reads
the signals from a pipe.
"""

import os
import signal
import threading
from collections.abc import Callable


def on_signals(handle: Callable[[int], None], *signals: int) -> None:
    """Call `handle` in a thread, with the signal's number, whenever one of these signals arrives.

    Call it once, in the main thread.
    """
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    for number in signals:
        signal.signal(number, _nothing)

    def listen() -> None:
        while number := os.read(read_end, 1):
            handle(number[0])

    threading.Thread(target=listen, name="signals", daemon=True).start()


def _nothing(_: int, __: object) -> None:
    """A handler must exist: only then does Python write the signal's number into the pipe."""
