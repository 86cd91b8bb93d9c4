"""`python -m tests.soak.model PORT FILE`: a model that does what a file says, also after it was killed."""

import signal
import sys
import threading
from itertools import count
from pathlib import Path

from tests.soak.plan import Kind
from tests.support.model_behaviour import failing, hanging, slow
from tests.support.model_server import Asked, Door, serve

# A model's usual pace, and one that makes the window wait.
USUAL_S = 0.02
LATE_S = 1.0
# Also at its usual pace every third call is long, so that at any time some answers have overtaken others.
LONG_S = 3.0
LONG_EVERY = 3
_SCRIPTS = {Kind.FAIL: failing, Kind.HANG: hanging, Kind.LATE: slow(LATE_S)}


def main() -> None:
    """Serve until SIGTERM."""
    port, mood = int(sys.argv[1]), Path(sys.argv[2])
    calls = count(1)
    usual, long = slow(USUAL_S), slow(LONG_S)

    def script(asked: Asked, door: Door) -> None:
        said = mood.read_text(encoding="utf-8")
        pace = usual if next(calls) % LONG_EVERY else long
        (_SCRIPTS[Kind(said)] if said else pace)(asked, door)

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with serve(script, port=port):
        stop.wait()


if __name__ == "__main__":
    main()
