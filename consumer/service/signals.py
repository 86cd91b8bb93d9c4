"""Signals, handled in a thread.

A signal handler runs between any two instructions of the main thread, even while the main thread holds the lock of an
event. A handler that sets this event would wait for itself for ever. So the handlers here do nothing: a thread reads
the signals from a pipe. It does so too while the main thread waits in a client library, where no handler would run.
"""

import os
import signal
import threading
from collections.abc import Callable

_lock = threading.Lock()
_handling: list[Callable[[int], None]] = []


def on_signals(handle: Callable[[int], None], *signals: int) -> None:
    """Call `handle` in a thread, with the signal's number, whenever one of these signals arrives.

    A later call takes the place of an earlier one: no signal gets lost between them. Call it in the main thread.
    """
    with _lock:
        is_first = not _handling
        _handling[:] = [handle]
    if is_first:
        read_end, write_end = os.pipe()
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        threading.Thread(target=_listen, args=(read_end,), name="signals", daemon=True).start()
    for number in signals:
        signal.signal(number, _nothing)


def _listen(read_end: int) -> None:
    while number := os.read(read_end, 1):
        # The code that takes the signals over waits until this one is dealt with.
        with _lock:
            _handling[0](number[0])


def _nothing(_: int, __: object) -> None:
    """A handler must exist: only then does Python write the signal's number into the pipe."""
