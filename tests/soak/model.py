"""`python -m tests.soak.model PORT FILE`: a model that does what a file says, also after it was killed."""

import signal
import sys
import threading
from pathlib import Path

from tests.soak.plan import Kind
from tests.support.model_behaviour import failing, hanging, slow
from tests.support.model_server import Asked, Door, serve

# A model's usual pace, and one that makes the window wait.
USUAL_S = 0.02
LATE_S = 1.0
_SCRIPTS = {Kind.FAIL: failing, Kind.HANG: hanging, Kind.LATE: slow(LATE_S)}


def main() -> None:
    """Serve until SIGTERM."""
    port, mood = int(sys.argv[1]), Path(sys.argv[2])
    usual = slow(USUAL_S)

    def script(asked: Asked, door: Door) -> None:
        said = mood.read_text(encoding="utf-8")
        (_SCRIPTS[Kind(said)] if said else usual)(asked, door)

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with serve(script, port=port):
        stop.wait()


if __name__ == "__main__":
    main()
