"""`python -m sandbox.child_process COMMAND…`: runs a command that never outlives the sandbox.

The sandbox holds the other end of standard input, which closes when the sandbox ends, also by SIGKILL. The command then
gets SIGTERM, and SIGKILL if it is still there after a while.
"""

import os
import signal
import subprocess
import sys
import threading

from serving.starting import started

# The broker writes its data when it stops, which can take seconds.
STOP_S = 20.0
# What is used up for longer is not coming back.
START_S = 60.0


def main() -> int:
    """Run the command; return its exit code, or 128 plus the number of the signal that ended it."""
    part = started(
        # What this process inherited, its child does too: a lock of the sandbox is held until both have ended.
        lambda: subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, close_fds=False),
        _tell,
        for_s=START_S,
        given_up=lambda: False,
    )

    def stop() -> None:
        part.terminate()
        try:
            part.wait(STOP_S)
        except subprocess.TimeoutExpired:
            part.kill()

    def stop_with_parent() -> None:
        while os.read(0, 1024):
            pass
        stop()

    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop).start())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=stop_with_parent, daemon=True).start()
    code = part.wait()
    return code if code >= 0 else 128 - code


def _tell(reason: str) -> None:
    sys.stderr.write(f"{sys.argv[1]} is not started yet: {reason}\n")


if __name__ == "__main__":
    sys.exit(main())
