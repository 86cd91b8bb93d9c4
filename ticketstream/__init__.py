"""The command line.

Commands that run until they are stopped take signals from here on: what they import takes a second.
"""

import sys
from pathlib import PurePath

# How Python calls the program while it looks for `python -m ticketstream`, and the name of the console script.
if sys.argv and PurePath(sys.argv[0]).name in {"-m", "ticketstream"}:
    from serving.standard_error import open_standard_streams
    from ticketstream.early_stop import take_signals

    # Before the pipe of the signals: the pipe would take the descriptor of a stream that is closed.
    open_standard_streams()

    take_signals(sys.argv[1:])
