"""The command line.

Commands that run until they are stopped take signals from here on: what they import takes a second.
"""

import sys
from pathlib import PurePath

# How Python calls the program while it looks for `python -m ticketstream`, and the name of the console script.
if sys.argv and PurePath(sys.argv[0]).name in {"-m", "ticketstream"}:
    from ticketstream.early_stop import take_signals

    take_signals(sys.argv[1:])
