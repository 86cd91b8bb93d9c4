"""`ticketstream sandbox`: it starts the whole system, and leaves no process behind."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest

import consumer.answer
from consumer.config.settings import Topics
from consumer.kafka.records import Record
from tests.support.processes import children
from tests.support.service import fetched
from tests.support.terminals import commands_in, lasting, typed
from tests.support.topics import Put, Reader, put
from tests.support.waiting import until
from tests.support.world import bare_environment

pytestmark = pytest.mark.long

STOP_S = 30.0
ADDRESSES = ["KAFKA_BOOTSTRAP_SERVERS", "CLICKHOUSE_URL", "ML_API_URL"]
NAMES = [*ADDRESSES, "STATE_DIR", "KAFKA_PARTITION_ASSIGNMENT_STRATEGY"]


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


def test_a_project_is_used_from_its_folder_by_the_commands_that_are_printed(tmp_path: Path) -> None:
    """Without a model the rules answer; settings of other servers do not matter; people's `.env` stays as it is."""
    project = tmp_path / "my shop"
    project.mkdir()
    taxonomy = Path(consumer.answer.__path__[0], "taxonomy.toml").read_text(encoding="utf-8")
    (project / "taxonomy.toml").write_text(
        re.sub("(?m)^version = .*", 'version = "shop-7"', taxonomy), encoding="utf-8"
    )
    own = "KAFKA_BOOTSTRAP_SERVERS=nowhere:1\nKAFKA_SECURITY_PROTOCOL=SASL_SSL\nMIN_CONFIDENCE=0.2\n"
    (project / ".env").write_text(own, encoding="utf-8")
    command = [sys.executable, "-m", "ticketstream", "sandbox", "--project", project.name]
    with lasting(command, tmp_path, {}) as screen:
        shown = screen.until("begins anew.", 120)
        enter, *others = commands_in(shown)
        ended = {other: typed(f"{enter} && {other}", tmp_path, {}) for other in others}
        second = typed(shlex.join(command), tmp_path, {})
        demo_data = typed(shlex.join([*command, "--with-demo-data", "--data", str(tmp_path)]), tmp_path, {})
        code = screen.ctrl_c(STOP_S)
    explained, examined = (next(done for word, done in ended.items() if name in word) for name in ("explain", "doctor"))

    assert {other: done.errors for other, done in ended.items() if done.code} == {}
    assert b"taxonomy shop-7" in explained.out
    assert b"AUTO from 0.20" in explained.out
    assert b"FAILED" not in examined.out
    assert (second.code, b"another sandbox (process " in second.errors) == (2, True)
    assert (demo_data.code, b"another sandbox runs for" in demo_data.errors) == (2, True)
    assert code == 130
    assert (project / ".env").read_text(encoding="utf-8") == own
    assert sorted(path.name for path in project.iterdir()) == [".env", ".sandbox", "taxonomy.toml"]


def test_what_was_killed_at_once_goes_on_where_it_was(data: Path) -> None:
    """With the same addresses, with every answer of before, and with new ones."""
    topics = Topics()
    seen = []
    for number in range(2):
        with sandbox(data, "--format", "json") as process:
            where = json.loads(read_line(process.stdout))
            key = f"S-{number}"
            ticket = {"ticket_id": key, "subject": "Problema con pago", "description": "No puedo pagar"}
            put(where["kafka"], topics.created, [Put(json.dumps(ticket).encode(), key.encode())])
            with Reader(where["kafka"], topics.categorized) as reader:
                answered = reader.until(answer_to(key.encode()))
            seen.append((where, sorted(record.key or b"" for record in answered)))
            # The broker writes its data once a second.
            time.sleep(2)
            for part in [process.pid, *keepers_and_parts(process.pid)]:
                os.kill(part, signal.SIGKILL)

    assert seen[0][0] == seen[1][0]
    assert [keys for _, keys in seen] == [[b"S-0"], [b"S-0", b"S-1"]]


def answer_to(key: bytes) -> Callable[[list[Record]], bool]:
    """Whether records hold the answer to a ticket."""
    return lambda records: key in {record.key for record in records}


def keepers_and_parts(pid: int) -> list[int]:
    """All that a sandbox has started, and what those have."""
    return [found for child in children(pid) for found in (child, *keepers_and_parts(child))]
