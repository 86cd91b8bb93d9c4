"""Every exit code of the contract is reached by a command, on real parts."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from consumer.config.sources import host_name
from consumer.service.instance import claim
from terminal.exit_codes import ExitCode
from tests.support.topics import Put
from tests.support.waiting import until
from tests.support.world import World
from tests.system.conftest import Worlds

CLOSED_DOOR = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def world(worlds: Worlds) -> World:
    return worlds(DLQ_FLOOD_RUN="2", ML_API_URL="")


def done(world: World) -> int:
    """A command that has its answer."""
    return world.command("dlq", "list").returncode


def failed(world: World) -> int:
    """ClickHouse does not answer."""
    return world.command("report", "accuracy", CLICKHOUSE_URL=CLOSED_DOOR).returncode


def wrong(world: World) -> int:
    """A setting that is missing."""
    return world.command("run", KAFKA_BOOTSTRAP_SERVERS="").returncode


def fenced(world: World) -> int:
    """Another process of this host has the name."""
    held = claim(Path(world.settings.state_dir), "mine", host_name())
    try:
        return world.command("run", "--role", "categorizer", INSTANCE_ID="mine").returncode
    finally:
        held.release()


def flooded(world: World) -> int:
    """A worker by itself, whose supervisor would end with 1: more dead letters in a row than are allowed."""
    world.put([Put(b"\x07 is no framing", b"bad", None, 0)] * 4)
    command = [sys.executable, "-m", "consumer.service.worker", "categorizer", "0"]
    # Its standard input is held open as a supervisor does; it would stop without.
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=world.environment, stderr=subprocess.DEVNULL) as worker:
        return worker.wait(60)


def interrupted(world: World) -> int:
    """Ctrl-C, once the command runs."""
    read_end, write_end = os.pipe()
    command = [sys.executable, "-m", "ticketstream", "tail", world.topics.created]
    world.put([Put(b"{}", b"seen", None, 0)])
    with subprocess.Popen(command, stdout=write_end, env=world.environment) as process:
        os.close(write_end)
        until(lambda: os.read(read_end, 1))
        process.send_signal(signal.SIGINT)
        code = process.wait(30)
    os.close(read_end)
    return code


WAYS: Mapping[ExitCode, Callable[[World], int]] = {
    ExitCode.DONE: done,
    ExitCode.FAILED: failed,
    ExitCode.USAGE: wrong,
    ExitCode.FENCED: fenced,
    ExitCode.FLOOD: flooded,
    ExitCode.INTERRUPTED: interrupted,
}


@pytest.mark.parametrize("code", ExitCode, ids=lambda code: code.name.lower())
def test_a_command_ends_with(world: World, code: ExitCode) -> None:
    """Each code of the catalogue, and no other."""
    assert WAYS[code](world) == code
