"""The engine's process: its data outlives it, also after kill -9."""

import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import clickhouse_connect
import pytest

from tests.support.clickhouse_process import DoorProcess, door_process
from tests.support.limits import descriptors
from tests.support.peers import silent


def _ask(door: DoorProcess, statement: str) -> object:
    with clickhouse_connect.get_client(host="127.0.0.1", port=door.port) as client:
        return client.command(statement)


@pytest.mark.long
def test_rows_outlive_the_process(tmp_path: Path) -> None:
    """Rows that were acknowledged are there after a restart, after Ctrl-C and also after kill -9."""
    codes = []
    for number, ending in enumerate((signal.SIGTERM, signal.SIGKILL, signal.SIGINT)):
        with door_process(tmp_path / "data") as door:
            _ask(door, "CREATE TABLE IF NOT EXISTS t (a Int8) ENGINE = MergeTree ORDER BY a")
            found = _ask(door, "SELECT count() FROM t")
            _ask(door, "INSERT INTO t SELECT count() FROM t")
            door.process.send_signal(ending)
            codes.append(door.process.wait(timeout=20))

        assert number == found
    with door_process(tmp_path / "data") as last:
        assert _ask(last, "SELECT arrayStringConcat(arraySort(groupArray(a)), ',') FROM t") == "0,1,2"

    assert codes == [0, -signal.SIGKILL, 0]


def test_silent_connections_cost_no_answer(tmp_path: Path) -> None:
    """More than it may have open: each statement is still answered."""
    with door_process(tmp_path / "data") as door, silent("127.0.0.1", door.port, 1000):
        assert [_ask(door, f"SELECT {number}") for number in range(5)] == list(range(5))
        assert descriptors(door.process.pid) < 900


def test_rows_without_room_are_refused_as_clickhouse_does(tmp_path: Path) -> None:
    """No file can be written for them: the client is told what is missing, and the process goes on."""
    with door_process(tmp_path / "data") as door:
        _ask(door, "CREATE TABLE t (a String) ENGINE = Memory")
        _, hard = resource.prlimit(door.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(door.process.pid, resource.RLIMIT_FSIZE, (0, hard))
        with pytest.raises(clickhouse_connect.driver.exceptions.DatabaseError, match="make room"):
            _ask(door, "INSERT INTO t FORMAT TSV\nx")
        resource.prlimit(door.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        _ask(door, "INSERT INTO t FORMAT TSV\ny")

        assert _ask(door, "SELECT a FROM t") == "y"


def test_the_memory_limit_holds(tmp_path: Path) -> None:
    """A statement over --memory-limit fails with ClickHouse's error and the process goes on."""
    with door_process(tmp_path / "data", "--memory-limit", "300M") as door:
        with pytest.raises(clickhouse_connect.driver.exceptions.DatabaseError, match="MEMORY_LIMIT_EXCEEDED"):
            _ask(door, "SELECT length(groupArray(number)) FROM numbers(100000000)")

        assert _ask(door, "SELECT 1") == 1


def _failed_start(*options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "sandbox.clickhouse", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


@pytest.mark.long
def test_a_failed_start_says_why(tmp_path: Path) -> None:
    """A port or folder in use, a wrong size and a missing option end in a sentence and a true exit code."""
    with door_process(tmp_path / "data") as door, socket.create_server(("127.0.0.1", 0)) as taken:
        in_use = _failed_start("--data", str(tmp_path / "other"), "--port", str(taken.getsockname()[1]))
        locked = _failed_start("--data", str(tmp_path / "data"))
        wrong = _failed_start("--data", str(tmp_path / "x"), "--memory-limit", "lots")

        assert _ask(door, "SELECT 1") == 1

    assert (in_use[0], "--port" in in_use[1]) == (1, True)
    assert (locked[0], "is another one running there?" in locked[1]) == (1, True)
    assert (wrong[0], "512M" in wrong[1]) == (2, True)
    assert not any("Traceback" in text for _, text in (in_use, locked, wrong))
