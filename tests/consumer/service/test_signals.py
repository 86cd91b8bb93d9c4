"""Signals that stop a process."""

import subprocess
import sys

# Waits for the event all the time, and so holds its lock most of the time. Many signals come at once.
PROGRAM = """
import os, signal, threading
from consumer.service.signals import on_signals
stop = threading.Event()
on_signals(lambda number: stop.set(), signal.SIGTERM)
for _ in range(200):
    os.kill(os.getpid(), signal.SIGTERM)
    stop.wait(0.00001)
assert stop.wait(5)
print("stopped")
"""


def test_signals_in_a_row_never_make_a_process_wait_for_itself() -> None:
    """When many signals come while the main thread waits, the event is set and the process goes on."""
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=20)

    assert (ended.returncode, ended.stdout) == (0, "stopped\n"), ended.stderr
