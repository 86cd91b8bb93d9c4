"""A report again and again, until somebody has seen enough."""

import sys
import time
from collections.abc import Callable

from consumer.errors import ConfigurationError, TicketstreamError
from ticketstream.output import console, say

WATCH_EVERY_S = 3.0
_CLEAR = "\x1b[2J\x1b[H"


def watch(made: Callable[[], str]) -> None:
    """Show a text anew every few seconds until Ctrl-C; what may pass, such as a database that is down, ends nothing.

    Raises:
        ConfigurationError: something has to be changed first.
    """
    while True:
        try:
            text = made()
        except ConfigurationError:
            raise
        except TicketstreamError as error:
            console.print(f"ticketstream: {error}", markup=False, soft_wrap=True)
        else:
            # Another program that reads along gets one text after the other.
            say(_CLEAR + text if sys.stdout.isatty() else text)
        time.sleep(WATCH_EVERY_S)
