"""Signals, told to a thread.

A handler runs between any two instructions of the main thread, also while that one holds the very lock that
setting an event needs: set from a handler, an event can wait for itself for ever. So handlers do nothing here, and
a thread of its own hears of the signal through a pipe.
"""

import os
import signal
import threading
from collections.abc import Callable


def tell(told: Callable[[int], None], *signals: int) -> None:
    """Call `told` with the signal's number, from another thread, whenever one of these arrives.

    To be called once, in the main thread.
    """
    heard, written = os.pipe()
    os.set_blocking(written, False)
    signal.set_wakeup_fd(written, warn_on_full_buffer=False)
    for number in signals:
        signal.signal(number, _nothing)

    def listen() -> None:
        while number := os.read(heard, 1):
            told(number[0])

    threading.Thread(target=listen, name="signals", daemon=True).start()


def _nothing(_: int, __: object) -> None:
    """Only its being there matters: Python writes the number into the pipe."""
