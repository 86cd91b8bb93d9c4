"""A report that is shown again and again."""

import time
from collections.abc import Callable

from consumer.errors import ConfigurationError, TicketstreamError
from terminal.output import clear, say, tell
from terminal.safe_text import listed
from ticketstream.stopping import unwind_on_signals

WATCH_EVERY_S = 3.0


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
            tell(f"ticketstream: {listed(str(error))}")
        else:
            clear()
            say(text)
        time.sleep(WATCH_EVERY_S)
