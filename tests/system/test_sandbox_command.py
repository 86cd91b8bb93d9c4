"""`ticketstream sandbox`: it starts the whole system, and leaves no process behind."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest

from consumer.config.settings import Topics
from tests.support.service import fetched
from tests.support.topics import Put, Reader, put
from tests.support.waiting import until
from tests.support.world import bare_environment

pytestmark = pytest.mark.long

STOP_S = 30.0
ADDRESSES = ["KAFKA_BOOTSTRAP_SERVERS", "CLICKHOUSE_URL", "ML_API_URL"]
NAMES = [ADDRESSES[0], "KAFKA_PARTITION_ASSIGNMENT_STRATEGY", *ADDRESSES[1:], "STATE_DIR"]


@pytest.fixture
def data(tmp_path: Path, model_folder: Path) -> Path:
    """A folder for a sandbox, with the model that is trained already."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "model").symlink_to(model_folder)
    return folder


@contextmanager
def sandbox(data: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """The command as a process; its parts end with it, whatever happens to the test."""
    with (
        (data / "stderr").open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "ticketstream", "sandbox", "--data", str(data), *arguments],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=bare_environment(),
            cwd=data,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def read_line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


def answers(address: str) -> bool:
    """Whether anything listens there."""
    parts = urlsplit(address if "//" in address else f"//{address}")
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), 1):
            return True
    except OSError:
        return False


def parts_of(pid: int) -> dict[str, int]:
    """The parts of a sandbox by what they run: each is the only child of a `sandbox.child_process`."""
    found = {}
    for keeper in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        for child in Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split():
            words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
            found[" ".join(words[1:4])] = int(child)
    return found


def test_a_ticket_goes_through_and_a_dead_part_ends_it(data: Path) -> None:
    """One JSON line names the addresses; the parts work together; when one dies all stop, and the message names it."""
    topics = Topics()
    with sandbox(data, "--format", "json") as process:
        where = json.loads(read_line(process.stdout))
        ticket = {"ticket_id": "S-1", "subject": "Problema con pago", "description": "No puedo pagar mi factura"}
        put(where["kafka"], topics.created, [Put(json.dumps(ticket).encode(), b"S-1")])
        with Reader(where["kafka"], topics.categorized) as reader:
            answered = reader.until(lambda records: records)
        ready = until(lambda: fetched(where["http"] + "/readyz")[0] == 200)
        os.kill(parts_of(process.pid)["-m classifier serve"], signal.SIGKILL)
        code = process.wait(STOP_S)
        rest = read_line(process.stdout)
    said = (data / "stderr").read_text()

    assert {"kafka", "clickhouse", "model", "http"} == where.keys()
    assert [record.key for record in answered] == [b"S-1"]
    assert ready
    assert (code, rest) == (1, "")
    assert "the model ended" in said
    assert "Traceback" not in said
    assert [name for name, address in where.items() if answers(address)] == []


def test_it_prints_the_settings_of_a_service_and_stops_cleanly(data: Path) -> None:
    """`--format env` prints settings that a shell can read; SIGTERM stops every part and the exit code is 0."""
    with sandbox(data, "--without-service", "--format", "env") as process:
        lines = [read_line(process.stdout) for _ in NAMES]
        settings = dict(word.split("=", 1) for word in shlex.split("".join(lines)))
        listening = [name for name in ADDRESSES if answers(settings[name])]
        process.send_signal(signal.SIGTERM)
        code = process.wait(STOP_S)

    assert list(settings) == NAMES
    assert settings["KAFKA_PARTITION_ASSIGNMENT_STRATEGY"] == "range"
    assert listening == ADDRESSES
    assert code == 0
    assert [name for name in ADDRESSES if answers(settings[name])] == []


def test_ctrl_c_stops_it_while_it_starts(data: Path) -> None:
    """Ctrl-C stops it while it still starts its parts, and the exit code is 130."""
    with sandbox(data, "--format", "json") as process:
        until((data / "logs" / "clickhouse.log").exists)
        process.send_signal(signal.SIGINT)
        code = process.wait(STOP_S)

    assert code == 130
    assert "Traceback" not in (data / "stderr").read_text()
