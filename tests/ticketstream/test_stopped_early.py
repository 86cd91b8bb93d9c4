"""SIGTERM ends a command with 0 at any time, also while it is still being loaded."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.processes import takes_signal
from tests.support.waiting import until

# Nobody listens there: `run` and `tail` wait for a broker for 15 seconds.
NOWHERE = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "CLICKHOUSE_URL": "http://127.0.0.1:1"}
SCRIPT = Path(sys.executable).parent / "ticketstream"
MODULE = (sys.executable, "-m", "ticketstream")
COMMANDS = [
    (*MODULE, "run"),
    (str(SCRIPT), "run", "--role", "categorizer"),
    (*MODULE, "tail", "ticket-created", "--follow"),
    (*MODULE, "sandbox"),
    (*MODULE, "demo"),
    (sys.executable, "-m", "classifier", "serve", "--model", "nowhere"),
]
DELAYS_S = (0.0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.8, 1.2, 2.0)


@contextmanager
def started(command: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, **NOWHERE, "STATE_DIR": str(folder)}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            process.kill()


def has_loaded(process: subprocess.Popen[bytes], library: str) -> bool:
    return library in Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[-3:]).split("/")[-1])
def test_signals_are_taken_before_anything_large_is_loaded(command: Sequence[str], tmp_path: Path) -> None:
    """As soon as a command takes signals, SIGTERM ends it with 0, and none of its libraries is loaded by then."""
    with started(command, tmp_path) as process:
        until(lambda: takes_signal(process.pid, signal.SIGTERM) or process.poll() is not None)
        loaded = [name for name in ("librdkafka", "pydantic_core", "numpy") if has_loaded(process, name)]
        process.send_signal(signal.SIGTERM)
        code = process.wait(10)

    assert (code, loaded) == (0, [])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_at_any_moment_of_the_start(number: signal.Signals, tmp_path: Path) -> None:
    """Of the service while it is loaded, looks for its topics and waits for a broker that is not there."""
    ends = {}
    for delay_s in DELAYS_S:
        with started(COMMANDS[0], tmp_path) as process:
            time.sleep(delay_s)
            # Python itself takes Ctrl-C from its own beginning on.
            known = takes_signal(process.pid, signal.SIGTERM)
            process.send_signal(number)
            code = process.wait(10)
            said = process.stderr.read().decode() if process.stderr else ""
        if known:
            ends[delay_s] = (code, said)

    assert len(ends) > 3
    assert set(ends.values()) == {(0 if number is signal.SIGTERM else 130, "")}, ends
