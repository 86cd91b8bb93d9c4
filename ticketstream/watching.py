"""A report that is shown again and again."""

import sys
import time
from collections.abc import Callable

from consumer.errors import ConfigurationError, TicketstreamError
from ticketstream.output import console, say
from ticketstream.stopping import unwind_on_signals

WATCH_EVERY_S = 3.0
_CLEAR = "\x1b[2J\x1b[H"


def watch(make: Callable[[], str]) -> None:
    """Show a new text every few seconds until Ctrl-C or SIGTERM.

    An error that may pass is shown, such as a database that is down.

    Raises:
        ConfigurationError: a setting has to be changed first.
    """
    unwind_on_signals()
    while True:
        try:
            text = make()
        except ConfigurationError:
            raise
        except TicketstreamError as error:
            console.print(f"ticketstream: {error}", markup=False, soft_wrap=True)
        else:
            # A program that reads the output gets the texts below each other.
            say(_CLEAR + text if sys.stdout.isatty() else text)
        time.sleep(WATCH_EVERY_S)
